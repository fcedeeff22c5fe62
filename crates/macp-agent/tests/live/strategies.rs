use crate::support::{
    ROSTER, approving, client, ended, initiation, participant, proposal, proposed, runtime, soon,
    spawn, speaking_as,
};
use macp_agent::strategy::{
    Ballot, Evaluation, MajorityCommitter, MajorityVoter, evaluator_fn, voter_fn,
};
use macp_agent::{Ending, Initiation};
use macp_modes::{DecisionSession, SessionStart};
use macp_proto::{MessageId, Recommendation, SessionId, Vote};
use macp_testkit::FaultProxy;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn strategies_decide_and_commit_with_the_sessions_versions() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let session_id = SessionId::random();
    // They wait for the session.
    let voters = ["alice", "bob"].map(|name| {
        let voter = participant(&speaking_as(&client, name), &session_id);
        spawn(voter.evaluator(approving()).voter(MajorityVoter::new()))
    });
    let start = SessionStart::new("pick a plan")
        .participants(ROSTER)
        .configuration_version("config.7");
    let committer = MajorityCommitter::new()
        .quorum_size(2)
        .action("deployment.approved");
    let coordinator = participant(&client, &session_id)
        .initiate(Initiation::new(start).kickoff(proposal()))
        .committer(committer);
    let decided = ended(spawn(coordinator)).await;
    assert_eq!(decided.ending, Ending::Resolved);
    let commitment = decided.commitment().unwrap();
    assert_eq!(commitment.action, "deployment.approved");
    assert_eq!(commitment.authority_scope, "session");
    assert_eq!(commitment.reason, "majority winner: p1");
    assert_eq!(commitment.configuration_version, "config.7");
    assert!(commitment.outcome_positive);
    for voter in voters {
        let voter = ended(voter).await;
        assert_eq!(voter.ending, Ending::Resolved);
        let [ours, theirs] = [&decided, &voter].map(|ended| {
            let transcript = ended.projection.transcript().iter();
            transcript.map(|m| m.message_id.clone()).collect::<Vec<_>>()
        });
        assert_eq!(ours, theirs);
    }
}

