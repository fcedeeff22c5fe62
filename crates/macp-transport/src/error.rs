//! Why a call failed.

mod details;
mod from_status;
mod grpc_status;
#[cfg(test)]
mod recorded;
mod refusal;
mod transport;

pub use grpc_status::GrpcStatus;
pub use refusal::{Denial, Refusal};
pub use transport::{TransportError, TransportErrorKind};

pub(crate) use from_status::{from_connect, from_status};
pub(crate) use transport::BoxError;

use crate::capabilities::Capability;
use crate::rpc::Rpc;
use crate::tls::TlsError;
use crate::token::TokenError;
use macp_proto::{ErrorCode, InvalidValue};
use std::sync::Arc;

/// Why a call failed: refused by the runtime, lost on the way, or refused here before it was sent.
///
/// Match on the variant, or ask the predicates:
///
/// ```
/// use macp_transport::Error;
///
/// fn advice(error: &Error) -> &'static str {
///     if error.is_retryable() {
///         "try again later, with the same message id"
///     } else if error.may_have_acted() {
///         "look at the session before doing it again"
///     } else {
///         "mend the call"
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The runtime answered, and the answer is no.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// No answer of the runtime arrived.
    #[error(transparent)]
    Transport(Box<TransportError>),
    /// A value breaks a rule of the protocol; nothing was sent.
    #[error(transparent)]
    InvalidValue(Box<InvalidValue>),
    /// The envelope names another sender than the credentials stand for; nothing was sent.
    #[error("the credentials stand for the sender {expected:?}, the envelope names {actual:?}")]
    IdentityMismatch {
        /// The sender that the credentials stand for.
        expected: Box<str>,
        /// The sender that the envelope would have had.
        actual: Box<str>,
    },
    /// This RPC needs credentials, and neither call nor client has any; nothing was sent.
    #[error("{rpc} needs credentials: set them on the client or on the call")]
    MissingCredentials {
        /// The RPC.
        rpc: Rpc,
    },
    /// The runtime does not advertise what this RPC needs, also when it was asked once more;
    /// nothing else was sent.
    #[error("{rpc} needs the capability {capability}, which the runtime does not advertise")]
    NotAdvertised {
        /// The RPC.
        rpc: Rpc,
        /// What the runtime lacks.
        capability: Capability,
    },
    /// The endpoint is plaintext and [`allow_insecure`](crate::ClientBuilder::allow_insecure) was
    /// not called; nothing was sent.
    #[error("the endpoint is plaintext: use https://, or allow_insecure() for local development")]
    PlaintextRefused,
    /// The source of tokens has none to give; nothing was sent.
    #[error("there is no token to authenticate with")]
    Token(#[source] Arc<TokenError>),
    /// Certificates, keys or roots cannot be used; nothing was sent.
    #[error(transparent)]
    Tls(Box<TlsError>),
    /// The client has as many streams open as its settings allow; nothing was sent.
    #[error("the client has {limit} streams open, which is its limit")]
    TooManyStreams {
        /// The limit: streams per connection, times connections.
        limit: usize,
    },
    /// The stream has ended, so that nothing can be sent into it.
    #[error("the stream has ended")]
    StreamClosed,
    /// The call was repeated and still failed. The predicates answer for the last failure.
    #[error("gave up after {attempts} attempts")]
    RetryExhausted {
        /// How often it was tried.
        attempts: u32,
        /// Whether any of the attempts may have been applied.
        may_have_acted: bool,
        /// How the last attempt failed.
        source: Box<Error>,
    },
}

impl Error {
    /// The registry code, when the runtime refused.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.refusal().map(|refusal| &refusal.code)
    }

    /// The refusal, when the runtime refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::RetryExhausted { source, .. } => source.refusal(),
            _ => None,
        }
    }

    /// The policy's denials; empty unless the code is `POLICY_DENIED`.
    pub fn denials(&self) -> &[Denial] {
        self.refusal().map_or(&[], |refusal| &refusal.denials)
    }

    /// The failure of the transport, when there was no answer.
    pub fn transport(&self) -> Option<&TransportError> {
        match self {
            Self::Transport(error) => Some(error),
            Self::RetryExhausted { source, .. } => source.transport(),
            _ => None,
        }
    }

    /// The gRPC status, when one arrived or stands for the failure.
    pub fn status(&self) -> Option<GrpcStatus> {
        match self {
            Self::Refused(refusal) => refusal.status,
            Self::Transport(error) => error.status(),
            Self::RetryExhausted { source, .. } => source.status(),
            _ => None,
        }
    }

    /// Whether the same request may succeed later.
    ///
    /// # Troubleshooting
    ///
    /// True for the codes `RATE_LIMITED` and `INTERNAL_ERROR`, for connections that fail or break
    /// and for deadlines. Repeat a message under its own message id only: the runtime then
    /// recognizes one that it has accepted. What fails like this again and again points at the
    /// network, or at limits that the runtime's operator sets.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.code.is_retryable(),
            Self::Transport(error) => error.is_retryable(),
            Self::Token(error) => error.is_transient(),
            Self::RetryExhausted { source, .. } => source.is_retryable(),
            _ => false,
        }
    }

    /// Whether the deadline passed.
    ///
    /// # Troubleshooting
    ///
    /// The runtime may have applied the request. Give the call more time, with
    /// [`deadline`](crate::Call::deadline), when the runtime is only slow; look at the path to it
    /// when it never answers.
    pub fn is_timeout(&self) -> bool {
        self.transport().is_some_and(|error| {
            error.kind() == TransportErrorKind::Timeout
                || error.status() == Some(GrpcStatus::DeadlineExceeded)
        })
    }

    /// Whether no connection could be made, TLS included.
    ///
    /// # Troubleshooting
    ///
    /// Nothing was sent. Check host, port and scheme of the endpoint, and that the runtime
    /// listens; the chain of [`source`](std::error::Error::source)s says which step failed.
    pub fn is_connect(&self) -> bool {
        self.transport().is_some_and(|error| {
            matches!(
                error.kind(),
                TransportErrorKind::Connect | TransportErrorKind::Tls
            )
        })
    }

    /// Whether a registry of modes or policies cannot be changed, because the runtime loaded it
    /// from files.
    ///
    /// # Troubleshooting
    ///
    /// Nothing was changed, whoever asks. Change the files and restart the runtime.
    pub fn is_registry_read_only(&self) -> bool {
        self.code() == Some(&ErrorCode::RegistryReadOnly)
    }

    /// Whether the runtime may have applied the request although this is an error.
    ///
    /// # Troubleshooting
    ///
    /// False means that it certainly did not. When true, send the same message again under the
    /// same message id: if it was applied, the answer is a duplicate acknowledgement, which is a
    /// success. For what carries no message id, read the state before repeating it.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.may_have_acted(),
            Self::Transport(error) => error.may_have_acted(),
            Self::RetryExhausted { may_have_acted, .. } => *may_have_acted,
            _ => false,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::Transport(Box::new(error))
    }
}

impl From<InvalidValue> for Error {
    fn from(error: InvalidValue) -> Self {
        Self::InvalidValue(Box::new(error))
    }
}

impl From<TlsError> for Error {
    fn from(error: TlsError) -> Self {
        Self::Tls(Box::new(error))
    }
}
