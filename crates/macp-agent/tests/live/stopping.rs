//! An initiator that is stopped while it starts its session.

use crate::support::{client, ended, initiation, participant, runtime, soon, spawn};
use macp_agent::Ending;
use macp_modes::DecisionSession;
use macp_proto::{ErrorCode, SessionId, SessionState};
use macp_testkit::{Direction, FaultProxy};

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn who_is_stopped_before_it_runs_starts_nothing() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let session_id = SessionId::random();
    let coordinator = participant(&client, &session_id).initiate(initiation());
    coordinator.stop_handle().stop();
    let coordinator = ended(spawn(coordinator)).await;
    assert_eq!(coordinator.ending, Ending::Stopped);
    assert!(coordinator.projection.transcript().is_empty());
    let error = client.get_session(&session_id).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::SessionNotFound));
}

/// The runtime has the start and its answer is lost on the way: the participant ends nevertheless,
/// the session goes on, and whoever starts the participant again finds it.
#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn who_is_stopped_while_the_start_is_sent_ends_and_can_be_started_again() {
    let runtime = runtime().await;
    let direct = client(runtime.endpoint(), "coordinator").await;
    let network = FaultProxy::start(runtime.address()).await.unwrap();
    let silent = client(network.endpoint(), "coordinator").await;
    let session_id = SessionId::random();

    network.black_hole(Direction::ToClient);
    let coordinator = participant(&silent, &session_id).initiate(initiation());
    let stop = coordinator.stop_handle();
    let coordinator = spawn(coordinator);
    let followed = soon(DecisionSession::join(&direct, &session_id))
        .await
        .unwrap();
    assert!(!coordinator.is_finished(), "it has no answer yet");
    stop.stop();
    let coordinator = ended(coordinator).await;
    assert_eq!(coordinator.ending, Ending::Stopped);
    assert_eq!(followed.state().await.unwrap(), SessionState::Open);
    assert_eq!(followed.seen().sequence(), 1, "the kickoff was not sent");

    let again = participant(&direct, &session_id).initiate(initiation());
    let stop = again.stop_handle();
    let again = spawn(again);
    soon(followed.wait_until(|p| p.proposal("p1").is_some()))
        .await
        .unwrap();
    assert_eq!(followed.seen().sequence(), 2, "the start was repeated");
    stop.stop();
    assert_eq!(ended(again).await.ending, Ending::Stopped);
}
