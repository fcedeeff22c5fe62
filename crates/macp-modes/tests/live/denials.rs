//! What a policy denies, as data: in each mode that it can say something about.

use crate::support::{client, refused, runtime, start};
use macp_modes::{DecisionSession, Error, ProposalSession, QuorumSession, TaskSession};
use macp_projections::commitment::OutcomePolarity;
use macp_projections::policy::{
    Algorithm, DecisionRules, ModeRules, Policy, ProposalRules, QuorumRules, TaskRules, Threshold,
};
use macp_proto::{DenyCode, ErrorCode, Recommendation, SessionState, Vote};
use macp_transport::{Accepted, Client, Credentials};

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_denial_says_why_as_data() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let start = start().policy_version("policy.std.majority");
    let mut session = DecisionSession::start(&client, start).await.unwrap();
    session.propose("p1", "deploy").await.unwrap();

    let error = session
        .commit("decision.approved", "release")
        .reason("now")
        .await
        .unwrap_err();
    assert!(!error.is_retryable());
    assert!(denied(Err(error)).contains(&DenyCode::QuorumNotMet));

    session.vote("p1", Vote::Approve).await.unwrap();
    session
        .commit("decision.approved", "release")
        .reason("voted")
        .await
        .unwrap();
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_policy_is_built_registered_bound_and_obeyed() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let [alice, bob] = ["alice", "bob"].map(Credentials::dev_agent);
    let rules = DecisionRules::new(Algorithm::Supermajority)
        .threshold(2.0 / 3.0)
        .quorum_count(2)
        .require_vote_quorum(true)
        .minimum_confidence(0.8);
    let policy = Policy::new("policy.test.release", rules).description("two thirds of two");
    register(&client, &policy).await;

    let start = start().policy_version(policy.id());
    let mut session = DecisionSession::start(&client, start).await.unwrap();
    session.propose("p1", "deploy").await.unwrap();
    let nothing_yet = [
        DenyCode::ConfidenceBelowMinimum,
        DenyCode::QuorumNotMet,
        DenyCode::NoVotes,
    ];
    expect_denials(&mut session, &policy, &nothing_yet).await;

    session
        .evaluate("p1", Recommendation::Approve, 0.9)
        .sent_by(&alice)
        .await
        .unwrap();
    session.vote("p1", Vote::Approve).await.unwrap();
    let against = session.vote("p1", Vote::Reject);
    against.sent_by(&bob).await.unwrap();
    expect_denials(&mut session, &policy, &[DenyCode::ThresholdNotMet]).await;

    let in_favour = session.vote("p1", Vote::Approve);
    in_favour.sent_by(&alice).await.unwrap();
    assert!(session.projection().denials(&policy, true).is_empty());
    let accepted = session
        .commit("decision.approved", "release")
        .reason("two of three")
        .await
        .unwrap();
    assert_eq!(accepted.state, SessionState::Resolved);
}

/// The runtime denies a positive outcome for these reasons, and we say so before asking it.
async fn expect_denials(
    session: &mut DecisionSession,
    policy: &Policy<DecisionRules>,
    expected: &[DenyCode],
) {
    assert_eq!(session.projection().denials(policy, true), expected);
    let too_early = session
        .commit("decision.approved", "release")
        .reason("too early")
        .await;
    assert_eq!(denied(too_early), expected);
}

/// The codes of a policy's denial, each of which also has words for people.
#[track_caller]
fn denied(result: Result<Accepted, Error>) -> Vec<DenyCode> {
    let error = result.expect_err("the policy denies");
    assert_eq!(error.code(), Some(&ErrorCode::PolicyDenied), "{error}");
    let denials = error.denials().iter();
    denials
        .inspect(|denial| assert!(!denial.message.is_empty()))
        .map(|denial| denial.code.clone())
        .collect()
}

async fn register<R: ModeRules>(client: &Client, policy: &Policy<R>) {
    let descriptor = policy.to_descriptor().unwrap();
    client.register_policy(descriptor).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_counter_proposal_too_many_is_refused_before_the_policy_is_asked() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let [alice, bob] = ["alice", "bob"].map(Credentials::dev_agent);
    let policy = Policy::new(
        "policy.test.one_round",
        ProposalRules::default().max_rounds(1),
    );
    register(&client, &policy).await;

    let start = start().policy_version(policy.id());
    let mut session = ProposalSession::start(&client, start).await.unwrap();
    session.propose("p1", "split the bill").await.unwrap();
    let counter = session.counter_propose("p2", "p1", "halves");
    counter.sent_by(&alice).await.unwrap();
    let second = session.counter_propose("p3", "p2", "thirds");
    let second = second.sent_by(&bob).await;
    assert_eq!(refused(second), ErrorCode::InvalidEnvelope);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_task_without_output_is_denied() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let alice = Credentials::dev_agent("alice");
    let policy = Policy::new(
        "policy.test.output",
        TaskRules::default().require_output(true),
    );
    register(&client, &policy).await;

    let start = start().policy_version(policy.id());
    let mut session = TaskSession::start(&client, start).await.unwrap();
    session.request_task("t1", "report").await.unwrap();
    session.accept_task("t1").sent_by(&alice).await.unwrap();
    let given_back = session.reject_task("t1").sent_by(&alice).await;
    assert_eq!(denied(given_back), [DenyCode::ReassignmentNotAllowed]);
    session.complete_task("t1").sent_by(&alice).await.unwrap();

    let readiness = session.projection().commit_readiness(Some(&policy));
    assert!(!readiness.positive);
    let empty = session.commit("task.completed", "s").reason("done").await;
    assert_eq!(denied(empty), [DenyCode::OutputRequired]);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn an_approval_below_the_policys_bar_is_denied() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let [alice, bob] = ["alice", "bob"].map(Credentials::dev_agent);
    let policy = Policy::new("policy.test.all", QuorumRules::new(Threshold::n_of_m(3)));
    register(&client, &policy).await;

    let start = start().policy_version(policy.id());
    let mut session = QuorumSession::start(&client, start).await.unwrap();
    session.request_approval("r1", "publish", 1).await.unwrap();
    session.approve("r1").sent_by(&alice).await.unwrap();
    session.reject("r1").sent_by(&bob).await.unwrap();

    let readiness = session.projection().commit_readiness(Some(&policy));
    assert!(!readiness.positive && readiness.negative);
    let too_few = session
        .commit("quorum.approved", "s")
        .reason("r")
        .outcome(OutcomePolarity::Positive)
        .await;
    assert_eq!(denied(too_few), [DenyCode::ThresholdNotMet]);
}
