use crate::support::{client, invalid, refused, runtime, start};
use macp_modes::DecisionSession;
use macp_proto::modes::decision::VotePayload;
use macp_proto::v1::Envelope;
use macp_proto::{
    ErrorCode, MessageId, Mode, Recommendation, SessionId, SessionState, Severity, Vote,
};
use macp_transport::Credentials;

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_decision_from_start_to_commitment() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let [alice, bob] = ["alice", "bob"].map(Credentials::dev_agent);
    let mut session = DecisionSession::start(&client, start()).await.unwrap();

    session
        .propose("p1", "deploy v2.1")
        .rationale("tests passed")
        .await
        .unwrap();
    session
        .propose("p2", "wait")
        .supporting_data("figures")
        .sent_by(&alice)
        .await
        .unwrap();
    session
        .evaluate("p1", Recommendation::Approve, 0.94)
        .reason("low risk")
        .sent_by(&alice)
        .await
        .unwrap();
    session
        .raise_objection("p2", "costly")
        .severity(Severity::High)
        .sent_by(&bob)
        .await
        .unwrap();
    for voter in [&alice, &bob] {
        session
            .vote("p1", Vote::Approve)
            .sent_by(voter)
            .await
            .unwrap();
    }

    let projection = session.projection();
    assert_eq!(projection.majority_winner(), Some("p1"));
    assert_eq!(projection.evaluations().len(), 1);
    assert_eq!(projection.objections().len(), 1);
    assert!(projection.anomalies().is_empty());

    let accepted = session
        .commit("deployment.approved", "release-management")
        .reason("winner=p1")
        .await
        .unwrap();
    assert_eq!(accepted.state, SessionState::Resolved);
    assert_eq!(session.projection().is_positive_outcome(), Some(true));
    assert_eq!(session.state().await.unwrap(), SessionState::Resolved);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn refusals_surface_as_data() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let [alice, mallory] = ["alice", "mallory"].map(Credentials::dev_agent);
    let mut session = DecisionSession::start(&client, start()).await.unwrap();
    session.propose("p1", "deploy").await.unwrap();

    let by_a_stranger = session.vote("p1", Vote::Approve).sent_by(&mallory).await;
    assert_eq!(refused(by_a_stranger), ErrorCode::Forbidden);
    assert_eq!(
        refused(session.propose("p1", "again").await),
        ErrorCode::InvalidEnvelope
    );
    assert_eq!(
        refused(session.vote("p9", Vote::Approve).await),
        ErrorCode::InvalidEnvelope
    );
    let too_early = session
        .commit("decision.approved", "s")
        .reason("r")
        .sent_by(&mallory)
        .await;
    assert_eq!(refused(too_early), ErrorCode::Forbidden);

    session
        .vote("p1", Vote::Approve)
        .sent_by(&alice)
        .await
        .unwrap();
    let twice = session.vote("p1", Vote::Reject).sent_by(&alice).await;
    assert_eq!(refused(twice), ErrorCode::InvalidEnvelope);
    assert_eq!(
        session.projection().anomalies().len(),
        0,
        "a refused vote is never projected"
    );

    session
        .commit("decision.approved", "s")
        .reason("r")
        .await
        .unwrap();
    let late = session.vote("p1", Vote::Approve).await;
    assert_eq!(refused(late), ErrorCode::SessionNotOpen);
    let evaluated_late = session.evaluate("p1", Recommendation::Review, 0.5).await;
    assert_eq!(refused(evaluated_late), ErrorCode::SessionNotOpen);
    let objected_late = session.raise_objection("p1", "no").await;
    assert_eq!(refused(objected_late), ErrorCode::SessionNotOpen);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn starts_that_the_runtime_refuses() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let version = DecisionSession::start(&client, start().mode_version("9.9.9")).await;
    assert_eq!(refused(version), ErrorCode::InvalidEnvelope);
    let policy = DecisionSession::start(&client, start().policy_version("no.such.policy")).await;
    assert_eq!(refused(policy), ErrorCode::UnknownPolicyVersion);

    let session = DecisionSession::start(&client, start()).await.unwrap();
    let taken = DecisionSession::start(&client, start().session_id(session.id().clone())).await;
    assert_eq!(refused(taken), ErrorCode::SessionAlreadyExists);

    let vote = VotePayload {
        proposal_id: "p1".into(),
        vote: "APPROVE".into(),
        reason: String::new(),
    };
    let unknown_mode = Mode::from("ext.unheard-of.v1");
    let mut start = Envelope::in_session(
        &SessionId::random(),
        &unknown_mode,
        &MessageId::random(),
        &vote,
    );
    start.message_type = "SessionStart".into();
    let error = client.send(start).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::ModeNotSupported));
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_repeated_message_is_a_success_and_counts_once() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let mut session = DecisionSession::start(&client, start()).await.unwrap();
    session.propose("p1", "deploy").await.unwrap();

    let id = MessageId::new("vote-1").unwrap();
    let first = session
        .vote("p1", Vote::Approve)
        .message_id(id.clone())
        .await
        .unwrap();
    let again = session
        .vote("p1", Vote::Approve)
        .message_id(id.clone())
        .await
        .unwrap();
    assert!(!first.duplicate);
    assert!(again.duplicate);
    assert_eq!(again.message_id, id.as_str());
    let votes: Vec<_> = session.projection().vote_totals().collect();
    assert_eq!(votes, [("p1", 1)]);
    assert!(session.projection().anomalies().is_empty());
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn values_that_are_refused_before_they_are_sent() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let mut session = DecisionSession::start(&client, start()).await.unwrap();

    assert_eq!(invalid(session.propose("", "deploy").await), "proposal_id");
    assert_eq!(invalid(session.propose("p1", " ").await), "option");
    session.propose("p1", "deploy").await.unwrap();
    for confidence in [f64::NAN, f64::INFINITY, -0.1, 1.1] {
        let evaluation = session
            .evaluate("p1", Recommendation::Approve, confidence)
            .await;
        assert_eq!(invalid(evaluation), "confidence");
    }
    assert_eq!(
        invalid(session.commit("decision.approved", "s").await),
        "reason"
    );
    // Nothing reached the session: it still takes messages.
    session
        .evaluate("p1", Recommendation::Approve, 1.0)
        .await
        .unwrap();
    session
        .evaluate("p1", Recommendation::Review, -0.0)
        .sent_by(&Credentials::dev_agent("bob"))
        .await
        .unwrap();
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_repeated_start_gives_the_session_that_exists() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let (id, message_id) = (SessionId::random(), MessageId::new("start-1").unwrap());
    let named = || {
        start()
            .session_id(id.clone())
            .message_id(message_id.clone())
    };
    let first = DecisionSession::start(&client, named()).await.unwrap();

    let same = DecisionSession::start(&client, named()).await.unwrap();
    assert_eq!(same.projection().transcript().len(), 1);

    let other = named().participants(["zoe"]).configuration_version("other");
    let other = DecisionSession::start(&client, other).await.unwrap();
    assert_eq!(other.participants(), first.participants());
    assert_eq!(other.versions(), first.versions());
    assert!(other.projection().transcript().is_empty());
}
