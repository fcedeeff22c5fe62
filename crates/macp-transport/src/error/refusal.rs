use super::GrpcStatus;
use super::details::Details;
use macp_proto::{DenyCode, ErrorCode, v1};
use std::fmt;

/// What the runtime refused, and why.
///
/// The same type whichever way the refusal came: as a negative acknowledgement, as a gRPC status
/// with a registry code, or as an inline error of a session stream. Branch on
/// [`code`](Self::code) and [`denials`](Self::denials); [`message`](Self::message) is for people.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Refusal {
    /// The registry code. `UNKNOWN` when the runtime gave none.
    pub code: ErrorCode,
    /// The runtime's words, for logs only: they are no part of the protocol.
    pub message: String,
    /// The session it concerns; empty when none.
    pub session_id: String,
    /// The message it concerns; empty when none.
    pub message_id: String,
    /// Why a policy refused, in words. Empty unless the code is `POLICY_DENIED`.
    pub reasons: Vec<String>,
    /// Why a policy refused, as data (RFC-MACP-0012). Empty unless the code is `POLICY_DENIED`.
    pub denials: Vec<Denial>,
    /// The smallest `after_sequence` that can still be replayed, with `HISTORY_UNAVAILABLE`.
    pub lowest_available_sequence: Option<u64>,
    /// The gRPC status, when the refusal came as one and not as an answer.
    pub status: Option<GrpcStatus>,
}

impl Refusal {
    /// A refusal with this code and message, and nothing else.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            session_id: String::new(),
            message_id: String::new(),
            reasons: Vec::new(),
            denials: Vec::new(),
            lowest_available_sequence: None,
            status: None,
        }
    }

    /// A refusal to which the protocol gives no code.
    pub(crate) fn uncoded(message: impl Into<String>) -> Self {
        Self::new(unknown_code(), message)
    }

    /// The error of an acknowledgement or of a stream frame. Without one the code is `UNKNOWN`.
    pub(crate) fn from_wire(error: Option<v1::MacpError>) -> Self {
        let Some(error) = error else {
            return Self::uncoded("the runtime gave no reason");
        };
        let code = if error.code.is_empty() {
            unknown_code()
        } else {
            ErrorCode::from(error.code)
        };
        Self {
            session_id: error.session_id,
            message_id: error.message_id,
            ..Self::new(code, error.message).with_details(&error.details)
        }
    }

    /// The denials in a details document.
    pub(crate) fn denials_of(details: &[u8]) -> Vec<Denial> {
        Details::parse(details).denials
    }

    pub(crate) fn with_details(self, bytes: &[u8]) -> Self {
        let details = Details::parse(bytes);
        Self {
            reasons: details.reasons,
            denials: details.denials,
            lowest_available_sequence: details.lowest_available_sequence,
            ..self
        }
    }

    /// Fills the ids that the runtime left out with those of the request.
    pub(crate) fn about(mut self, session_id: &str, message_id: &str) -> Self {
        if self.session_id.is_empty() {
            session_id.clone_into(&mut self.session_id);
        }
        if self.message_id.is_empty() {
            message_id.clone_into(&mut self.message_id);
        }
        self
    }

    /// Whether the runtime may have applied the request although it answered with a refusal.
    ///
    /// Only `INTERNAL_ERROR` leaves that open: the failure may have come after the message was
    /// recorded.
    pub fn may_have_acted(&self) -> bool {
        self.code == ErrorCode::InternalError
    }
}

fn unknown_code() -> ErrorCode {
    ErrorCode::from("UNKNOWN")
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the runtime refused: {}", self.code)?;
        if !self.message.is_empty() && self.message != self.code.as_str() {
            write!(f, " ({})", self.message)?;
        }
        if !self.message_id.is_empty() {
            write!(f, ", message {:?}", self.message_id)?;
        }
        if !self.session_id.is_empty() {
            write!(f, ", session {:?}", self.session_id)?;
        }
        for (n, reason) in self.reasons.iter().enumerate() {
            write!(f, "{} {reason}", if n == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// One reason why a policy refused (RFC-MACP-0012).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Denial {
    /// The rule that was not met.
    pub code: DenyCode,
    /// The runtime's words, for people.
    pub message: String,
    /// The participants concerned, sorted; often empty.
    pub participants: Vec<String>,
}

impl Denial {
    /// A denial with this code and message that names no participant.
    pub fn new(code: DenyCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            participants: Vec::new(),
        }
    }
}
