//! A runtime that dies in mid-stream and comes back.

use crate::session::PATIENCE;
use crate::stage::{History, Stage};
use std::time::Duration;

/// Kills the runtime three times while messages are written, and starts it again.
async fn killed_three_times(history: History) {
    const TOTAL: usize = 5000;
    /// Each message goes to disk, and three starts are waited for.
    const WITHIN: Duration = PATIENCE.saturating_mul(3);
    let mut stage = Stage::set(history).await;
    let written = stage.write(TOTAL, WITHIN);
    for sequence in [1000, 2250, 3500] {
        stage.reader.reached(sequence).await;
        stage.runtime.kill().unwrap();
        stage.runtime.restart().await.unwrap();
    }
    let account = written.await.unwrap();
    stage.end(&account).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn killed_and_restarted_three_times() {
    killed_three_times(History::OnDisk).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn killed_and_restarted_and_away_when_a_compacted_session_ends() {
    killed_three_times(History::Compacted).await;
}
