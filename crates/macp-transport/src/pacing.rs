//! When a stream that broke is opened again.

use crate::error::Error;
use std::time::Duration;
use tokio::time::Instant;

const BASE: Duration = Duration::from_millis(200);
const CAP: Duration = Duration::from_secs(10);
/// A connection that held for this long was a good one.
const HEALTHY: Duration = Duration::from_secs(30);

/// Waits between attempts to open a stream, which only real progress makes short again.
///
/// That a connection or a stream opens is no progress: a server that accepts and drops at once
/// would be asked again without a pause. Something new that arrived is, and so is a stream that
/// held for half a minute. An orderly end counts as a failure: whoever is sent away politely may
/// not come back at once either.
#[derive(Debug, Default)]
pub(crate) struct Pacing {
    failures: u32,
    opened: Option<Instant>,
}

impl Pacing {
    pub(crate) fn opened(&mut self) {
        self.opened = Some(Instant::now());
    }

    pub(crate) fn progressed(&mut self) {
        self.failures = 0;
    }

    /// How often opening failed since the last progress.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// Counts a failure and says how long to wait: half of a time that doubles from 200 ms to
    /// 10 s, and up to as much again at random.
    pub(crate) fn failed(&mut self) -> Duration {
        if self
            .opened
            .take()
            .is_some_and(|opened| opened.elapsed() >= HEALTHY)
        {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        let ceiling = BASE
            .saturating_mul(1 << (self.failures - 1).min(16))
            .min(CAP);
        ceiling.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

/// Whether a stream that ended like this may be opened again: what passes does, and a consumer
/// that fell behind just goes on where it was.
pub(crate) fn may_reopen(error: &Error) -> bool {
    error.code() == Some(&macp_proto::ErrorCode::StreamLagged) || error.is_retryable()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_server_that_accepts_and_drops_is_asked_ever_less_often() {
        let start = Instant::now();
        let mut pacing = Pacing::default();
        let mut attempts = 0;
        while start.elapsed() < Duration::from_secs(10) {
            attempts += 1;
            pacing.opened();
            tokio::time::sleep(pacing.failed()).await;
        }
        assert!(attempts <= 8, "{attempts}");
    }

    #[tokio::test(start_paused = true)]
    async fn progress_and_a_long_life_start_over() {
        let mut pacing = Pacing::default();
        for _ in 0..10 {
            pacing.failed();
        }
        assert!(pacing.failed() >= CAP / 2);
        pacing.progressed();
        assert!(pacing.failed() <= BASE);

        for _ in 0..10 {
            pacing.failed();
        }
        pacing.opened();
        tokio::time::sleep(HEALTHY).await;
        assert!(pacing.failed() <= BASE);
        assert!(pacing.failed() > BASE / 2, "and grows from there");
    }
}
