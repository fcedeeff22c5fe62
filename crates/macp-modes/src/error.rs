use macp_projections::ApplyError;
use macp_proto::{ErrorCode, InvalidValue};
use macp_transport::{Denial, Refusal};

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
}

impl Error {
    /// The runtime's refusal, where that is what happened.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Client(error) => error.refusal(),
            Self::Invalid(_) | Self::Projection(_) => None,
        }
    }

    /// The registry code of the runtime's refusal.
    pub fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Client(error) => error.code(),
            Self::Invalid(_) | Self::Projection(_) => None,
        }
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
            Self::Client(_) | Self::Projection(_) => None,
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
            Self::Invalid(_) => false,
            Self::Client(error) => error.may_have_acted(),
            Self::Projection(_) => true,
        }
    }
}
