//! How much memory an idle subscription holds, beyond the stream that it reads.
//!
//! A program of its own, because it counts what the whole process allocates.

#![allow(
    clippy::unwrap_used,
    reason = "a panic is the test's failure, in helpers too"
)]

#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "live/common.rs"]
mod common;

use common::{dev_client, start};
use futures_util::StreamExt as _;
use macp_proto::SessionId;
use macp_proto::v1::StreamSessionRequest;
use macp_proto::v1::macp_runtime_service_client::MacpRuntimeServiceClient;
use macp_testkit::Runtime;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tonic::Request;
use tonic::transport::Endpoint;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const SUBSCRIPTIONS: usize = 300;
/// As many streams as the client puts on a connection.
const PER_CONNECTION: usize = 100;
const BOUND: usize = 32 * 1024;

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn an_idle_subscription_holds_little_more_than_its_stream() {
    let runtime = Runtime::start().await.unwrap();
    let alice = dev_client(&runtime, "alice").await;
    let mut sessions = Vec::new();
    for _ in 0..SUBSCRIPTIONS {
        let session = SessionId::random();
        alice.send(start(&session, &["alice"])).await.unwrap();
        sessions.push(session);
    }

    let before = bytes_in_use().await;
    let readers = streams(runtime.endpoint(), &sessions).await;
    let stream = (bytes_in_use().await - before) / SUBSCRIPTIONS;
    drop(readers);

    let before = bytes_in_use().await;
    let client = dev_client(&runtime, "alice").await;
    let mut readers = JoinSet::new();
    let (reached, mut first) = mpsc::channel(1);
    for session in &sessions {
        let mut subscription = client.subscribe(session);
        let reached = reached.clone();
        readers.spawn(async move {
            while let Some(Ok(_)) = subscription.next().await {
                reached.send(()).await.unwrap();
            }
        });
        first.recv().await.unwrap();
    }
    let subscription = (bytes_in_use().await - before) / SUBSCRIPTIONS;
    assert_eq!(readers.len(), SUBSCRIPTIONS);
    assert!(readers.try_join_next().is_none(), "all still follow");

    let beyond = subscription.saturating_sub(stream);
    println!("{subscription} bytes a subscription, {stream} its stream, {beyond} beyond it");
    assert!(beyond < BOUND, "{beyond}");
}

/// Streams of the generated stub and nothing else, each read by a task past its first message.
async fn streams(endpoint: String, sessions: &[SessionId]) -> JoinSet<()> {
    let endpoint = Endpoint::from_shared(endpoint).unwrap();
    let mut readers = JoinSet::new();
    for sessions in sessions.chunks(PER_CONNECTION) {
        let stub = MacpRuntimeServiceClient::new(endpoint.connect().await.unwrap());
        for session in sessions {
            let (sender, mut frames) = mpsc::channel(1);
            let subscribe = StreamSessionRequest {
                subscribe_session_id: session.to_string(),
                ..StreamSessionRequest::default()
            };
            sender.send(subscribe).await.unwrap();
            let frames = futures_util::stream::poll_fn(move |cx| frames.poll_recv(cx));
            let mut request = Request::new(frames);
            let token = "Bearer alice".parse().unwrap();
            request.metadata_mut().insert("authorization", token);
            let stream = stub.clone().stream_session(request).await;
            let mut stream = stream.unwrap().into_inner();
            assert!(stream.message().await.unwrap().is_some());
            readers.spawn(async move {
                let _open = sender;
                while let Ok(Some(_)) = stream.message().await {}
            });
        }
    }
    readers
}

/// What is allocated, once everybody has come to rest.
async fn bytes_in_use() -> usize {
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let stats = ALLOCATOR.stats();
        let now = stats.bytes_allocated - stats.bytes_deallocated;
        if now == before {
            return now;
        }
        before = now;
    }
}
