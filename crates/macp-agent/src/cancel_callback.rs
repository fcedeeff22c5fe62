//! The HTTP endpoint that stops a participant.

mod connection;

use crate::bootstrap::CancelEndpoint;
use crate::{HandlerError, StopHandle};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use connection::Connections;
use futures_util::{FutureExt as _, StreamExt as _};
use std::fmt;
use std::future::ready;
use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The most bytes a request's body may have.
const BODY_LIMIT: usize = 64 * 1024;

/// What a request to stop says. Both are empty when it does not say them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CancelRequest {
    /// Which run to stop: `runId` or `run_id` in the body.
    pub run_id: String,
    /// Why: `reason` in the body.
    pub reason: String,
}

impl CancelRequest {
    /// A body that is no JSON object says nothing.
    fn from_body(body: &[u8]) -> Self {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |key: &str| body.get(key).and_then(serde_json::Value::as_str);
        Self {
            run_id: text("runId")
                .or(text("run_id"))
                .unwrap_or_default()
                .to_owned(),
            reason: text("reason").unwrap_or_default().to_owned(),
        }
    }
}

type Handler = dyn Fn(CancelRequest) -> Pin<Box<dyn Future<Output = Result<(), HandlerError>> + Send>>
    + Send
    + Sync;

/// A small HTTP server that lets a control plane stop a participant.
///
/// It stops the participant, never the session.
///
/// | request | answer |
/// |---|---|
/// | `POST` to the path | calls the handler, then 202 and `{"ok":true}` |
/// | the same, and the handler fails or panics | 500; of the error only a code of the runtime is logged |
/// | the same with a body over 64 KiB | 413, and the handler is not called |
/// | the same with a body that breaks off or breaks the rules of HTTP | 400, and the handler is not called |
/// | without the secret, where there is one | 401 |
/// | another method | 405 |
/// | another path | 404 |
///
/// The body is JSON with `runId` (or `run_id`) and `reason`; a body that is something else counts
/// as empty. A connection is closed after 30 seconds, whatever it does.
///
/// ```
/// use macp_agent::CancelCallback;
/// use macp_agent::bootstrap::CancelEndpoint;
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let endpoint = CancelEndpoint::new("127.0.0.1", 0, "/cancel");
/// let callback = CancelCallback::bind(&endpoint, |request| async move {
///     println!("stop {}: {}", request.run_id, request.reason);
///     Ok(())
/// })
/// .await?;
/// println!("listening on {}", callback.local_addr());
/// callback.shutdown(Duration::from_secs(1)).await;
/// # Ok(())
/// # }
/// ```
pub struct CancelCallback {
    address: SocketAddr,
    /// Ends the server when its requests are answered.
    close: CancellationToken,
    /// Cuts its connections and drops its handlers.
    cut: CancellationToken,
    server: JoinHandle<()>,
}

impl CancelCallback {
    /// Listens at `endpoint` and calls `handler` for each request to stop.
    ///
    /// # Errors
    ///
    /// When the address cannot be resolved or is taken.
    pub async fn bind<F, Fut>(endpoint: &CancelEndpoint, handler: F) -> io::Result<Self>
    where
        F: Fn(CancelRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        let listener = TcpListener::bind((endpoint.host.as_str(), endpoint.port)).await?;
        let address = listener.local_addr()?;
        let (close, cut) = (CancellationToken::new(), CancellationToken::new());
        let answers = Arc::new(Answers {
            path: endpoint.path.clone(),
            secret: endpoint.bearer_token.clone(),
            handler: Box::new(move |request| Box::pin(handler(request))),
            cut: cut.clone(),
        });
        // One handler for every path: the endpoint's own is compared as it is, and not a pattern.
        let router = Router::new().fallback(answer).with_state(answers);
        let server = axum::serve(Connections::new(listener, cut.clone()), router)
            .with_graceful_shutdown(close.clone().cancelled_owned());
        let server = tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "the cancel callback's server failed");
            }
        });
        tracing::info!(%address, path = endpoint.path, "cancel callback is listening");
        Ok(Self {
            address,
            close,
            cut,
            server,
        })
    }

    /// Listens at `endpoint` and stops a participant.
    ///
    /// # Errors
    ///
    /// Those of [`bind`](Self::bind).
    pub async fn stopping(endpoint: &CancelEndpoint, stop: StopHandle) -> io::Result<Self> {
        Self::bind(endpoint, move |request| {
            tracing::info!(request.run_id, "asked to stop");
            stop.stop();
            ready(Ok(()))
        })
        .await
    }

    /// Where it listens: the port is the real one even if the endpoint's is 0.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, without waiting for anything: a handler may call it.
    pub fn close(&self) {
        self.close.cancel();
    }

    /// Takes no more requests, and waits for the running ones to be answered, at most `within`.
    /// Then it cuts their connections and drops their handlers.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cuts at once.
    pub async fn shutdown(mut self, within: Duration) {
        self.close();
        if tokio::time::timeout(within, &mut self.server)
            .await
            .is_err()
        {
            tracing::warn!(?within, "cutting requests to the cancel callback");
        }
    }
}

