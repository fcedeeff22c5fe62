use crate::common::{dev_client, session, start, token, token_client, with_tokens};
use futures_util::StreamExt;
use macp_proto::v1::{Envelope, PolicyDescriptor, SignalPayload};
use macp_proto::{ErrorCode, Mode, PROTOCOL_VERSION, SessionId, SessionState};
use macp_testkit::Runtime;
use macp_transport::watch::Kind;
use macp_transport::{Client, Credentials, SessionChangeKind, Watch, WatchEvent};
use prost::Message;
use std::time::Duration;

async fn next<K: Kind>(watch: &mut Watch<K>) -> WatchEvent<K::Item> {
    tokio::time::timeout(Duration::from_secs(20), watch.next())
        .await
        .expect("nothing arrived")
        .expect("it goes on")
        .unwrap()
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn sessions_are_told_first_as_they_are_and_then_as_they_change() {
    let runtime = Runtime::start().await.unwrap();
    let (alice, old) = session(&runtime).await;
    alice.cancel_session(&old, "").await.unwrap();
    let mut watch = alice.watch_sessions();
    let WatchEvent::Initial(change) = next(&mut watch).await else {
        panic!("not marked");
    };
    let metadata = change.session.unwrap();
    assert_eq!(metadata.session_id, old.as_str());
    assert_eq!(metadata.state, SessionState::Cancelled);

    let new = SessionId::random();
    alice.send(start(&new, &["alice"])).await.unwrap();
    alice.suspend_session(&new, "").await.unwrap();
    alice.resume_session(&new, "").await.unwrap();
    alice.cancel_session(&new, "").await.unwrap();
    for expected in [
        SessionChangeKind::Created,
        SessionChangeKind::Suspended,
        SessionChangeKind::Resumed,
        SessionChangeKind::Cancelled,
    ] {
        let (WatchEvent::Initial(change) | WatchEvent::Changed(change)) = next(&mut watch).await
        else {
            panic!("no change");
        };
        assert_eq!(change.kind, expected);
        assert_eq!(change.session.unwrap().session_id, new.as_str());
    }
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_watch_comes_back_and_marks_the_gap() {
    let mut runtime = Runtime::builder().file_storage().start().await.unwrap();
    let (alice, session) = session(&runtime).await;
    let mut watch = alice.watch_sessions();
    assert!(matches!(next(&mut watch).await, WatchEvent::Initial(_)));
    runtime.kill().unwrap();
    runtime.restart().await.unwrap();
    assert_eq!(next(&mut watch).await, WatchEvent::Gap);
    assert!(matches!(next(&mut watch).await, WatchEvent::Initial(_)));
    alice.cancel_session(&session, "").await.unwrap();
    let WatchEvent::Changed(change) = next(&mut watch).await else {
        panic!("no change");
    };
    assert_eq!(change.kind, SessionChangeKind::Cancelled);
}

fn signal(sender: &str) -> Envelope {
    Envelope {
        macp_version: PROTOCOL_VERSION.into(),
        message_type: "Signal".into(),
        message_id: "s1".into(),
        sender: sender.into(),
        payload: SignalPayload {
            signal_type: "hello".into(),
            ..SignalPayload::default()
        }
        .encode_to_vec()
        .into(),
        ..Envelope::default()
    }
}

async fn observed(client: &Client, sender: &str) -> bool {
    let mut watch = client.watch_signals();
    let mut connection = watch.connection();
    let reading = tokio::spawn(async move { next(&mut watch).await });
    while connection.changed().await != Some(macp_transport::ConnectionState::Live) {}
    client.send(signal(sender)).await.unwrap();
    let WatchEvent::Changed(signal) = reading.await.unwrap() else {
        panic!("no signal");
    };
    assert_eq!(signal.envelope.sender, sender);
    signal.sender_authenticated
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn signals_say_whether_their_sender_is_verified() {
    let runtime = Runtime::start().await.unwrap();
    assert!(!observed(&dev_client(&runtime, "alice").await, "alice").await);
    let runtime = with_tokens().start().await.unwrap();
    assert!(observed(&token_client(&runtime, "alice").await, "alice").await);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn policies_modes_and_roots_are_watched() {
    let runtime = with_tokens().start().await.unwrap();
    let admin = token_client(&runtime, "admin").await;
    let mut policies = admin.watch_policies();
    let WatchEvent::Initial(before) = next(&mut policies).await else {
        panic!("not marked");
    };
    admin
        .register_policy(PolicyDescriptor {
            policy_id: "policy.test".into(),
            mode: Mode::Decision.to_string(),
            rules: "{}".into(),
            schema_version: 1,
            ..PolicyDescriptor::default()
        })
        .await
        .unwrap();
    let WatchEvent::Changed(after) = next(&mut policies).await else {
        panic!("no change");
    };
    assert_eq!(after.policies.len(), before.policies.len() + 1);

    let mut modes = admin.watch_mode_registry();
    assert!(
        matches!(next(&mut modes).await, WatchEvent::Initial(change) if change.registry == "modes")
    );
    admin
        .promote_mode(&Mode::MultiRound, "std.multi_round.v1")
        .await
        .unwrap();
    assert!(matches!(next(&mut modes).await, WatchEvent::Changed(_)));

    let mut roots = admin.watch_roots();
    assert!(matches!(next(&mut roots).await, WatchEvent::Initial(_)));
}

async fn refused<K: Kind>(mut watch: Watch<K>) {
    let error = watch.next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::Unauthenticated));
    assert!(watch.next().await.is_none());
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_wrong_token_ends_a_watch_with_its_error() {
    let runtime = with_tokens().start().await.unwrap();
    let wrong = token_client(&runtime, "alice")
        .await
        .with_credentials(Credentials::bearer("wrong").unwrap());
    refused(wrong.watch_sessions()).await;
    refused(wrong.watch_signals()).await;
    refused(wrong.watch_policies()).await;
    // The registries of modes and roots are open to all.
    next(&mut wrong.watch_mode_registry()).await;
    next(&mut wrong.watch_roots()).await;
    // A call of its own may still be allowed.
    let mut allowed = wrong.watch_policies().credentials(&token("alice"));
    next(&mut allowed).await;
}
