//! What others can see of a call: identifiers, and nothing else.
//!
//! Names follow the protocol's OpenTelemetry conventions, `macp-semconv/0.1`. Nothing here may
//! change what becomes of a call.

#[cfg(feature = "otel")]
mod otel;

use crate::error::Error;
use crate::rpc::{Rpc, SERVICE};
use macp_proto::v1::Envelope;
use std::pin::Pin;
use tonic::metadata::MetadataMap;
use tracing::{Instrument, Span};

/// What is reported when nothing better is known.
const OTHER: &str = "_OTHER";

/// What kind of failure it was. An error's text may hold a policy's reasons, and is for the caller.
pub(crate) fn kind(error: &Error) -> &str {
    match (error.code(), error.status()) {
        (Some(code), _) if code.as_str() == "UNKNOWN" => OTHER,
        (Some(code), _) => code.as_str(),
        (None, Some(status)) => status.name(),
        (None, None) => OTHER,
    }
}

/// The trace of one call.
pub struct Trace {
    span: Span,
    #[cfg(feature = "otel")]
    otel: otel::SendSpan,
}

/// What became of a message, as the conventions see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome<'a> {
    Accepted,
    Duplicate,
    /// The runtime refused it, with this code.
    Rejected(&'a str),
    /// It is not known to have arrived, for this reason.
    Failed(&'a str),
}

impl Trace {
    /// A call that has no span of its own; its RPC has, in the transport.
    pub(crate) fn none() -> Self {
        Self {
            span: Span::none(),
            #[cfg(feature = "otel")]
            otel: otel::SendSpan::none(),
        }
    }

    /// The client's `send` span.
    pub(crate) fn send(envelope: &Envelope) -> Self {
        Self {
            span: tracing::debug_span!(
                "send",
                "macp.operation.name" = "send",
                "macp.message.id" = envelope.message_id,
                "macp.message.type" = envelope.message_type,
                "macp.session.id" = non_empty(&envelope.session_id),
                "macp.mode.id" = non_empty(&envelope.mode),
                "macp.sender.id" = non_empty(&envelope.sender),
                "macp.version" = non_empty(&envelope.macp_version),
                "macp.envelope.outcome" = tracing::field::Empty,
                "error.type" = tracing::field::Empty,
            ),
            #[cfg(feature = "otel")]
            otel: otel::SendSpan::start(envelope),
        }
    }

    /// Runs `call` as what this trace is about.
    pub(crate) async fn follow<T>(&self, call: Pin<&mut impl Future<Output = T>>) -> T {
        let call = call.instrument(self.span.clone());
        #[cfg(feature = "otel")]
        let call = self.otel.follow(call);
        call.await
    }

    /// Notes what became of the message: whether it was a duplicate, or why not accepted.
    pub(crate) fn finish(self, result: Result<bool, &Error>) {
        let outcome = Outcome::of(result);
        if let Some(word) = outcome.word() {
            self.span.record("macp.envelope.outcome", word);
        }
        if let Some(error) = outcome.error_type() {
            self.span.record("error.type", error);
        }
        #[cfg(feature = "otel")]
        self.otel.finish(outcome);
    }
}

impl<'a> Outcome<'a> {
    fn of(result: Result<bool, &'a Error>) -> Self {
        match result {
            Ok(true) => Self::Duplicate,
            Ok(false) => Self::Accepted,
            Err(error) if error.code().is_some() => Self::Rejected(kind(error)),
            Err(error) => Self::Failed(kind(error)),
        }
    }

    fn word(self) -> Option<&'static str> {
        match self {
            Self::Accepted => Some("accepted"),
            Self::Duplicate => Some("duplicate"),
            Self::Rejected(_) => Some("rejected"),
            Self::Failed(_) => None,
        }
    }

    fn error_type(self) -> Option<&'a str> {
        match self {
            Self::Accepted | Self::Duplicate => None,
            Self::Rejected(error) | Self::Failed(error) => Some(error),
        }
    }
}

fn non_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// The span of one HTTP request.
///
/// No layer of the connection makes it: with nobody listening, that would cost twenty times as much.
pub(crate) fn http_request(rpc: Rpc) -> Span {
    tracing::debug_span!(
        "grpc",
        rpc.system = "grpc",
        rpc.service = SERVICE,
        rpc.method = rpc.name(),
    )
}

/// Tells the runtime which trace the request belongs to.
#[cfg(feature = "otel")]
pub(crate) fn inject(metadata: &mut MetadataMap) {
    otel::inject(metadata);
}

/// Without OpenTelemetry there is no trace to tell of.
#[cfg(not(feature = "otel"))]
pub(crate) fn inject(_metadata: &mut MetadataMap) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{GrpcStatus, Refusal, TransportError, TransportErrorKind};
    use macp_proto::ErrorCode;

    #[test]
    fn outcomes_and_error_types() {
        let refused: Error = Refusal::new(ErrorCode::Forbidden, "").into();
        let uncoded: Error = Refusal::uncoded("").into();
        let lost: Error = TransportError::new(TransportErrorKind::Broken, "")
            .with_status(GrpcStatus::Unavailable)
            .into();
        for (result, word, error_type) in [
            (Ok(false), Some("accepted"), None),
            (Ok(true), Some("duplicate"), None),
            (Err(&refused), Some("rejected"), Some("FORBIDDEN")),
            (Err(&uncoded), Some("rejected"), Some("_OTHER")),
            (Err(&lost), None, Some("UNAVAILABLE")),
            (Err(&Error::PlaintextRefused), None, Some("_OTHER")),
        ] {
            let outcome = Outcome::of(result);
            assert_eq!((outcome.word(), outcome.error_type()), (word, error_type));
        }
    }
}
