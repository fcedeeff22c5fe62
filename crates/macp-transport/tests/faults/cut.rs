//! Connections that break in mid-stream, again and again.

use crate::session::PATIENCE;
use crate::stage::{History, Stage};

/// Cuts every connection each time so many more messages have arrived.
///
/// Says how many sends failed for good.
async fn cut_every(messages: u64, total: u64, history: History) -> usize {
    let mut stage = Stage::set(history).await;
    let written = stage.write(total.try_into().unwrap(), PATIENCE);
    // Some of the messages that fail for good may never be accepted.
    let until = total - total / 10;
    for sequence in (messages..until).step_by(messages.try_into().unwrap()) {
        stage.reader.reached(sequence).await;
        stage.network.cut();
    }
    let account = written.await.unwrap();
    stage.end(&account).await;
    account.failures()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn cut_every_250_messages_while_5000_are_written() {
    let failures = cut_every(250, 5000, History::InMemory).await;
    assert!(failures > 0, "the cuts hit no send");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn cut_and_away_when_a_compacted_session_ends() {
    cut_every(250, 1000, History::Compacted).await;
}
