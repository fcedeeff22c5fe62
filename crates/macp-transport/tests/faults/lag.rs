//! A consumer that does not read while more is accepted than the runtime keeps for it.

use crate::reader::Reader;
use crate::session::{INITIATOR, PATIENCE, accepted, client, commit, evaluation, open};
use crate::stage::{away, end};
use futures_util::StreamExt as _;
use macp_proto::SessionId;
use macp_proto::{ErrorCode, SessionState};
use macp_testkit::Runtime;
use macp_transport::{Client, SessionEvent, SessionStreamItem};
use tokio::time::timeout;

/// Each message is a kilobyte and a stream's flow-control window 256 of them; the runtime keeps
/// 256 messages more for a subscriber. This is more than both, and what lies in between.
const MESSAGES: usize = 2000;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn slowed_until_the_runtime_drops_it() {
    let runtime = Runtime::start().await.unwrap();
    let initiator = client(runtime.endpoint(), INITIATOR).await;
    let session = open(&initiator).await;

    let mut subscription = initiator.subscribe(&session);
    let first = timeout(PATIENCE, subscription.next()).await.unwrap();
    assert!(matches!(
        first,
        Some(Ok(SessionEvent::Envelope { sequence: 1, .. }))
    ));
    // The protocol's own stream, as slow, shows what the runtime does to both.
    let mut bare = initiator.stream_session().await.unwrap();
    bare.subscribe(&session, 0).await.unwrap();
    assert!(matches!(
        bare.next().await,
        Some(Ok(SessionStreamItem::Envelope(_)))
    ));

    fill(&client(runtime.endpoint(), "alice").await, &session).await;
    let lagged = loop {
        match timeout(PATIENCE, bare.next()).await.unwrap() {
            Some(Ok(_)) => {}
            other => break other,
        }
    };
    let error = lagged.unwrap().unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::StreamLagged));

    let mut connection = subscription.connection();
    let reader = Reader::start_after(1, subscription);
    away(&mut connection).await;
    commit(&initiator, &session).await;
    let record = reader.ended().await;
    assert_eq!(record.ids, accepted(&initiator, &session).await[1..]);
    assert_eq!(record.ids.len(), 1 + MESSAGES + 1);
    assert_eq!(record.others, [end(SessionState::Resolved)]);
}

async fn fill(alice: &Client, session: &SessionId) {
    let reason = "x".repeat(1024);
    for _ in 0..MESSAGES {
        alice.send(evaluation(session, &reason)).await.unwrap();
    }
}
