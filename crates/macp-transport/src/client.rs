use crate::builder::ClientBuilder;
use crate::capabilities::{Capability, Initialized};
use crate::channel::HttpService;
use crate::codec::{AnswerCodec, OneMessage};
use crate::credentials::Credentials;
use crate::endpoint::Endpoint;
use crate::error::{Error, TransportError, TransportErrorKind, from_status};
use crate::lifecycle::Hubs;
use crate::pool::{Lease, Pool};
use crate::retry::RetryPolicy;
use crate::rpc::Rpc;
use crate::telemetry;
use crate::throttle::Throttle;
use futures_core::Stream as _;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use macp_proto::ErrorCode;
use macp_proto::v1::macp_runtime_service_client::MacpRuntimeServiceClient;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};
use tower::ServiceExt as _;
use tracing::Instrument as _;

pub(crate) type Stub = MacpRuntimeServiceClient<HttpService>;

/// A client of one runtime.
///
/// Cheap to clone; clones share their connections. Every RPC builds a [`Call`](crate::Call), sent
/// when it is awaited.
///
/// ```no_run
/// use macp_transport::{Client, Credentials};
///
/// # async fn example() -> Result<(), macp_transport::Error> {
/// let client = Client::builder("http://127.0.0.1:50051")
///     .allow_insecure()
///     .credentials(Credentials::dev_agent("coordinator"))
///     .connect()
///     .await?;
/// let runtime = client.initialize().await?;
/// println!("{} {}", runtime.runtime_name, runtime.runtime_version);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    credentials: Option<Credentials>,
}

/// What the handles of one client have in common.
pub(crate) struct Shared {
    pub(crate) endpoint: Endpoint,
    pub(crate) pool: Arc<Pool>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) retry: RetryPolicy,
    pub(crate) throttle: Throttle,
    pub(crate) max_message_size: usize,
    pub(crate) hubs: Hubs,
    pub(crate) initialized: RwLock<Option<Arc<Initialized>>>,
}

impl Client {
    /// Starts to build a client of the runtime at `endpoint`: `https://host:port`, `host:port`
    /// for the same, or `http://host:port` after
    /// [`allow_insecure`](ClientBuilder::allow_insecure).
    pub fn builder(endpoint: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(endpoint.into())
    }

    pub(crate) fn new(shared: Shared, credentials: Option<Credentials>) -> Self {
        Self {
            shared: Arc::new(shared),
            credentials,
        }
    }

    /// A handle that speaks as `credentials`, over the same connections.
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        Self {
            shared: self.shared.clone(),
            credentials: Some(credentials),
        }
    }

    /// Who this handle speaks as.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// What the runtime said at the last [`initialize`](Self::initialize), by any handle.
    pub fn initialized(&self) -> Option<Arc<Initialized>> {
        self.shared
            .initialized
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Sends one request, whose message is encoded already. The future keeps nothing of the client.
    pub(crate) fn unary<R>(
        &self,
        rpc: Rpc,
        head: Request<()>,
        message: OneMessage,
    ) -> impl Future<Output = Result<Response<R>, Status>> + Send + use<R>
    where
        R: prost::Message + Default + 'static,
    {
        let mut message = Some(message);
        let with_message = self
            .shared
            .pool
            .calls()
            .map_request(move |head: http::Request<_>| {
                head.map(|empty| message.take().map_or(empty, Body::new))
            });
        let mut grpc =
            Grpc::new(with_message).max_decoding_message_size(self.shared.max_message_size);
        async move {
            grpc.ready()
                .await
                .map_err(|error| Status::from_error(error.into()))?;
            grpc.unary(head, rpc.path(), AnswerCodec::default()).await
        }
    }

    fn stub_over(&self, service: HttpService) -> Stub {
        Stub::new(service).max_decoding_message_size(self.shared.max_message_size)
    }

    /// Opens a stream: done when the runtime has answered the head.
    pub(crate) async fn open<Req, Res, F>(
        &self,
        rpc: Rpc,
        credentials: Option<&Credentials>,
        message: Req,
        invoke: impl FnOnce(Stub, Request<Req>) -> F,
    ) -> Result<Opened<Res>, Error>
    where
        F: Future<Output = Result<Response<Streaming<Res>>, Status>>,
    {
        let opening = async {
            let mut request = Request::new(message);
            telemetry::inject(request.metadata_mut());
            let header = match credentials {
                Some(credentials) => Some(credentials.authorization().await?),
                None => None,
            };
            authorize(&mut request, header.as_ref());
            let (service, lease) = self.shared.pool.lease()?;
            let response = invoke(self.stub_over(service), request)
                .instrument(telemetry::http_request(rpc))
                .await
                .map_err(from_status)
                .inspect_err(|error| refused(error, credentials, header.as_ref()))?;
            Ok(Opened {
                stream: response.into_inner(),
                _lease: lease,
            })
        };
        match tokio::time::timeout(OPEN_TIMEOUT, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(TransportError::new(
                TransportErrorKind::Timeout,
                format!("no stream opened within {OPEN_TIMEOUT:?}"),
            )
            .into()),
        }
    }

    /// Refuses what the runtime does not advertise.
    ///
    /// Another runtime may answer than the one that was asked before, so what it lacked then is
    /// asked for again.
    pub(crate) async fn require(&self, rpc: Rpc, capability: Capability) -> Result<(), Error> {
        let known = self.initialized();
        if known.is_some_and(|known| known.has(capability))
            || self.initialize().await?.has(capability)
        {
            Ok(())
        } else {
            Err(Error::NotAdvertised { rpc, capability })
        }
    }

    pub(crate) fn remember(&self, initialized: Arc<Initialized>) {
        *self
            .shared
            .initialized
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(initialized);
    }
}

/// How long opening a stream may take: the token, the connection and the answer's head together.
/// The runtime's own limit for the head is 30 s.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);

/// A stream from the runtime and its place on a connection. Dropping it ends the RPC.
pub struct Opened<T> {
    stream: Streaming<T>,
    _lease: Lease,
}

impl<T> Opened<T> {
    /// The next message; `None` when the runtime ended the stream without an error. Cancel-safe.
    pub(crate) async fn message(&mut self) -> Result<Option<T>, Error> {
        self.stream.message().await.map_err(from_status)
    }

    pub(crate) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        Pin::new(&mut self.stream)
            .poll_next(cx)
            .map_err(from_status)
    }
}

/// Puts a speaker's proof into the request's metadata.
pub(crate) fn authorize<T>(request: &mut Request<T>, header: Option<&HeaderValue>) {
    if let Some(header) = header {
        let mut headers = std::mem::take(request.metadata_mut()).into_headers();
        headers.insert(AUTHORIZATION, header.clone());
        *request.metadata_mut() = MetadataMap::from_headers(headers);
    }
}

/// Lets credentials forget a token that the runtime does not accept.
pub(crate) fn refused(
    error: &Error,
    credentials: Option<&Credentials>,
    header: Option<&HeaderValue>,
) {
    if let (Some(ErrorCode::Unauthenticated), Some(credentials), Some(header)) =
        (error.code(), credentials, header)
    {
        credentials.refused(header);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoint", &self.shared.endpoint)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
