//! Connections to the runtime: how one is made, and the layers around it.

use crate::endpoint::Endpoint;
use crate::error::{BoxError, Error, from_connect};
use crate::tls::{Tls, TlsError};
use http::header::AUTHORIZATION;
use http::{HeaderName, Request, Response};
use std::sync::Arc;
use std::time::Duration;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint as TonicEndpoint};
use tower::util::BoxCloneSyncService;
use tower::{Layer, ServiceBuilder, ServiceExt};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;

/// How many bytes of one stream may be on their way while its consumer does not read.
const STREAM_WINDOW: u32 = 256 * 1024;
/// The most streams that one connection is meant for.
const MOST_STREAMS: u32 = 128;

/// An HTTP/2 connection to the runtime, with the layers around it: what a layer given to
/// [`ClientBuilder::layer`](crate::ClientBuilder::layer) wraps.
pub type HttpService = BoxCloneSyncService<Request<Body>, Response<Body>, HttpError>;

/// Why an [`HttpService`] has no response: its source is what a layer or the connection reported.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP request failed")]
pub struct HttpError(#[source] BoxError);

impl HttpError {
    fn new(error: impl Into<BoxError>) -> Self {
        Self(error.into())
    }
}

/// A user's layer, applied to every connection.
pub(crate) type Wrap = Arc<dyn Fn(HttpService) -> HttpService + Send + Sync>;

/// Everything that is needed to open one more connection.
#[derive(Clone)]
pub(crate) struct Connector {
    endpoint: TonicEndpoint,
    wraps: Arc<[Wrap]>,
}

/// What a connection is made with, beyond its endpoint.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionSettings {
    pub(crate) connect_timeout: Duration,
    pub(crate) keep_alive_interval: Duration,
    pub(crate) keep_alive_timeout: Duration,
}

impl Connector {
    pub(crate) fn new(
        endpoint: &Endpoint,
        tls: &Tls,
        settings: &ConnectionSettings,
        wraps: Vec<Wrap>,
    ) -> Result<Self, Error> {
        let mut channel = TonicEndpoint::from(endpoint.uri().clone())
            .connect_timeout(settings.connect_timeout)
            .http2_keep_alive_interval(settings.keep_alive_interval)
            .keep_alive_timeout(settings.keep_alive_timeout)
            .keep_alive_while_idle(true)
            .tcp_nodelay(true)
            .user_agent(concat!("macp-rust/", env!("CARGO_PKG_VERSION")))
            .map_err(from_connect)?;
        if !endpoint.is_plaintext() {
            channel = channel
                .tls_config(tls.to_tonic()?.timeout(settings.connect_timeout))
                .map_err(TlsError::refused)?;
        }
        Ok(Self {
            endpoint: channel,
            wraps: wraps.into(),
        })
    }

    /// Opens a connection now.
    pub(crate) async fn connect(&self) -> Result<HttpService, Error> {
        let channel = self.endpoint.connect().await.map_err(from_connect)?;
        Ok(self.layered(channel))
    }

    /// Opens a connection when it is first needed.
    ///
    /// Its windows let every stream of a full connection hold its share back without starving
    /// the others.
    pub(crate) fn connect_lazy(&self) -> HttpService {
        self.layered(
            self.endpoint
                .clone()
                .initial_stream_window_size(STREAM_WINDOW)
                .initial_connection_window_size(STREAM_WINDOW * MOST_STREAMS)
                .connect_lazy(),
        )
    }

    fn layered(&self, channel: Channel) -> HttpService {
        let inner = ServiceBuilder::new()
            .layer(SetSensitiveRequestHeadersLayer::new([
                AUTHORIZATION,
                HeaderName::from_static("x-macp-token"),
            ]))
            .service(channel)
            .map_response(|response: Response<_>| response.map(Body::new))
            .map_err(HttpError::new);
        self.wraps
            .iter()
            .fold(HttpService::new(inner), |service, wrap| wrap(service))
    }
}

/// Makes a user's layer applicable to every connection.
pub(crate) fn wrap<L, B>(layer: L) -> Wrap
where
    L: Layer<HttpService> + Send + Sync + 'static,
    L::Service:
        tower::Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    <L::Service as tower::Service<Request<Body>>>::Error: Into<BoxError>,
    <L::Service as tower::Service<Request<Body>>>::Future: Send + 'static,
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    Arc::new(move |service| {
        HttpService::new(
            layer
                .layer(service)
                .map_response(|response: Response<B>| response.map(Body::new))
                .map_err(HttpError::new),
        )
    })
}
