use crate::common::{dev_client, proposal, session};
use macp_testkit::Runtime;
use macp_transport::{Error, RetryPolicy};
use std::time::Duration;

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_message_gets_through_a_restart_and_is_applied_once() {
    let mut runtime = Runtime::builder().file_storage().start().await.unwrap();
    let (alice, session) = session(&runtime).await;
    let envelope = proposal(&session, "p1");
    runtime.kill().unwrap();
    let patient = RetryPolicy::default()
        .max_attempts(100)
        .backoff(Duration::from_millis(20), Duration::from_millis(100));
    let sending = tokio::spawn(alice.send(envelope.clone()).retry(patient).into_future());
    runtime.restart().await.unwrap();
    let accepted = sending.await.unwrap().unwrap();
    assert!(!accepted.duplicate);
    assert!(alice.send(envelope).await.unwrap().duplicate);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn exhaustion_counts_the_attempts() {
    let mut runtime = Runtime::start().await.unwrap();
    let alice = dev_client(&runtime, "alice").await;
    runtime.kill().unwrap();
    let policy = RetryPolicy::default()
        .max_attempts(3)
        .backoff(Duration::ZERO, Duration::ZERO);
    let error = alice.list_modes().retry(policy).await.unwrap_err();
    let Error::RetryExhausted {
        attempts,
        ref source,
        ..
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!(attempts, 3);
    assert!(source.is_connect() && error.is_connect());
}
