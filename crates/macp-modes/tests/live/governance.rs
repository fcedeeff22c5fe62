//! Sessions under a policy, and policies at the runtime. What a policy denies is in `denials.rs`.

use crate::support::{client, refused, runtime, start};
use macp_modes::{DecisionSession, HandoffSession, QuorumSession};
use macp_projections::commitment::reference_to;
use macp_projections::policy::{
    DecisionRules, HandoffRules, ModeRules, Policy, ProposalRules, QuorumRules, STD_MAJORITY,
    TaskRules, Threshold,
};
use macp_proto::ErrorCode;
use macp_proto::v1::{CommitmentPayload, PolicyDescriptor};
use macp_test_data::policies;
use macp_transport::{Client, Credentials};
use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::Value;
use std::time::{Duration, Instant};

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_policy_replaces_the_approvals_that_a_request_asks_for() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let alice = Credentials::dev_agent("alice");
    let policy = Policy::new("policy.test.two", QuorumRules::new(Threshold::n_of_m(2)));
    let descriptor = policy.to_descriptor().unwrap();
    client.register_policy(descriptor).await.unwrap();

    let start = start().policy_version(policy.id());
    let mut session = QuorumSession::start(&client, start).await.unwrap();
    session.request_approval("r1", "publish", 1).await.unwrap();
    session.approve("r1").await.unwrap();
    assert!(session.projection().has_quorum("r1"), "as the request says");
    let too_early = session.commit("quorum.approved", "s").reason("r").await;
    assert_eq!(refused(too_early), ErrorCode::InvalidEnvelope);
    session.approve("r1").sent_by(&alice).await.unwrap();
    session
        .commit("quorum.approved", "s")
        .reason("r")
        .await
        .unwrap();
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn an_offer_that_nobody_answers_is_accepted_implicitly() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let alice = Credentials::dev_agent("alice");
    let rules = HandoffRules::default().implicit_accept_after(Duration::from_millis(100));
    let policy = Policy::new("policy.test.implicit", rules);
    let descriptor = policy.to_descriptor().unwrap();
    client.register_policy(descriptor).await.unwrap();

    let start = start().policy_version(policy.id());
    let session = HandoffSession::start(&client, start).await.unwrap();
    let mut session = session.follow();
    session.offer("h1", "alice").await.unwrap();
    let patience = Instant::now() + Duration::from_secs(10);
    // The runtime looks at the time when a message comes, the next one if need be.
    while let Err(error) = session.commit("handoff.accepted", "s").reason("r").await {
        assert_eq!(error.code(), Some(&ErrorCode::InvalidEnvelope), "{error}");
        assert!(Instant::now() < patience, "no implicit accept: {error}");
    }
    session.wait_for_commitment().await.unwrap();
    let seen = session.snapshot();
    assert!(seen.is_implicitly_accepted("h1"));
    let history: Vec<_> = seen.transcript().iter().collect();
    assert_eq!(history.len(), 4, "start, offer, accept, commitment");
    assert_eq!(history[2].message_id, "implicit-accept:h1");
    assert_eq!(history[2].sender, "alice");
    let too_late = session.accept("h1").sent_by(&alice).await;
    assert_eq!(refused(too_late), ErrorCode::SessionNotOpen);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn who_joins_reads_the_bound_policy_as_rules() {
    let runtime = runtime().await;
    let coordinator = client(&runtime, "coordinator").await;
    let bob = client(&runtime, "bob").await;
    let rules = QuorumRules::new(Threshold::percentage(60));
    let bound = Policy::new("policy.test.sixty", rules).description("three of five");
    let descriptor = bound.to_descriptor().unwrap();
    coordinator.register_policy(descriptor).await.unwrap();

    let start_under = |policy: &str| start().policy_version(policy);
    let quorum = QuorumSession::start(&coordinator, start_under(bound.id()))
        .await
        .unwrap();
    let joined = QuorumSession::join(&bob, quorum.id()).await.unwrap();
    assert_eq!(joined.policy().await.unwrap(), bound);

    let decision = DecisionSession::start(&coordinator, start_under(STD_MAJORITY))
        .await
        .unwrap();
    let joined = DecisionSession::join(&bob, decision.id()).await.unwrap();
    assert!(joined.policy().await.unwrap().rules().require_vote_quorum);

    coordinator.unregister_policy(bound.id()).await.unwrap();
    let gone = quorum.policy().await.map(drop);
    assert_eq!(refused(gone), ErrorCode::UnknownPolicyVersion);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_commitment_supersedes_another_sessions() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let mut first = DecisionSession::start(&client, start()).await.unwrap();
    first.propose("p1", "deploy").await.unwrap();
    first
        .commit("decision.approved", "release")
        .reason("ready")
        .await
        .unwrap();
    let sealed = first.projection().transcript().last().unwrap();
    let payload: CommitmentPayload = sealed.decode().unwrap();
    let supersedes = reference_to(first.id(), &payload);

    let mut second = DecisionSession::start(&client, start()).await.unwrap();
    second.propose("p1", "do not deploy").await.unwrap();
    second
        .commit("decision.revised", "release")
        .reason("a bug was found")
        .supersedes(supersedes.clone())
        .await
        .unwrap();
    let commitment = second.projection().commitment().unwrap();
    let superseded = commitment.supersedes.as_ref().unwrap();
    assert_eq!(superseded.session_id, first.id().as_str());
    assert_eq!(superseded.commitment_hash, supersedes.commitment_hash);

    // The receipt holds the hash that the runtime computed.
    client.initialize().await.unwrap();
    let receipt = client.get_decision_receipt(first.id()).await.unwrap();
    assert!(receipt.contains(&supersedes.commitment_hash), "{receipt}");
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn what_the_builders_say_unless_told_otherwise_is_admitted() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let quorum = QuorumRules::new(Threshold::n_of_m(1));
    admit(
        &client,
        &Policy::new("p.decision", DecisionRules::default()),
    )
    .await;
    admit(
        &client,
        &Policy::new("p.proposal", ProposalRules::default()),
    )
    .await;
    admit(&client, &Policy::new("p.task", TaskRules::default())).await;
    admit(&client, &Policy::new("p.handoff", HandoffRules::default())).await;
    admit(&client, &Policy::new("p.quorum", quorum)).await;
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn what_the_builders_accept_is_admitted() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    admit_samples(&client, policies::decision(), 200).await;
    admit_samples(&client, policies::proposal(), 50).await;
    admit_samples(&client, policies::task(), 50).await;
    admit_samples(&client, policies::handoff(), 50).await;
    admit_samples(&client, policies::quorum(), 100).await;
}

