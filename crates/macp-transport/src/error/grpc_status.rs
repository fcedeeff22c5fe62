use std::fmt;

/// A gRPC status code other than `OK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GrpcStatus {
    /// The call was cancelled.
    Cancelled,
    /// Nothing better is known.
    Unknown,
    /// The request breaks a rule.
    InvalidArgument,
    /// The deadline passed.
    DeadlineExceeded,
    /// What was asked for does not exist.
    NotFound,
    /// What was to be created exists.
    AlreadyExists,
    /// The caller may not do this.
    PermissionDenied,
    /// A quota or limit is used up.
    ResourceExhausted,
    /// The state does not allow this.
    FailedPrecondition,
    /// A conflict ended the operation.
    Aborted,
    /// A size or position is out of range.
    OutOfRange,
    /// The server does not have this RPC.
    Unimplemented,
    /// The server, or the transport, broke.
    Internal,
    /// The server cannot be reached or does not serve now.
    Unavailable,
    /// Data is lost or corrupt.
    DataLoss,
    /// The caller is not known.
    Unauthenticated,
}

impl GrpcStatus {
    /// The name in gRPC's registry, such as `UNAVAILABLE`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "CANCELLED",
            Self::Unknown => "UNKNOWN",
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::NotFound => "NOT_FOUND",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Self::FailedPrecondition => "FAILED_PRECONDITION",
            Self::Aborted => "ABORTED",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::Unimplemented => "UNIMPLEMENTED",
            Self::Internal => "INTERNAL",
            Self::Unavailable => "UNAVAILABLE",
            Self::DataLoss => "DATA_LOSS",
            Self::Unauthenticated => "UNAUTHENTICATED",
        }
    }

    /// `OK` is no failure: a status that carries it without an answer is `UNKNOWN`.
    pub(crate) fn from_tonic(code: tonic::Code) -> Self {
        match code {
            tonic::Code::Cancelled => Self::Cancelled,
            tonic::Code::InvalidArgument => Self::InvalidArgument,
            tonic::Code::DeadlineExceeded => Self::DeadlineExceeded,
            tonic::Code::NotFound => Self::NotFound,
            tonic::Code::AlreadyExists => Self::AlreadyExists,
            tonic::Code::PermissionDenied => Self::PermissionDenied,
            tonic::Code::ResourceExhausted => Self::ResourceExhausted,
            tonic::Code::FailedPrecondition => Self::FailedPrecondition,
            tonic::Code::Aborted => Self::Aborted,
            tonic::Code::OutOfRange => Self::OutOfRange,
            tonic::Code::Unimplemented => Self::Unimplemented,
            tonic::Code::Internal => Self::Internal,
            tonic::Code::Unavailable => Self::Unavailable,
            tonic::Code::DataLoss => Self::DataLoss,
            tonic::Code::Unauthenticated => Self::Unauthenticated,
            tonic::Code::Ok | tonic::Code::Unknown => Self::Unknown,
        }
    }

    /// Whether a server that answers this, without a registry code, may still have applied the
    /// request. The others say that it was turned away.
    pub(super) fn may_have_acted(self) -> bool {
        matches!(
            self,
            Self::Cancelled
                | Self::Unknown
                | Self::DeadlineExceeded
                | Self::Internal
                | Self::Unavailable
                | Self::DataLoss
        )
    }

    /// Whether the same request may succeed later.
    pub(super) fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::Cancelled
                | Self::DeadlineExceeded
                | Self::ResourceExhausted
                | Self::Aborted
                | Self::Unavailable
        )
    }
}

impl fmt::Display for GrpcStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