/// Evaluates once, votes once, whatever else is said.
#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn each_acts_once_on_each_proposal() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let mut session = proposed(&client).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let asking = asked.clone();
    let cautious = voter_fn(move |ctx, _| {
        asking.fetch_add(1, Ordering::Relaxed);
        let evaluations = ctx.projection().evaluations().len();
        async move { Ok((evaluations >= 2).then(|| Ballot::new(Vote::Reject).reason("no"))) }
    });
    let alice = participant(&speaking_as(&client, "alice"), session.id());
    let alice = spawn(alice.evaluator(approving()).voter(cautious));
    let bob = macp_transport::Credentials::dev_agent("bob");
    let followed = DecisionSession::join(&client, session.id()).await.unwrap();
    let seen = |count| followed.wait_until(move |p| p.evaluations().len() >= count);
    soon(seen(1)).await.unwrap();
    for count in 2..=3 {
        let evaluation = session.evaluate("p1", Recommendation::Block, 0.5);
        let _ = evaluation.sent_by(&bob).await;
        if count == 2 {
            soon(followed.wait_until(|p| p.vote_of("p1", "alice").is_some()))
                .await
                .unwrap();
        }
    }
    session
        .commit("decision.rejected", "s")
        .reason("r")
        .await
        .unwrap();
    let alice = ended(alice).await;
    let projection = &alice.projection;
    let by = |sender: &str| {
        projection
            .evaluations()
            .iter()
            .filter(|e| e.sender == sender)
            .count()
    };
    assert_eq!(by("alice"), 1);
    assert_eq!(projection.votes_on("p1").count(), 1);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn what_is_not_ours_to_do_or_too_late_ends_nothing() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let mut session = proposed(&client).await;
    session.vote("p1", Vote::Approve).await.unwrap();
    let late = evaluator_fn(|_, _| async { Ok(Some(Evaluation::new(Recommendation::Block, 1.0))) });
    // Alice may not commit: the session is the coordinator's.
    let alice = participant(&speaking_as(&client, "alice"), session.id());
    let alice = spawn(alice.evaluator(late).committer(MajorityCommitter::new()));
    let bob = macp_transport::Credentials::dev_agent("bob");
    session
        .vote("p1", Vote::Approve)
        .sent_by(&bob)
        .await
        .unwrap();
    assert!(!alice.is_finished());
    session
        .commit("decision.approved", "s")
        .reason("r")
        .await
        .unwrap();
    let alice = ended(alice).await;
    assert_eq!(alice.ending, Ending::Resolved);
    assert_eq!(alice.commitment().unwrap().sender, "coordinator");
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn what_a_suspension_prevents_is_done_when_it_is_over() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let session = proposed(&client).await;
    session.suspend("lunch").await.unwrap();
    let (tell, told) = tokio::sync::oneshot::channel();
    let tell = std::sync::Mutex::new(Some(tell));
    let alice = participant(&speaking_as(&client, "alice"), session.id())
        .evaluator(approving())
        .voter(MajorityVoter::new())
        .on_suspended(move |_| {
            tell.lock().unwrap().take().unwrap().send(()).unwrap();
            async { Ok(()) }
        });
    let alice = spawn(alice);
    soon(told).await.unwrap();
    session.resume("back").await.unwrap();
    let followed = DecisionSession::join(&client, session.id()).await.unwrap();
    soon(followed.wait_until(|p| p.vote_of("p1", "alice").is_some()))
        .await
        .unwrap();
    session.cancel("seen enough").await.unwrap();
    assert_eq!(ended(alice).await.ending, Ending::Cancelled);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_decision_survives_connections_that_are_cut() {
    let runtime = runtime().await;
    let proxy = FaultProxy::start(runtime.address()).await.unwrap();
    let client = client(runtime.endpoint(), "coordinator").await;
    let session_id = SessionId::random();
    let flaky = crate::support::client(proxy.endpoint(), "alice").await;
    let alice = spawn(participant(&flaky, &session_id).evaluator(approving()));
    let coordinator = participant(&client, &session_id)
        .initiate(initiation())
        .voter(MajorityVoter::new())
        .committer(MajorityCommitter::new());
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let coordinator = spawn(coordinator.on_message(move |ctx| {
        tell.send(ctx.sequence()).unwrap();
        async { Ok(()) }
    }));
    while let Some(_sequence) = soon(told.recv()).await {
        proxy.cut();
    }
    assert_eq!(ended(coordinator).await.ending, Ending::Resolved);
    let alice = ended(alice).await;
    assert_eq!(alice.ending, Ending::Resolved);
    assert_eq!(alice.projection.evaluations().len(), 1);
}

/// A peer reads under which id a vote was sent, and uses up what the next one would follow from.
#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn nobody_silences_a_vote_by_guessing_its_id() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let mut session = proposed(&client).await;
    session.propose("p2", "wait").await.unwrap();
    let ready = Arc::new(AtomicBool::new(false));
    let is_ready = ready.clone();
    let voter = voter_fn(move |_, proposal| {
        let votes = proposal == "p1" || is_ready.load(Ordering::Relaxed);
        async move { Ok(votes.then(|| Ballot::new(Vote::Approve))) }
    });
    let alice = participant(&speaking_as(&client, "alice"), session.id());
    let alice = spawn(alice.voter(voter));
    let bob = macp_transport::Credentials::dev_agent("bob");
    for proposal in ["p2", "p1"] {
        let evaluation = session.evaluate(proposal, Recommendation::Approve, 0.9);
        evaluation.sent_by(&bob).await.unwrap();
    }
    let followed = DecisionSession::join(&client, session.id()).await.unwrap();
    soon(followed.wait_until(|p| p.vote_of("p1", "alice").is_some()))
        .await
        .unwrap();
    let seen = followed.snapshot();
    let spoken = seen.transcript().iter().rev().find(|m| m.sender == "alice");
    let guess = spoken.unwrap().message_id.replace("p1", "p2");
    let squatting = session
        .vote("p1", Vote::Reject)
        .message_id(MessageId::new(guess).unwrap());
    squatting.sent_by(&bob).await.unwrap();

    ready.store(true, Ordering::Relaxed);
    session
        .suspend("so that alice is asked again")
        .await
        .unwrap();
    session.resume("").await.unwrap();
    soon(followed.wait_until(|p| p.vote_of("p2", "alice").is_some()))
        .await
        .unwrap();
    session.cancel("done").await.unwrap();
    assert_eq!(ended(alice).await.ending, Ending::Cancelled);
}