/// The same policies in every run.
async fn admit_samples<R: ModeRules>(
    client: &Client,
    policies: impl Strategy<Value = Policy<R>>,
    count: usize,
) {
    let mut runner = TestRunner::deterministic();
    for _ in 0..count {
        let policy = policies.new_tree(&mut runner).unwrap().current();
        admit(client, &policy).await;
    }
}

/// Registers the policy and reads it back, the same as it went in.
async fn admit<R: ModeRules>(client: &Client, policy: &Policy<R>) {
    let descriptor = policy.to_descriptor().unwrap();
    let registered = client.register_policy(descriptor.clone()).await;
    registered.unwrap_or_else(|error| panic!("{error}: {descriptor:?}"));
    let read = client.get_policy(policy.id()).await.unwrap();
    let read = Policy::<R>::from_descriptor(&read).unwrap();
    let again = read.to_descriptor().unwrap();
    assert_eq!(again.description, descriptor.description);
    assert_eq!(again.schema_version, descriptor.schema_version);
    let rules = |descriptor: &PolicyDescriptor| serde_json::from_str(&descriptor.rules).unwrap();
    assert!(same(&rules(&again), &rules(&descriptor)), "{again:?}");
    client.unregister_policy(policy.id()).await.unwrap();
}

/// Equal but for the last digit of doubles, which the runtime's JSON reader may get wrong.
fn same(read: &Value, sent: &Value) -> bool {
    match (read, sent) {
        (Value::Object(read), Value::Object(sent)) => {
            let member = |(name, read)| sent.get(name).is_some_and(|sent| same(read, sent));
            read.len() == sent.len() && read.iter().all(member)
        }
        (Value::Number(read), Value::Number(sent)) if read.is_f64() && sent.is_f64() => {
            let [read, sent] = [read, sent].map(|number| number.as_f64().unwrap());
            (read - sent).abs() <= f64::EPSILON * sent
        }
        _ => read == sent,
    }
}
