//! Suspension, resumption, cancellation, attaching and versions, which every mode shares.

use crate::support::{client, invalid, refused, runtime, start};
use macp_modes::{
    DecisionSession, Error, HandoffSession, QuorumSession, Session, SessionMode, TaskSession,
};
use macp_projections::decision::DecisionState;
use macp_projections::handoff::HandoffState;
use macp_projections::multi_round::MultiRoundState;
use macp_projections::proposal::ProposalState;
use macp_projections::quorum::QuorumState;
use macp_projections::task::TaskState;
use macp_proto::{ErrorCode, SessionId, SessionState, Vote};
use macp_transport::{Client, Credentials};
use std::time::Duration;

async fn suspends_resumes_and_cancels<S: SessionMode>(client: &Client) {
    let session = Session::<S>::start(client, start()).await.unwrap();
    assert_eq!(
        refused(session.resume("not suspended").await),
        ErrorCode::SessionNotOpen
    );
    assert_eq!(
        session.suspend("lunch").await.unwrap().state,
        SessionState::Suspended
    );
    assert_eq!(session.state().await.unwrap(), SessionState::Suspended);
    assert_eq!(
        refused(session.suspend("again").await),
        ErrorCode::SessionNotOpen
    );
    assert_eq!(
        session.resume("back").await.unwrap().state,
        SessionState::Open
    );

    assert_eq!(
        session.cancel("not needed").await.unwrap().state,
        SessionState::Cancelled
    );
    assert_eq!(session.state().await.unwrap(), SessionState::Cancelled);
    let again = session.cancel("twice").await.unwrap();
    assert_eq!(again.state, SessionState::Cancelled);
    assert_eq!(
        refused(session.suspend("ended").await),
        ErrorCode::SessionNotOpen
    );
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn every_mode_suspends_resumes_and_cancels() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    suspends_resumes_and_cancels::<DecisionState>(&client).await;
    suspends_resumes_and_cancels::<ProposalState>(&client).await;
    suspends_resumes_and_cancels::<TaskState>(&client).await;
    suspends_resumes_and_cancels::<HandoffState>(&client).await;
    suspends_resumes_and_cancels::<QuorumState>(&client).await;
    suspends_resumes_and_cancels::<MultiRoundState>(&client).await;
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_suspended_session_takes_no_messages() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let mut session = DecisionSession::start(&client, start()).await.unwrap();
    session.suspend("lunch").await.unwrap();
    assert_eq!(
        refused(session.propose("p1", "deploy").await),
        ErrorCode::SessionNotOpen
    );
    session.resume("back").await.unwrap();
    session.propose("p1", "deploy").await.unwrap();
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn only_those_in_authority_control_a_session() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let session = DecisionSession::start(&client, start()).await.unwrap();
    let bobs = client.with_credentials(Credentials::dev_agent("bob"));
    let mut attached = DecisionSession::attach(&bobs, session.id()).await.unwrap();
    assert_eq!(refused(attached.cancel("mine").await), ErrorCode::Forbidden);
    assert_eq!(
        refused(attached.suspend("mine").await),
        ErrorCode::Forbidden
    );
    assert_eq!(refused(attached.resume("mine").await), ErrorCode::Forbidden);
    attached.propose("p1", "deploy").await.unwrap();
    assert_eq!(attached.initiator(), "coordinator");
    assert_eq!(attached.versions(), session.versions());

    let strangers = client.with_credentials(Credentials::dev_agent("mallory"));
    let refusal = DecisionSession::attach(&strangers, session.id()).await;
    assert_eq!(refused(refusal), ErrorCode::Forbidden);
    let unknown = DecisionSession::attach(&client, &SessionId::random()).await;
    assert_eq!(refused(unknown), ErrorCode::SessionNotFound);
    let other_mode = TaskSession::attach(&client, session.id()).await;
    assert_eq!(invalid(other_mode), "mode");
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_session_commits_with_the_versions_it_was_started_with() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let start = start()
        .configuration_version("config.2026-11")
        .policy_version("policy.std.majority")
        .context_id("ctx:1")
        .extension("vendor.x", "block")
        .root("file:///plan", "plan")
        .max_suspend(Duration::from_secs(60))
        .ttl(Duration::from_secs(3600));
    let mut session = DecisionSession::start(&client, start).await.unwrap();
    let metadata = session.metadata().await.unwrap();
    assert_eq!(metadata.context_id, "ctx:1");
    assert_eq!(metadata.extension_keys, ["vendor.x"]);
    assert!(metadata.expires_at - metadata.started_at > 3_590_000);

    session.propose("p1", "deploy").await.unwrap();
    session.vote("p1", Vote::Approve).await.unwrap();
    // A joiner learns the versions from the runtime.
    let mut joined = DecisionSession::attach(&client, session.id())
        .await
        .unwrap();
    joined
        .commit("decision.approved", "release")
        .reason("voted")
        .await
        .unwrap();
    assert_eq!(session.state().await.unwrap(), SessionState::Resolved);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn rosters_that_the_runtime_refuses_are_refused_here() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    DecisionSession::start(&client, start().participants::<[&str; 0]>([]))
        .await
        .unwrap();
    let nobody = QuorumSession::start(&client, start().participants::<[&str; 0]>([])).await;
    assert_eq!(invalid(nobody), "participants");
    let alone = TaskSession::start(&client, start().participants(["coordinator"])).await;
    assert_eq!(invalid(alone), "participants");
    let absent = HandoffSession::start(&client, start().participants(["alice", "bob"])).await;
    assert_eq!(invalid(absent), "participants");
    // The initiator of a task need not take part.
    TaskSession::start(&client, start().participants(["alice"]))
        .await
        .unwrap();
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_session_needs_to_know_who_speaks() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let nameless = Credentials::bearer("coordinator").unwrap();
    let error = DecisionSession::start(&client.with_credentials(nameless), start()).await;
    assert!(matches!(&error, Err(Error::Invalid(invalid)) if invalid.field() == "credentials"));
}
