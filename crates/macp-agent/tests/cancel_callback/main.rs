//! The cancel callback over real sockets.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a panic is the failure of a test"
)]

mod stalled;

use macp_agent::bootstrap::CancelEndpoint;
use macp_agent::{CancelCallback, CancelRequest, HandlerError};
use std::future::{pending, ready};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const WITHIN: Duration = Duration::from_secs(60);

fn endpoint() -> CancelEndpoint {
    CancelEndpoint::new("127.0.0.1", 0, "agents/alice/cancel")
}

/// Which requests the handler got.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<CancelRequest>>>);

impl Calls {
    async fn bind(&self, endpoint: &CancelEndpoint) -> CancelCallback {
        let calls = self.clone();
        CancelCallback::bind(endpoint, move |request| {
            calls.0.lock().unwrap().push(request);
            ready(Ok(()))
        })
        .await
        .unwrap()
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

async fn connect(callback: &CancelCallback) -> TcpStream {
    TcpStream::connect(callback.local_addr()).await.unwrap()
}

/// Sends a request with this first line, these headers and this body; gives back the answer.
async fn exchange(callback: &CancelCallback, line: &str, headers: &str, body: &str) -> String {
    let mut stream = connect(callback).await;
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_right_request_is_answered_with_202() {
    let calls = Calls::default();
    let callback = calls.bind(&endpoint()).await;
    let body = r#"{"runId":"run-7","reason":"superseded"}"#;
    let answer = exchange(&callback, "POST /agents/alice/cancel", "", body).await;
    assert_eq!(status(&answer), 202);
    assert!(
        answer.contains("content-type: application/json\r\n"),
        "{answer}"
    );
    assert!(answer.ends_with("\r\n\r\n{\"ok\":true}"), "{answer}");
    let request = calls.0.lock().unwrap().pop().unwrap();
    assert_eq!(
        (&*request.run_id, &*request.reason),
        ("run-7", "superseded")
    );
    callback.shutdown(WITHIN).await;
}

#[tokio::test]
async fn a_malformed_body_counts_as_an_empty_one() {
    let calls = Calls::default();
    let callback = calls.bind(&endpoint()).await;
    for body in ["", "{", "[1]", "\"run-7\"", "{\"runId\":7}"] {
        let answer = exchange(&callback, "POST /agents/alice/cancel", "", body).await;
        assert_eq!(status(&answer), 202, "{body}");
    }
    assert_eq!(*calls.0.lock().unwrap(), vec![CancelRequest::default(); 5]);
}

#[tokio::test]
async fn other_requests_call_nothing() {
    let calls = Calls::default();
    let callback = calls.bind(&endpoint()).await;
    for (line, expected) in [
        ("POST /agents/alice", 404),
        ("POST /agents/alice/cancel/", 404),
        ("POST /agents/alice/cancel/more", 404),
        ("POST /agents/ALICE/cancel", 404),
        ("POST /agents/%61lice/cancel", 404),
        ("GET /", 404),
        ("GET /agents/alice/cancel", 405),
        ("PUT /agents/alice/cancel", 405),
        ("DELETE /agents/alice/cancel", 405),
    ] {
        let answer = exchange(&callback, line, "", "{}").await;
        assert_eq!(status(&answer), expected, "{line}");
        assert_eq!(
            answer.contains("allow: POST\r\n"),
            expected == 405,
            "{answer}"
        );
    }
    assert_eq!(calls.count(), 0);
}

#[tokio::test]
async fn an_oversized_body_is_refused_whether_it_says_its_length_or_not() {
    let calls = Calls::default();
    let callback = calls.bind(&endpoint()).await;
    let body = "x".repeat(64 * 1024);
    let line = "POST /agents/alice/cancel";
    assert_eq!(status(&exchange(&callback, line, "", &body).await), 202);
    assert_eq!(
        status(&exchange(&callback, line, "", &format!("{body}x")).await),
        413
    );

    let mut stream = connect(&callback).await;
    let chunk = format!("{:x}\r\n{body}\r\n", body.len());
    let head = "POST /agents/alice/cancel HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\
                transfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(chunk.as_bytes()).await.unwrap();
    stream.write_all(b"1\r\nx\r\n0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(status(&answer), 413);
    assert_eq!(calls.count(), 1);
}

#[tokio::test]
async fn a_body_that_breaks_the_rules_of_http_calls_nothing() {
    let calls = Calls::default();
    let callback = calls.bind(&endpoint()).await;
    let mut stream = connect(&callback).await;
    let request = "POST /agents/alice/cancel HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\
                   transfer-encoding: chunked\r\n\r\n2\r\n{}\r\nnonsense\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(status(&answer), 400);

    let mut stream = connect(&callback).await;
    let request = "POST /agents/alice/cancel HTTP/1.1\r\nhost: test\r\ncontent-length: 9\r\n\r\n{}";
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.unwrap();
    assert_eq!(calls.count(), 0);
}

#[tokio::test]
async fn a_secret_is_asked_for() {
    let calls = Calls::default();
    let endpoint = endpoint().bearer_token("open-sesame").unwrap();
    let callback = calls.bind(&endpoint).await;
    let line = "POST /agents/alice/cancel";
    for headers in [
        "",
        "authorization: \r\n",
        "authorization: open-sesame\r\n",
        "authorization: Basic open-sesame\r\n",
        "authorization: Bearer open-sesam\r\n",
        "authorization: Bearer open-sesame2\r\n",
        "authorization: Bearer Open-Sesame\r\n",
        "x-authorization: Bearer open-sesame\r\n",
    ] {
        let answer = exchange(&callback, line, headers, "{}").await;
        assert_eq!(status(&answer), 401, "{headers:?}");
        assert!(answer.contains("www-authenticate: Bearer\r\n"), "{answer}");
    }
    assert_eq!(calls.count(), 0);
    for headers in [
        "authorization: Bearer open-sesame\r\n",
        "Authorization: bearer open-sesame\r\n",
    ] {
        assert_eq!(status(&exchange(&callback, line, headers, "{}").await), 202);
    }
    // Whoever does not know the path or the method learns nothing of the secret.
    assert_eq!(
        status(&exchange(&callback, "POST /other", "", "{}").await),
        404
    );
    assert_eq!(
        status(&exchange(&callback, "GET /agents/alice/cancel", "", "").await),
        405
    );
}

#[tokio::test]
async fn a_handler_that_fails_is_a_500() {
    let callback = CancelCallback::bind(&endpoint(), |_| {
        ready(Err(HandlerError::message("no such run")))
    })
    .await
    .unwrap();
    let answer = exchange(&callback, "POST /agents/alice/cancel", "", "{}").await;
    assert_eq!(status(&answer), 500);
    assert!(!answer.contains("no such run"), "{answer}");
}

#[tokio::test]
async fn a_handler_that_panics_is_a_500_and_can_be_called_again() {
    let callback = CancelCallback::bind(&endpoint(), |request| {
        assert!(request.reason.is_empty(), "at once");
        async { panic!("later") }
    })
    .await
    .unwrap();
    for body in ["{}", r#"{"reason":"late"}"#, "{}"] {
        let answer = exchange(&callback, "POST /agents/alice/cancel", "", body).await;
        assert_eq!(status(&answer), 500, "{answer}");
    }
}

#[tokio::test]
async fn no_handler_and_no_client_delays_the_shutdown() {
    let callback = CancelCallback::bind(&endpoint(), |_| pending())
        .await
        .unwrap();
    let mut called = connect(&callback).await;
    let request = "POST /agents/alice/cancel HTTP/1.1\r\nhost: test\r\ncontent-length: 0\r\n\r\n";
    called.write_all(request.as_bytes()).await.unwrap();
    let mut unfinished = connect(&callback).await;
    unfinished.write_all(b"POST /agents").await.unwrap();
    let mut idle = connect(&callback).await;

    let within = Duration::from_millis(300);
    let began = Instant::now();
    callback.shutdown(within).await;
    let took = began.elapsed();
    assert!(took >= within, "the handler was given {took:?} only");
    assert!(took < within * 10, "the shutdown took {took:?}");

    // The connections are gone, not only forgotten.
    for stream in [&mut called, &mut unfinished, &mut idle] {
        let mut rest = Vec::new();
        let end = tokio::time::timeout(WITHIN, stream.read_to_end(&mut rest)).await;
        assert!(end.is_ok(), "the connection is still open");
        assert!(!rest.starts_with(b"HTTP/1.1 202"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_holds_its_thread_does_not_delay_the_shutdown() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = Mutex::new(held);
    let callback = CancelCallback::bind(&endpoint(), move |_| {
        tell.send(()).unwrap();
        // An error is its release.
        let _ = held.lock().unwrap().recv();
        ready(Ok(()))
    })
    .await
    .unwrap();
    let mut stream = connect(&callback).await;
    let request = "POST /agents/alice/cancel HTTP/1.1\r\nhost: test\r\ncontent-length: 0\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    told.recv().await.unwrap();
    let shutdown = callback.shutdown(Duration::from_millis(100));
    let ended = tokio::time::timeout(WITHIN, shutdown).await;
    drop(release);
    assert!(ended.is_ok(), "the handler held the shutdown up");
}

#[tokio::test]
async fn a_handler_may_close_the_server_and_is_still_answered() {
    let server: Arc<Mutex<Option<CancelCallback>>> = Arc::default();
    let inside = server.clone();
    let callback = CancelCallback::bind(&endpoint(), move |_| {
        if let Some(callback) = &*inside.lock().unwrap() {
            callback.close();
        }
        ready(Ok(()))
    })
    .await
    .unwrap();
    let mut stream = connect(&callback).await;
    let address = callback.local_addr();
    *server.lock().unwrap() = Some(callback);
    let request = "POST /agents/alice/cancel HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n\r\n{}";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(status(&answer), 202);
    let callback = server.lock().unwrap().take().unwrap();
    callback.shutdown(WITHIN).await;
    assert!(
        TcpStream::connect(address).await.is_err(),
        "still listening"
    );
}

#[tokio::test]
async fn an_address_that_is_taken_is_an_error() {
    let calls = Calls::default();
    let first = calls.bind(&endpoint()).await;
    let taken = CancelEndpoint::new("127.0.0.1", first.local_addr().port(), "/cancel");
    let error = CancelCallback::bind(&taken, |_| ready(Ok(())))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}
