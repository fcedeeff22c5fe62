//! Peers that a runtime never is: absent, silent, not a runtime.

use crate::common::anonymous;
use macp_proto::SessionId;
use macp_testkit::Runtime;
use macp_transport::{
    Client, Credentials, Error, GrpcStatus, TokenFuture, TokenSource, TransportErrorKind,
};
use std::time::Duration;
use tokio::net::TcpListener;

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn plaintext_is_refused_unless_allowed() {
    let runtime = Runtime::start().await.unwrap();
    let error = Client::builder(runtime.endpoint())
        .credentials(Credentials::bearer("secret").unwrap())
        .connect()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::PlaintextRefused), "{error}");
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_runtime_that_is_not_there() {
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let error = Client::builder(format!("http://{port}"))
        .allow_insecure()
        .connect()
        .await
        .unwrap_err();
    assert_eq!(
        error.transport().unwrap().kind(),
        TransportErrorKind::Connect
    );
    assert!(error.is_connect() && error.is_retryable() && !error.may_have_acted());
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_runtime_that_goes_away_and_comes_back() {
    let mut runtime = Runtime::start().await.unwrap();
    let client = crate::common::dev_client(&runtime, "alice").await;
    client.initialize().await.unwrap();
    runtime.kill().unwrap();
    let error = client.initialize().await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    let error = client.initialize().await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    runtime.restart().await.unwrap();
    client.initialize().await.unwrap();
}

/// Accepts connections and never says a word.
async fn silence() -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok(connection) = listener.accept().await {
            held.push(connection);
        }
    });
    (endpoint, task)
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_deadline_that_passes() {
    let (endpoint, listener) = silence().await;
    let client = anonymous(endpoint).await;
    let error = client
        .initialize()
        .deadline(Duration::from_millis(50))
        .await
        .unwrap_err();
    assert!(error.is_timeout() && error.may_have_acted(), "{error:?}");
    listener.abort();
}

/// A source of tokens that never answers.
struct Silent;

impl TokenSource for Silent {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_deadline_covers_the_fetching_of_a_token() {
    let runtime = Runtime::start().await.unwrap();
    let client = anonymous(runtime.endpoint()).await;
    let error = client
        .get_session(&SessionId::random())
        .credentials(&Credentials::from_source(Silent))
        .deadline(Duration::from_millis(50))
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(GrpcStatus::DeadlineExceeded));
    assert!(!error.may_have_acted());
}
