//! The bidirectional stream as the protocol has it.

use crate::common::{commitment, dev_client, proposal, session, start, vote};
use futures_util::StreamExt;
use macp_proto::{ErrorCode, SessionId};
use macp_testkit::Runtime;
use macp_transport::{Credentials, Error, SessionStreamItem};

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn accepted_messages_come_back_and_refused_ones_name_themselves() {
    let runtime = Runtime::start().await.unwrap();
    let alice = dev_client(&runtime, "alice").await;
    let session = SessionId::random();
    let mut stream = alice.stream_session().await.unwrap();
    stream.send(start(&session, &["alice"])).await.unwrap();
    let Some(Ok(SessionStreamItem::Envelope(first))) = stream.next().await else {
        panic!("no echo");
    };
    assert_eq!(first.sender, "alice");

    let refused = vote(&session, "no such proposal");
    stream.send(refused.clone()).await.unwrap();
    let Some(Ok(SessionStreamItem::Refused(refusal))) = stream.next().await else {
        panic!("no refusal");
    };
    assert_eq!(refusal.code, ErrorCode::InvalidEnvelope);
    assert_eq!(refusal.message_id, refused.message_id);

    stream.send(proposal(&session, "p1")).await.unwrap();
    assert!(matches!(
        stream.next().await,
        Some(Ok(SessionStreamItem::Envelope(_)))
    ));

    let (sender, mut receiver) = stream.split();
    drop(sender);
    assert!(receiver.next().await.is_none());
    assert!(receiver.next().await.is_none());
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_subscription_replays_from_where_it_is_asked_to() {
    let runtime = Runtime::start().await.unwrap();
    let (alice, session) = session(&runtime).await;
    alice.send(proposal(&session, "p1")).await.unwrap();
    let mut stream = alice.stream_session().await.unwrap();
    stream.subscribe(&session, 1).await.unwrap();
    let Some(Ok(SessionStreamItem::Envelope(envelope))) = stream.next().await else {
        panic!("no replay");
    };
    assert_eq!(envelope.message_type, "Proposal");
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn what_ends_the_stream_is_told_once() {
    let runtime = Runtime::start().await.unwrap();
    let (alice, session) = session(&runtime).await;
    let mut stream = alice.stream_session().await.unwrap();
    stream.subscribe(&SessionId::random(), 0).await.unwrap();
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::SessionNotFound));
    assert!(stream.next().await.is_none());

    // Any message to a session that is over ends the stream.
    crate::common::resolve(&alice, &session).await;
    let mut stream = alice.stream_session().await.unwrap();
    stream.send(commitment(&session)).await.unwrap();
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidEnvelope));
    assert!(stream.next().await.is_none());
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn what_cannot_go_there_is_refused_before_the_wire() {
    let runtime = Runtime::start().await.unwrap();
    let (alice, session) = session(&runtime).await;
    let stream = alice.stream_session().await.unwrap();
    let mut ambient = proposal(&session, "p1");
    ambient.session_id.clear();
    let error = stream.send(ambient).await.unwrap_err();
    assert!(matches!(error, Error::InvalidValue(e) if e.field() == "session_id"));
    let mut other = proposal(&session, "p1");
    other.sender = "bob".into();
    let error = stream.send(other).await.unwrap_err();
    assert!(matches!(error, Error::IdentityMismatch { .. }));

    let runtime = crate::common::with_tokens().start().await.unwrap();
    let error = crate::common::token_client(&runtime, "alice")
        .await
        .stream_session()
        .credentials(&Credentials::bearer("wrong").unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::Unauthenticated));
}
