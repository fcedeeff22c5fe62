//! A server that accepts connections and drops them at once.

use crate::session::{commit, evaluation};
use crate::stage::{History, Stage, away, end};
use macp_proto::SessionState;
use std::time::Duration;

/// How long it does so.
const WHILE: Duration = Duration::from_secs(10);
/// How many connections may be attempted meanwhile, at most.
const ATTEMPTS: usize = 14;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn accepted_and_dropped_at_once_for_ten_seconds() {
    let mut stage = Stage::set(History::InMemory).await;
    stage.network.drop_new_connections();
    let before = stage.network.accepted();
    stage.network.cut();
    tokio::time::sleep(WHILE).await;
    let attempts = stage.network.accepted() - before;
    assert!((2..=ATTEMPTS).contains(&attempts), "{attempts} attempts");
    println!("{attempts} connection attempts in {WHILE:?}");
    away(&mut stage.reader.connection()).await;

    let message = evaluation(&stage.session, "meanwhile");
    stage.initiator.send(message.clone()).await.unwrap();
    commit(&stage.initiator, &stage.session).await;
    stage.network.heal().await.unwrap();
    let record = stage.reader.ended().await;
    assert_eq!(record.ids.len(), 4);
    assert_eq!(record.ids[2], message.message_id);
    assert_eq!(record.others, [end(SessionState::Resolved)]);
}
