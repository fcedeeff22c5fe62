use crate::HandlerError;
use macp_proto::MessageType;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// A handler that failed: what it was about, and why.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// What the handler was called for.
    pub occasion: Occasion,
    /// The position of the last message before it failed, 1 for the session's start.
    pub sequence: u64,
    /// Why.
    pub error: HandlerError,
}

/// What a handler was called for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Occasion {
    /// A message.
    Message {
        /// Its type.
        message_type: MessageType,
        /// Its id.
        message_id: String,
    },
    /// The session came into this phase.
    Phase(String),
    /// The session was suspended.
    Suspended,
    /// The session was resumed.
    Resumed,
    /// Part of the history is gone.
    HistoryCompacted,
    /// The participant has seen all that it did before it was started.
    CaughtUp,
    /// The session ended.
    End,
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message {
                message_type,
                message_id,
            } => write!(f, "the {message_type} message {message_id:?}"),
            Self::Phase(phase) => write!(f, "the phase {phase}"),
            Self::Suspended => f.write_str("the suspension"),
            Self::Resumed => f.write_str("the resumption"),
            Self::HistoryCompacted => f.write_str("the lost history"),
            Self::CaughtUp => f.write_str("having caught up"),
            Self::End => f.write_str("the session's end"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the handler of {} failed", self.occasion)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.error.as_error())
    }
}

/// What happens when a handler fails.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum ErrorPolicy {
    /// The participant ends with the error. This is the default.
    #[default]
    Stop,
    /// The participant goes on, and logs that a handler failed and with which code of the runtime;
    /// the rest of an error may be confidential. [`report`](Self::report) sees all of it.
    Skip,
    /// The failure is handed to this function, and the participant goes on.
    Report(Arc<dyn Fn(Failure) + Send + Sync>),
}

impl ErrorPolicy {
    /// Hands each failure to `report` and goes on.
    ///
    /// It runs between two handlers, so it should not block.
    pub fn report(report: impl Fn(Failure) + Send + Sync + 'static) -> Self {
        Self::Report(Arc::new(report))
    }

    /// Gives the failure back when it has to end the participant.
    pub(crate) fn take(&self, failure: Failure) -> Result<(), Box<Failure>> {
        match self {
            Self::Stop => return Err(Box::new(failure)),
            Self::Skip => {
                let code = failure.error.code().map(tracing::field::display);
                tracing::warn!(occasion = %failure.occasion, code, "skipped a failed handler");
            }
            Self::Report(report) => report(failure),
        }
        Ok(())
    }
}

impl fmt::Debug for ErrorPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stop => "Stop",
            Self::Skip => "Skip",
            Self::Report(_) => "Report",
        })
    }
}
