use super::GrpcStatus;
use std::error::Error as StdError;
use std::fmt;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// How a call failed without an answer of the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection could be made. Nothing was sent.
    Connect,
    /// The peer was reached and the TLS handshake failed: its certificate is not trusted, is for
    /// another name, or it does not accept ours. Nothing was sent.
    Tls,
    /// The deadline passed.
    Timeout,
    /// The connection broke during the call.
    Broken,
    /// A gRPC status without a registry code: an HTTP/2 limit, a proxy, another server.
    Status,
    /// The answer is not one of this protocol.
    Protocol,
}

impl TransportErrorKind {
    const fn describe(self) -> &'static str {
        match self {
            Self::Connect => "cannot connect to the runtime",
            Self::Tls => "the TLS handshake with the runtime failed",
            Self::Timeout => "the deadline passed",
            Self::Broken => "the connection broke",
            Self::Status => "the call failed",
            Self::Protocol => "the answer does not follow the protocol",
        }
    }
}

/// A call that failed between us and the runtime.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    status: Option<GrpcStatus>,
    message: String,
    source: Option<BoxError>,
    /// It failed before anything was sent, whatever its kind.
    unsent: bool,
}

impl TransportError {
    pub(crate) fn new(kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            status: None,
            message: message.into(),
            source: None,
            unsent: false,
        }
    }

    pub(crate) fn with_status(self, status: GrpcStatus) -> Self {
        Self {
            status: Some(status),
            ..self
        }
    }

    pub(crate) fn before_sending(self) -> Self {
        Self {
            unsent: true,
            ..self
        }
    }

    pub(crate) fn with_source(self, source: impl Into<BoxError>) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }

    /// How the call failed.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// The gRPC status, when one arrived or stands for the failure.
    pub fn status(&self) -> Option<GrpcStatus> {
        self.status
    }

    /// What is known beyond the kind, for people; may be empty.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the runtime may have applied the request.
    pub fn may_have_acted(&self) -> bool {
        if self.unsent {
            return false;
        }
        match self.kind {
            TransportErrorKind::Connect | TransportErrorKind::Tls => false,
            TransportErrorKind::Status => self.status.is_none_or(GrpcStatus::may_have_acted),
            TransportErrorKind::Timeout
            | TransportErrorKind::Broken
            | TransportErrorKind::Protocol => true,
        }
    }

    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            TransportErrorKind::Connect
            | TransportErrorKind::Timeout
            | TransportErrorKind::Broken => true,
            TransportErrorKind::Status => self.status.is_none_or(GrpcStatus::is_retryable),
            TransportErrorKind::Tls | TransportErrorKind::Protocol => false,
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.describe())?;
        if self.kind == TransportErrorKind::Status
            && let Some(status) = self.status
        {
            write!(f, " with {status}")?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
