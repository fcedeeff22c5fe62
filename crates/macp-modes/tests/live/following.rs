//! Sessions that follow the accepted history.

use crate::support::{client, invalid, refused, runtime, start};
use futures_util::StreamExt as _;
use macp_modes::{
    Change, DecisionSession, Error, FollowStatus, Followed, Follower, Session, TaskSession,
};
use macp_projections::decision::{DecisionPhase, DecisionState};
use macp_proto::{ErrorCode, SessionId, SessionState, Vote};
use macp_transport::Credentials;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn two_clients_see_one_session() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let mut session = DecisionSession::start(&client, start())
        .await
        .unwrap()
        .follow();
    let alices = client.with_credentials(Credentials::dev_agent("alice"));
    session.propose("p1", "deploy").await.unwrap();

    let mut joined = DecisionSession::join(&alices, session.id()).await.unwrap();
    assert_eq!(joined.initiator(), "coordinator");
    assert_eq!(joined.versions(), session.versions());
    joined.vote("p1", Vote::Approve).await.unwrap();

    let winner = session
        .wait_for(|projection| projection.majority_winner().map(str::to_owned))
        .deadline(Duration::from_secs(10))
        .await
        .unwrap();
    assert_eq!(winner, "p1");
    joined.wait_for_phase(DecisionPhase::Voting).await.unwrap();
    session
        .commit("decision.approved", "release")
        .reason("voted")
        .await
        .unwrap();

    let commitment = joined.wait_for_commitment().await.unwrap();
    assert_eq!(commitment.action, "decision.approved");
    assert_eq!(joined.wait_for_end().await.unwrap(), SessionState::Resolved);
    assert_eq!(
        session.wait_for_end().await.unwrap(),
        SessionState::Resolved
    );
    let [ours, theirs] = [session.snapshot(), joined.snapshot()]
        .map(|projection| serde_json::to_value(&projection).unwrap());
    assert_eq!(ours, theirs);
    assert_eq!(
        joined.seen().sequence(),
        4,
        "one's own messages are counted once"
    );
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn lifecycle_is_seen_and_ends_the_waiting() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let session = DecisionSession::start(&client, start()).await.unwrap();
    let mut follower = Follower::<DecisionState>::new(&client, session.id());
    assert!(matches!(
        follower.next().await,
        Some(Ok(Change::Accepted(_)))
    ));

    session.suspend("lunch").await.unwrap();
    assert_eq!(follower.next().await.unwrap().unwrap(), Change::Suspended);
    session.resume("back").await.unwrap();
    assert_eq!(follower.next().await.unwrap().unwrap(), Change::Resumed);

    let followed = DecisionSession::join(&client, session.id()).await.unwrap();
    let waiting = followed.clone();
    let waiter = tokio::spawn(async move {
        waiting
            .wait_until(|projection| projection.majority_winner().is_some())
            .await
    });
    session.cancel("not needed").await.unwrap();
    let error = waiter.await.unwrap().unwrap_err();
    assert!(
        matches!(
            error,
            Error::Ended {
                state: SessionState::Cancelled
            }
        ),
        "{error:?}"
    );
    assert_eq!(
        follower.next().await.unwrap().unwrap(),
        Change::Ended(SessionState::Cancelled)
    );
    assert!(follower.next().await.is_none());
    assert!(matches!(
        followed.seen().status(),
        FollowStatus::Ended(SessionState::Cancelled)
    ));
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn expiry_ends_the_following() {
    // The runtime looks for sessions that have run out this often.
    let runtime = macp_testkit::Runtime::builder()
        .env("MACP_CLEANUP_INTERVAL_SECS", 1)
        .start()
        .await
        .unwrap();
    let client = client(&runtime, "coordinator").await;
    let start = start().ttl(Duration::from_millis(300));
    let session = DecisionSession::start(&client, start)
        .await
        .unwrap()
        .follow();
    assert_eq!(session.wait_for_end().await.unwrap(), SessionState::Expired);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_wait_has_a_deadline_and_loses_nothing() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let mut session = DecisionSession::start(&client, start())
        .await
        .unwrap()
        .follow();
    let in_vain = session
        .wait_until(|projection| projection.majority_winner().is_some())
        .deadline(Duration::from_millis(20))
        .await;
    assert!(
        matches!(in_vain, Err(Error::DeadlinePassed { .. })),
        "{in_vain:?}"
    );
    session.propose("p1", "deploy").await.unwrap();
    session.vote("p1", Vote::Approve).await.unwrap();
    session
        .wait_until(|projection| projection.majority_winner().is_some())
        .await
        .unwrap();
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn changes_reach_the_newest_state() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let mut session = DecisionSession::start(&client, start())
        .await
        .unwrap()
        .follow();
    let mut changes = Box::pin(session.changes());
    session.propose("p1", "deploy").await.unwrap();
    while changes.next().await.unwrap() < 2 {}
    session.cancel("enough").await.unwrap();
    assert_eq!(changes.next().await, Some(2), "the end is a change");
    assert_eq!(changes.next().await, None);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn joining_what_may_not_be_seen_or_is_something_else() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let session = DecisionSession::start(&client, start()).await.unwrap();
    let strangers = client.with_credentials(Credentials::dev_agent("mallory"));
    let refusal = DecisionSession::join(&strangers, session.id()).await;
    assert_eq!(refused(refusal), ErrorCode::Forbidden);
    let other_mode = TaskSession::join(&client, session.id()).await;
    assert_eq!(invalid(other_mode), "mode");
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_session_that_does_not_exist_yet_is_waited_for() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let id = SessionId::random();
    let alices = client.with_credentials(Credentials::dev_agent("alice"));
    let joining = tokio::spawn({
        let id = id.clone();
        async move { DecisionSession::join(&alices, &id).await }
    });
    tokio::task::yield_now().await;
    DecisionSession::start(&client, start().session_id(id.clone()))
        .await
        .unwrap();
    let joined: Session<DecisionState, Followed<DecisionState>> = joining.await.unwrap().unwrap();
    assert_eq!(joined.id(), &id);
    assert_eq!(joined.seen().projection().initiator(), Some("coordinator"));
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_finished_session_says_what_was_missed_and_how_it_ended() {
    let runtime = macp_testkit::Runtime::builder()
        .file_storage()
        .start()
        .await
        .unwrap();
    let client = client(&runtime, "coordinator").await;
    let mut session = DecisionSession::start(&client, start()).await.unwrap();
    session.propose("p1", "deploy").await.unwrap();
    session.vote("p1", Vote::Approve).await.unwrap();
    session
        .commit("decision.approved", "release")
        .reason("voted")
        .await
        .unwrap();

    let joined = DecisionSession::join(&client, session.id()).await.unwrap();
    let error = joined.wait_for_commitment().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Ended {
                state: SessionState::Resolved
            }
        ),
        "{error:?}"
    );
    assert_eq!(joined.seen().missed(), Some(4));
    assert_eq!(joined.seen().sequence(), 4);
    assert!(joined.seen().unreadable().is_empty());
    assert_eq!(Arc::new(joined).versions().policy, "policy.default");
}
