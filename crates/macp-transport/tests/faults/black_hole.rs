//! A network that swallows everything and says nothing.

use crate::session::{INITIATOR, PATIENCE, accepted, client, evaluation, open};
use crate::stage::{History, Stage, away};
use crate::writers::write;
use macp_testkit::{Direction, FaultProxy, Runtime};
use macp_transport::RetryPolicy;
use std::time::Duration;

/// How long a peer may be silent before it is asked, and then before it counts as gone.
const KEEP_ALIVE: Duration = Duration::from_secs(1);

/// Lets the network vanish until the subscriber's keep-alive has found out, with messages
/// accepted before, meanwhile and after.
async fn vanished(history: History) {
    let mut stage =
        Stage::set_with(history, |client| client.keep_alive(KEEP_ALIVE, KEEP_ALIVE)).await;
    let write = |total| {
        write(
            stage.runtime.endpoint(),
            stage.session.clone(),
            total,
            PATIENCE,
        )
    };
    let mut account = write(100).await;
    stage.reader.reached(102).await;
    for direction in Direction::BOTH {
        stage.network.black_hole(direction);
    }
    account.add(write(300).await);
    away(&mut stage.reader.connection()).await;
    assert_eq!(stage.reader.sequence(), 102);
    stage.network.heal().await.unwrap();
    stage.reader.reached(402).await;
    stage.end(&account).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn longer_than_the_keep_alive() {
    vanished(History::InMemory).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn longer_than_the_keep_alive_and_away_when_a_compacted_session_ends() {
    vanished(History::Compacted).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn a_send_into_it_may_have_acted_and_can_be_repeated() {
    for lost in Direction::BOTH {
        let runtime = Runtime::start().await.unwrap();
        let mut network = FaultProxy::start(runtime.address()).await.unwrap();
        let initiator = client(runtime.endpoint(), INITIATOR).await;
        let session = open(&initiator).await;
        let alice = client(network.endpoint(), "alice").await;
        let message = evaluation(&session, "into the void");
        network.black_hole(lost);
        let error = alice
            .send(message.clone())
            .deadline(KEEP_ALIVE)
            .retry(RetryPolicy::none())
            .await
            .unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert!(error.may_have_acted(), "{lost:?}");
        network.heal().await.unwrap();
        let again = alice
            .send(message.clone())
            .deadline(PATIENCE)
            .await
            .unwrap();
        // What was lost on the way to us had been accepted.
        assert!(again.duplicate || lost == Direction::ToServer);
        let history = accepted(&initiator, &session).await;
        assert_eq!(history.len(), 3);
        assert_eq!(history[2], message.message_id);
    }
}
