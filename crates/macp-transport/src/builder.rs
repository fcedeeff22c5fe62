use crate::channel::{ConnectionSettings, Connector, HttpService, Wrap, wrap};
use crate::client::{Client, Shared};
use crate::credentials::Credentials;
use crate::endpoint::Endpoint;
use crate::error::{BoxError, Error};
use crate::lifecycle::Hubs;
use crate::pool::{Pool, StreamLimits};
use crate::retry::RetryPolicy;
use crate::throttle::Throttle;
use crate::tls::Tls;
use http::{Request, Response};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tonic::body::Body;
use tower::Layer;

/// Builds a [`Client`]: see [`Client::builder`].
///
/// | setting | default |
/// |---|---|
/// | TLS | on, with [`Tls::default`] |
/// | credentials | none |
/// | deadline of a call | 30 s |
/// | retries of a call | [`RetryPolicy::default`], where repeating is harmless |
/// | time to connect, TLS handshake included | 10 s |
/// | keep-alive | a ping after 15 s of silence, answered within 10 s |
/// | streams | 100 a connection, 32 connections |
/// | largest message accepted | 16 MiB |
#[must_use = "a builder does nothing until `connect` is called"]
pub struct ClientBuilder {
    endpoint: String,
    insecure: bool,
    tls: Tls,
    credentials: Option<Credentials>,
    deadline: Option<Duration>,
    retry: RetryPolicy,
    max_message_size: usize,
    connection: ConnectionSettings,
    streams: StreamLimits,
    wraps: Vec<Wrap>,
}

impl ClientBuilder {
    pub(crate) fn new(endpoint: String) -> Self {
        Self {
            endpoint,
            insecure: false,
            tls: Tls::default(),
            credentials: None,
            deadline: Some(Duration::from_secs(30)),
            retry: RetryPolicy::default(),
            max_message_size: 16 * 1024 * 1024,
            connection: ConnectionSettings {
                connect_timeout: Duration::from_secs(10),
                keep_alive_interval: Duration::from_secs(15),
                keep_alive_timeout: Duration::from_secs(10),
            },
            streams: StreamLimits {
                per_connection: 100,
                connections: 32,
            },
            wraps: Vec::new(),
        }
    }

    /// Admits an `http://` endpoint: no encryption, credentials in the clear.
    ///
    /// For local development only. It also makes `http` the scheme of an endpoint without one; an
    /// `https://` endpoint stays encrypted.
    pub fn allow_insecure(mut self) -> Self {
        self.insecure = true;
        self
    }

    /// How to secure the connection. Without effect on an `http://` endpoint.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// Who speaks, unless a handle or a call says otherwise.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// How long a call may take, unless it says otherwise.
    pub fn default_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Lets calls wait for ever, unless they say otherwise.
    pub fn no_default_deadline(mut self) -> Self {
        self.deadline = None;
        self
    }

    /// When to repeat a call that failed, unless the call says otherwise.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How long connecting may take; it is the limit of the TLS handshake too.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connection.connect_timeout = timeout;
        self
    }

    /// After how much silence to ping the peer, and how long to wait for its answer before the
    /// connection counts as broken.
    ///
    /// This is what finds a peer that vanished without a word; streams rely on it.
    pub fn keep_alive(mut self, interval: Duration, timeout: Duration) -> Self {
        self.connection.keep_alive_interval = interval;
        self.connection.keep_alive_timeout = timeout;
        self
    }

    /// How many streams (subscriptions, watches) a connection carries, and how many connections
    /// for streams there may be; both at least 1.
    ///
    /// Connections are opened as streams need them and closed when they are empty. The runtime
    /// admits 128 streams a connection unless told otherwise. Unary calls have a connection of
    /// their own.
    pub fn streams(mut self, per_connection: usize, connections: usize) -> Self {
        self.streams = StreamLimits {
            per_connection: per_connection.max(1),
            connections: connections.max(1),
        };
        self
    }

    /// The largest message accepted from the runtime, in bytes. A larger one fails its call.
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.max_message_size = bytes;
        self
    }

    /// Wraps every connection in a tower layer; the last one given is the outermost.
    ///
    /// It sees each HTTP request before the client's own layers do, credentials included (their
    /// value is marked sensitive, so that `Debug` does not show it).
    pub fn layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<HttpService> + Send + Sync + 'static,
        L::Service:
            tower::Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as tower::Service<Request<Body>>>::Error: Into<BoxError>,
        <L::Service as tower::Service<Request<Body>>>::Future: Send + 'static,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.wraps.push(wrap(layer));
        self
    }

    /// Checks the settings and connects.
    ///
    /// A connection that breaks later is made again by the call that needs it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for a malformed endpoint, [`Error::PlaintextRefused`] for `http://`
    /// without [`allow_insecure`](Self::allow_insecure), [`Error::Tls`] for unusable certificates,
    /// and [`Error::Transport`] with [`is_connect`](Error::is_connect) when the runtime cannot be
    /// reached.
    pub async fn connect(self) -> Result<Client, Error> {
        let endpoint = Endpoint::parse(&self.endpoint, self.insecure)?;
        if endpoint.is_plaintext() && !self.insecure {
            return Err(Error::PlaintextRefused);
        }
        if let Some(credentials) = &self.credentials {
            credentials.check()?;
        }
        let connector = Connector::new(&endpoint, &self.tls, &self.connection, self.wraps)?;
        let calls = connector.connect().await?;
        let pool = Pool::new(calls, connector, self.streams);
        Ok(Client::new(
            Shared {
                endpoint,
                pool: Arc::new(pool),
                deadline: self.deadline,
                retry: self.retry,
                throttle: Throttle::default(),
                max_message_size: self.max_message_size,
                hubs: Hubs::default(),
                initialized: std::sync::RwLock::default(),
            },
            self.credentials,
        ))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The endpoint is not checked yet and may hold a password.
        f.debug_struct("ClientBuilder")
            .field("insecure", &self.insecure)
            .field("tls", &self.tls)
            .field("credentials", &self.credentials)
            .field("deadline", &self.deadline)
            .field("retry", &self.retry)
            .field("max_message_size", &self.max_message_size)
            .field("connection", &self.connection)
            .field("streams", &self.streams)
            .finish_non_exhaustive()
    }
}
