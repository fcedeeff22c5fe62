use std::sync::atomic::{AtomicU32, Ordering};

/// What one failure costs, and the capacity of 100 failures.
const FAILURE: u32 = 10;
const FULL: u32 = 100 * FAILURE;
/// What one success brings back.
const SUCCESS: u32 = 1;

/// Keeps many callers from hammering a runtime that struggles.
///
/// A bucket that all calls of a client share: a failure takes one token out, a success puts a
/// tenth of one back, and retries stop while it is less than half full. First attempts are never
/// held back. It is the scheme of gRPC's own retry throttling (gRFC A6).
#[derive(Debug)]
pub(crate) struct Throttle {
    missing: AtomicU32,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            missing: AtomicU32::new(0),
        }
    }
}

impl Throttle {
    pub(crate) fn succeeded(&self) {
        // The usual case writes nothing, so that callers don't share a cache line in anger.
        if self.missing.load(Ordering::Relaxed) > 0 {
            self.update(|missing| missing.saturating_sub(SUCCESS));
        }
    }

    /// Counts a failure and says whether it may be retried.
    pub(crate) fn failed(&self) -> bool {
        self.update(|missing| (missing + FAILURE).min(FULL)) + FAILURE <= FULL / 2
    }

    fn update(&self, change: impl Fn(u32) -> u32) -> u32 {
        self.missing
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |missing| {
                Some(change(missing))
            })
            .unwrap_or_else(|missing| missing)
    }
}

#[cfg(test)]
mod tests {
    use super::Throttle;

    #[test]
    fn it_closes_after_fifty_failures_and_opens_with_successes() {
        let throttle = Throttle::default();
        assert_eq!((0..200).filter(|_| throttle.failed()).count(), 50);
        for _ in 0..490 {
            throttle.succeeded();
        }
        assert!(!throttle.failed());
        for _ in 0..40 {
            throttle.succeeded();
        }
        assert!(throttle.failed());
    }
}
