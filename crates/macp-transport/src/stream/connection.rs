use std::fmt;
use tokio::sync::watch;

/// Where a stream that reopens itself stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionState {
    /// It is being opened.
    Connecting,
    /// It is open.
    Live,
    /// It could not be opened, or broke, and will be opened again after a pause.
    Waiting {
        /// How often it failed since something last arrived.
        failures: u32,
    },
    /// Its session does not exist yet.
    AwaitingSession,
    /// It is over.
    Ended,
}

/// Watches where a stream stands while someone else reads it.
///
/// It keeps the newest state only: states that follow each other faster than they are looked at
/// are skipped.
#[derive(Clone)]
pub struct ConnectionWatch {
    receiver: watch::Receiver<ConnectionState>,
}

impl ConnectionWatch {
    /// Where the stream stands now.
    pub fn state(&self) -> ConnectionState {
        *self.receiver.borrow()
    }

    /// Waits for a state that was not seen yet; `None` when the stream is gone. Cancel-safe.
    pub async fn changed(&mut self) -> Option<ConnectionState> {
        self.receiver.changed().await.ok()?;
        Some(*self.receiver.borrow_and_update())
    }
}

impl fmt::Debug for ConnectionWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConnectionWatch")
            .field(&self.state())
            .finish()
    }
}

/// The side that says where the stream stands.
#[derive(Debug)]
pub(crate) struct StateSender(watch::Sender<ConnectionState>);

impl StateSender {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(ConnectionState::Connecting))
    }

    pub(crate) fn set(&self, state: ConnectionState) {
        self.0.send_if_modified(|current| {
            let changed = *current != state;
            *current = state;
            changed
        });
    }

    pub(crate) fn watch(&self) -> ConnectionWatch {
        ConnectionWatch {
            receiver: self.0.subscribe(),
        }
    }
}
