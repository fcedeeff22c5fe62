use std::fmt;
use tokio_util::sync::CancellationToken;

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
    token: CancellationToken,
}

impl StopHandle {
    /// A handle that stops nothing yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Stops the participant.
    pub fn stop(&self) {
        self.token.cancel();
    }

    /// Whether [`stop`](Self::stop) was called.
    pub fn is_stopped(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until [`stop`](Self::stop) is called.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn stopped(&self) {
        self.token.cancelled().await;
    }
}

impl fmt::Debug for StopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopHandle")
            .field("is_stopped", &self.is_stopped())
            .finish()
    }
}
