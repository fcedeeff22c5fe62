//! What becomes of sessions when their runtime is killed.

#![allow(clippy::unwrap_used, reason = "a panic is the test's failure")]

use macp_sdk::{Client, Credentials, DecisionSession, SessionStart};
use macp_testkit::{Direction, FaultProxy, Runtime};
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

async fn client(endpoint: String) -> Client {
    Client::builder(endpoint)
        .allow_insecure()
        .credentials(Credentials::dev_agent("alice"))
        .connect()
        .await
        .unwrap()
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_session_in_files_survives_a_kill_and_one_in_memory_does_not() {
    for (builder, survives) in [
        (Runtime::builder().file_storage(), true),
        (Runtime::builder().memory_storage(), false),
    ] {
        let mut runtime = builder.start().await.unwrap();
        let start = SessionStart::new("survive").participants(["alice"]);
        let id = DecisionSession::start(&client(runtime.endpoint()).await, start)
            .await
            .unwrap()
            .id()
            .clone();

        runtime.kill().unwrap();
        runtime.restart().await.unwrap();
        let found = client(runtime.endpoint()).await.get_session(&id).await;
        assert_eq!(found.is_ok(), survives, "{found:?}");
    }
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_call_waits_out_a_black_hole() {
    let runtime = Runtime::start().await.unwrap();
    let mut network = FaultProxy::start(runtime.address()).await.unwrap();
    let client = client(network.endpoint()).await;
    client.initialize().await.unwrap();

    network.black_hole(Direction::ToClient);
    let mut call = pin!(client.initialize().into_future());
    let answer = timeout(Duration::from_millis(100), &mut call).await;
    assert!(answer.is_err(), "{answer:?}");
    network.heal().await.unwrap();
    call.await.unwrap();
}
