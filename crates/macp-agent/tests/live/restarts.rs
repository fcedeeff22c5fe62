use crate::support::{
    client, ended, initiation, participant, proposed, runtime, soon, spawn, speaking_as,
};
use macp_agent::Ending;
use macp_agent::strategy::{Evaluation, Evaluator, MajorityCommitter, evaluator_fn};
use macp_modes::DecisionSession;
use macp_proto::{Recommendation, SessionId};
use macp_transport::Credentials;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn counting(asked: &Arc<AtomicUsize>) -> impl Evaluator {
    let asked = asked.clone();
    evaluator_fn(move |_, _| {
        asked.fetch_add(1, Ordering::Relaxed);
        async { Ok(Some(Evaluation::new(Recommendation::Approve, 0.9))) }
    })
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_participant_goes_on_where_it_was_killed() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let mut session = proposed(&client).await;
    let alices = speaking_as(&client, "alice");
    let asked = Arc::new(AtomicUsize::new(0));
    let first = spawn(participant(&alices, session.id()).evaluator(counting(&asked)));
    let followed = DecisionSession::join(&client, session.id()).await.unwrap();
    soon(followed.wait_until(|p| p.evaluations().len() == 1))
        .await
        .unwrap();
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());

    // What it missed.
    session.propose("p2", "wait").await.unwrap();
    let again = spawn(participant(&alices, session.id()).evaluator(counting(&asked)));
    soon(followed.wait_until(|p| p.evaluations().len() == 2))
        .await
        .unwrap();
    session
        .commit("decision.approved", "s")
        .reason("r")
        .await
        .unwrap();
    let alice = ended(again).await;
    assert_eq!(alice.ending, Ending::Resolved);
    let own = alice.projection.evaluations().iter();
    let evaluated: Vec<_> = own
        .filter(|e| e.sender == "alice")
        .map(|e| &*e.proposal_id)
        .collect();
    assert_eq!(evaluated, ["p1", "p2"]);
    let asked = asked.load(Ordering::Relaxed);
    assert_eq!(asked, 2, "p1 was evaluated before the restart");
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn an_initiator_may_be_started_again() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let session_id = SessionId::random();
    let coordinator = || {
        participant(&client, &session_id)
            .initiate(initiation())
            .committer(MajorityCommitter::new())
    };
    let first = spawn(coordinator());
    let followed = DecisionSession::join(&client, &session_id).await.unwrap();
    soon(followed.wait_until(|p| p.proposals().len() == 1))
        .await
        .unwrap();
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());

    let again = spawn(coordinator());
    let mut session = followed.clone();
    session
        .vote("p1", macp_proto::Vote::Approve)
        .sent_by(&Credentials::dev_agent("bob"))
        .await
        .unwrap();
    let coordinator = ended(again).await;
    assert_eq!(coordinator.ending, Ending::Resolved);
    assert_eq!(coordinator.projection.transcript().len(), 4);
}
