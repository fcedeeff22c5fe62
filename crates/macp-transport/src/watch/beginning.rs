//! The start of a watch, when the runtime says how things are before it says what changes.

use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;

/// A longer wait than this is not one for more of a snapshot, which the runtime has at hand.
const PAUSE: Duration = Duration::from_secs(2);

/// How far a watch has come since it opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beginning {
    begun: bool,
    over: bool,
}

impl Beginning {
    /// Whether nothing has arrived before.
    pub(super) fn is_first(self) -> bool {
        !self.begun
    }

    /// Whether the snapshot has certainly been told.
    pub(super) fn is_over(self) -> bool {
        self.over
    }

    /// Waits for what comes next, with an eye on how long that takes. A reader that is slow itself
    /// finds it waiting.
    pub(super) async fn observe<T>(&mut self, next: impl Future<Output = T>) -> T {
        if self.over {
            return next.await;
        }
        let begun = Instant::now();
        let next = next.await;
        self.over = begun.elapsed() >= PAUSE;
        next
    }

    /// Takes note of an item. Changes are told after the whole snapshot.
    pub(super) fn passed(&mut self, initial: bool) {
        self.begun = true;
        self.over |= !initial;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    #[test]
    fn a_change_ends_the_snapshot() {
        let mut beginning = Beginning::default();
        assert!(beginning.is_first() && !beginning.is_over());
        beginning.passed(true);
        assert!(!beginning.is_first() && !beginning.is_over());
        beginning.passed(false);
        beginning.passed(true);
        assert!(beginning.is_over());
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_the_snapshot() {
        let mut beginning = Beginning::default();
        beginning.observe(sleep(PAUSE / 2)).await;
        assert!(!beginning.is_over());
        // What a reader does in between is no silence of the runtime's.
        sleep(2 * PAUSE).await;
        beginning.observe(sleep(PAUSE / 2)).await;
        assert!(!beginning.is_over());
        beginning.observe(sleep(PAUSE)).await;
        assert!(beginning.is_over());
    }
}