impl Drop for CancelCallback {
    fn drop(&mut self) {
        self.cut.cancel();
        self.server.abort();
    }
}

impl fmt::Debug for CancelCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelCallback")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

struct Answers {
    path: String,
    secret: Option<String>,
    handler: Box<Handler>,
    cut: CancellationToken,
}

impl Answers {
    fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(secret) = &self.secret else {
            return true;
        };
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return false;
        };
        let Some((scheme, token)) = value.as_bytes().split_at_checked("Bearer ".len()) else {
            return false;
        };
        // Compared in constant time: how long it takes must not tell how much of it is right.
        scheme.eq_ignore_ascii_case(b"Bearer ") && token.ct_eq(secret.as_bytes()).into()
    }
}

async fn answer(State(answers): State<Arc<Answers>>, request: Request) -> Response {
    if request.uri().path() != answers.path {
        return StatusCode::NOT_FOUND.into_response();
    }
    if request.method() != Method::POST {
        let allow = [(header::ALLOW, HeaderValue::from_static("POST"))];
        return (StatusCode::METHOD_NOT_ALLOWED, allow).into_response();
    }
    if !answers.admits(request.headers()) {
        let scheme = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
        return (StatusCode::UNAUTHORIZED, scheme).into_response();
    }
    let body = match whole(request.into_body()).await {
        Ok(body) => body,
        Err(status) => return status.into_response(),
    };
    // What a panic leaves behind is the handler's own.
    let handler = AssertUnwindSafe(async {
        let request = CancelRequest::from_body(&body);
        (answers.handler)(request).await
    });
    let result = tokio::select! {
        result = handler.catch_unwind() => {
            result.unwrap_or_else(|_| Err(HandlerError::message("panicked")))
        }
        () = answers.cut.cancelled() => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    match result {
        Ok(()) => accepted(),
        Err(error) => {
            let code = error.code().map(tracing::field::display);
            tracing::error!(code, "the cancel callback's handler failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The whole body, or what is wrong with it.
async fn whole(body: Body) -> Result<Vec<u8>, StatusCode> {
    let (mut whole, mut chunks) = (Vec::new(), body.into_data_stream());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| StatusCode::BAD_REQUEST)?;
        if whole.len() + chunk.len() > BODY_LIMIT {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}

fn accepted() -> Response {
    let json = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    )];
    (StatusCode::ACCEPTED, json, Body::from(r#"{"ok":true}"#)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_body_says() {
        let request = |body: &str| {
            let request = CancelRequest::from_body(body.as_bytes());
            (request.run_id, request.reason)
        };
        let said = |run_id: &str, reason: &str| (run_id.to_owned(), reason.to_owned());
        assert_eq!(
            request(r#"{"runId":"r1","run_id":"r2","reason":"late"}"#),
            said("r1", "late")
        );
        assert_eq!(request(r#"{"run_id":"r2"}"#), said("r2", ""));
        for nothing in [
            "",
            "{",
            "[]",
            "null",
            "\"r1\"",
            r#"{"runId":1,"reason":[]}"#,
            "\u{0}",
        ] {
            assert_eq!(request(nothing), said("", ""), "{nothing:?}");
        }
    }
}
