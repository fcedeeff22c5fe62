use crate::common::{dev_client, proposal, session, start};
use macp_proto::{ErrorCode, Mode, SessionId, SessionState};
use macp_testkit::Runtime;
use macp_transport::{Capability, Error, RetryPolicy};

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn initialize_learns_what_the_runtime_offers() {
    let runtime = Runtime::start().await.unwrap();
    let client = dev_client(&runtime, "alice").await;
    assert!(client.initialized().is_none());
    let initialized = client.initialize().await.unwrap();
    assert_eq!(initialized.protocol_version, "1.0");
    assert_eq!(initialized.runtime_name, "macp-runtime");
    assert_eq!(initialized.supported_modes.len(), 6);
    assert!(initialized.supported_modes.contains(&Mode::Decision));
    assert!(initialized.has(Capability::WhatIfReplay));
    assert!(!initialized.has(Capability::SignedReceipts));
    assert_eq!(client.clone().initialized(), Some(initialized));
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_session_is_started_read_and_cancelled() {
    let runtime = Runtime::start().await.unwrap();
    let (alice, session) = session(&runtime).await;
    let metadata = alice.get_session(&session).await.unwrap();
    assert_eq!(metadata.session_id, session.as_str());
    assert_eq!(metadata.state, SessionState::Open);
    assert_eq!(metadata.mode, Mode::Decision);
    assert_eq!(metadata.initiator, "alice");
    assert_eq!(metadata.participants, ["alice", "bob"]);
    assert_eq!(metadata.expires_at - metadata.started_at, 60_000);

    let suspended = alice.suspend_session(&session, "lunch").await.unwrap();
    assert_eq!(suspended.state, SessionState::Suspended);
    let again = alice.suspend_session(&session, "lunch").await.unwrap_err();
    assert_eq!(again.code(), Some(&ErrorCode::SessionNotOpen));
    assert_eq!(again.refusal().unwrap().session_id, session.as_str());
    let resumed = alice.resume_session(&session, "back").await.unwrap();
    assert_eq!(resumed.state, SessionState::Open);
    let again = alice.resume_session(&session, "back").await.unwrap_err();
    assert_eq!(again.code(), Some(&ErrorCode::SessionNotOpen));

    for _ in 0..2 {
        let cancelled = alice.cancel_session(&session, "enough").await.unwrap();
        assert_eq!(cancelled.state, SessionState::Cancelled);
    }
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn only_those_concerned_may_read_or_end_a_session() {
    let runtime = Runtime::start().await.unwrap();
    let (_, session) = session(&runtime).await;
    let mallory = dev_client(&runtime, "mallory").await;
    for error in [
        mallory.get_session(&session).await.map(drop).unwrap_err(),
        mallory
            .cancel_session(&session, "")
            .await
            .map(drop)
            .unwrap_err(),
        mallory
            .suspend_session(&session, "")
            .await
            .map(drop)
            .unwrap_err(),
        mallory
            .resume_session(&session, "")
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(error.code(), Some(&ErrorCode::Forbidden), "{error}");
        assert!(!error.is_retryable() && !error.may_have_acted());
    }
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn an_unknown_session_is_not_found() {
    let runtime = Runtime::start().await.unwrap();
    let alice = dev_client(&runtime, "alice").await;
    let unknown = SessionId::random();
    let envelope = proposal(&unknown, "p1");
    let message_id = envelope.message_id.clone();
    let error = alice.send(envelope).await.unwrap_err();
    let refusal = error.refusal().unwrap();
    assert_eq!(refusal.code, ErrorCode::SessionNotFound);
    assert_eq!(refusal.session_id, unknown.as_str());
    assert_eq!(refusal.message_id, message_id);
    assert_eq!(refusal.status, None);

    for error in [
        alice.get_session(&unknown).await.map(drop).unwrap_err(),
        alice
            .cancel_session(&unknown, "")
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(error.code(), Some(&ErrorCode::SessionNotFound));
        assert_eq!(error.refusal().unwrap().session_id, unknown.as_str());
        assert!(error.status().is_some());
    }
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn the_same_message_twice_is_a_duplicate_and_a_success() {
    let runtime = Runtime::start().await.unwrap();
    let (alice, session) = session(&runtime).await;
    let envelope = proposal(&session, "p1");
    let first = alice.send(envelope.clone()).await.unwrap();
    assert!(!first.duplicate);
    let second = alice.send(envelope).await.unwrap();
    assert!(second.duplicate);
    assert_eq!(second.message_id, first.message_id);
    assert_eq!(second.state, SessionState::Open);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_payload_over_the_limit_is_refused() {
    let runtime = Runtime::builder()
        .env("MACP_MAX_PAYLOAD_BYTES", 1024)
        .start()
        .await
        .unwrap();
    let (alice, session) = session(&runtime).await;
    let mut envelope = proposal(&session, "p1");
    envelope.payload = vec![0; 2048].into();
    let error = alice.send(envelope).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::PayloadTooLarge));
    assert!(!error.is_retryable());

    // Far over it, the answer comes from below the runtime's handlers, without a registry code.
    let mut envelope = proposal(&session, "p1");
    envelope.payload = vec![0; 1024 * 1024].into();
    let error = alice.send(envelope).await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error}");
    assert!(!error.is_retryable() && !error.may_have_acted(), "{error}");
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_rate_limit_is_worth_a_retry() {
    let runtime = Runtime::builder()
        .rate_limits(1, 100)
        .start()
        .await
        .unwrap();
    let (alice, _) = session(&runtime).await;
    let error = alice
        .send(start(&SessionId::random(), &["alice"]))
        .retry(RetryPolicy::none())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::RateLimited));
    assert!(error.is_retryable() && !error.may_have_acted());
}
