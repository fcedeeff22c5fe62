use macp_projections::ApplyError;
use macp_proto::{ErrorCode, InvalidValue, SessionState};
use macp_transport::{Denial, Refusal};
use std::sync::Arc;
use std::time::Duration;

/// Why an action did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value breaks a rule of the protocol. Nothing was sent.
    #[error(transparent)]
    Invalid(#[from] InvalidValue),
    /// The runtime refused, or the call to it failed.
    #[error(transparent)]
    Client(#[from] macp_transport::Error),
    /// The runtime accepted the message and the projection cannot read it.
    #[error("the accepted message cannot be projected")]
    Projection(#[from] ApplyError),
    /// The followed session ended before what was waited for.
    #[error("the session ended, {state}, before what was waited for")]
    Ended {
        /// How it ended.
        state: SessionState,
    },
    /// The followed session can be followed no longer.
    #[error("the session can be followed no longer")]
    Lost(#[source] Arc<Error>),
    /// What was waited for did not come in time.
    #[error("what was waited for did not come within {deadline:?}")]
    DeadlinePassed {
        /// How long was waited.
        deadline: Duration,
    },
}

impl Error {
    /// The runtime's refusal, where that is what happened.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Client(error) => error.refusal(),
            Self::Lost(error) => error.refusal(),
            _ => None,
        }
    }

    /// The registry code of the runtime's refusal.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.refusal().map(|refusal| &refusal.code)
    }

    /// Why the bound policy refused, entry by entry (RFC-MACP-0012); empty for anything else.
    pub fn denials(&self) -> &[Denial] {
        self.refusal().map_or(&[], |refusal| &refusal.denials)
    }

    /// The rule that a value broke before anything was sent.
    pub fn invalid(&self) -> Option<&InvalidValue> {
        match self {
            Self::Invalid(invalid) => Some(invalid),
            Self::Client(macp_transport::Error::InvalidValue(invalid)) => Some(invalid),
            _ => None,
        }
    }

    /// Whether the same message, sent again, may be accepted.
    ///
    /// Repeat it under the same message id ([`Action::message_id`](crate::Action::message_id)), so
    /// that a message which did arrive is not applied twice.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Client(error) if error.is_retryable())
    }

    /// Whether the runtime may have accepted the message although this error came back.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::Client(error) => error.may_have_acted(),
            Self::Projection(_) => true,
            _ => false,
        }
    }
}
