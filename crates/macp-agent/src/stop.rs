use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Stops a participant from anywhere: another task, a handler, a [`CancelCallback`].
///
/// Cheap to clone; all clones stop the same participant. Stopping is final, and stopping twice is
/// as good as once. The session goes on without the participant.
///
/// The participant finishes the handlers of the message in hand and then ends as
/// [`Stopped`](crate::Ending::Stopped).
///
/// [`CancelCallback`]: crate::CancelCallback
#[derive(Clone, Default)]
pub struct StopHandle {
    shared: Arc<Shared>,
}

/// The flag is looked at before each message, so it costs no lock.
#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    stopping: Notify,
}

impl StopHandle {
    /// A handle that stops nothing yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Stops the participant.
    pub fn stop(&self) {
        self.shared.stopped.store(true, Ordering::Release);
        self.shared.stopping.notify_waiters();
    }

    /// Whether [`stop`](Self::stop) was called.
    pub fn is_stopped(&self) -> bool {
        self.shared.stopped.load(Ordering::Acquire)
    }

    /// Waits until [`stop`](Self::stop) is called.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn stopped(&self) {
        // It hears every `stop` from its making on, and one before that is in the flag.
        let stopping = self.shared.stopping.notified();
        if !self.is_stopped() {
            stopping.await;
        }
    }
}

impl fmt::Debug for StopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopHandle")
            .field("is_stopped", &self.is_stopped())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::StopHandle;

    #[tokio::test]
    async fn stopping_wakes_everybody_and_stays() {
        let stop = StopHandle::new();
        assert!(!stop.is_stopped());
        let waiters: [_; 3] = std::array::from_fn(|_| {
            let stop = stop.clone();
            tokio::spawn(async move { stop.stopped().await })
        });
        tokio::task::yield_now().await;
        stop.stop();
        for waiter in waiters {
            waiter.await.unwrap();
        }
        stop.stop();
        stop.clone().stopped().await;
        assert!(stop.is_stopped());
    }
}
