use crate::Failure;
use macp_proto::SessionState;
use std::io;

/// Why a participant ended before its session did.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The session cannot be started, joined or followed.
    #[error(transparent)]
    Session(#[from] macp_modes::Error),
    /// A handler failed, and the [`ErrorPolicy`](crate::ErrorPolicy) is to stop then.
    #[error(transparent)]
    Handler(#[from] Box<Failure>),
    /// The cancel callback cannot listen where it is to.
    #[error("the cancel callback cannot listen on {host}:{port}")]
    CancelCallback {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// The history ended without the session's end, or with a state that is no end.
    #[error("the history ended, and the session did not{}", described(*state))]
    NoEnd {
        /// The state that it ended with, if it named one.
        state: Option<SessionState>,
    },
    /// A handler panicked. Only a [`Supervisor`](crate::Supervisor) tells; elsewhere the panic goes
    /// on.
    #[error("the participant panicked: {message}")]
    Panicked {
        /// The panic's message.
        message: String,
    },
    /// It did not stop in time, when its [`Supervisor`](crate::Supervisor) was shut down.
    #[error("the participant did not stop in time")]
    Abandoned,
}

fn described(state: Option<SessionState>) -> String {
    state.map_or_else(String::new, |state| format!(": it is {state}"))
}

impl From<macp_transport::Error> for Error {
    fn from(error: macp_transport::Error) -> Self {
        Self::Session(error.into())
    }
}

impl Error {
    /// The failure of a handler, if that is what it was.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Handler(failure) => Some(failure),
            _ => None,
        }
    }
}
