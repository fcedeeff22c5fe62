//! From a tonic status to our error: by type and metadata, never by text.

use super::transport::BoxError;
use super::{Error, GrpcStatus, Refusal, TransportError, TransportErrorKind};
use macp_proto::ErrorCode;
use std::error::Error as StdError;
use std::io;
use tonic::Status;

/// The registry code, on every status that the runtime's handlers build.
const CODE: &str = "macp-error-code";
/// The details JSON, on some of them.
const DETAILS: &str = "macp-error-details-bin";

/// Maps a failed RPC.
///
/// A registry code in the metadata means that the runtime itself refused. Without one the status
/// was made on the way: the chain of sources says where. A status without source was sent by a
/// server that is not the runtime's handlers.
pub(crate) fn from_status(status: Status) -> Error {
    let grpc = GrpcStatus::from_tonic(status.code());
    if let Some(code) = registry_code(&status) {
        let details = status
            .metadata()
            .get_bin(DETAILS)
            .and_then(|value| value.to_bytes().ok())
            .unwrap_or_default();
        let mut refusal = Refusal::new(code, status.message()).with_details(&details);
        refusal.status = Some(grpc);
        return refusal.into();
    }
    let kind = kind_of(&status);
    if kind == TransportErrorKind::Status {
        return TransportError::new(kind, status.message())
            .with_status(grpc)
            .into();
    }
    TransportError::new(kind, "")
        .with_status(grpc)
        .with_source(Box::new(status) as BoxError)
        .into()
}

/// Maps a connection that could not be made.
pub(crate) fn from_connect(error: tonic::transport::Error) -> Error {
    let kind = if failed_in_tls(&error) {
        TransportErrorKind::Tls
    } else {
        TransportErrorKind::Connect
    };
    TransportError::new(kind, "")
        .with_status(GrpcStatus::Unavailable)
        .with_source(Box::new(error) as BoxError)
        .into()
}

fn registry_code(status: &Status) -> Option<ErrorCode> {
    let code = status.metadata().get(CODE)?.to_str().ok()?;
    (!code.is_empty()).then(|| ErrorCode::from(code))
}

fn kind_of(status: &Status) -> TransportErrorKind {
    if find::<tonic::TimeoutExpired>(status).is_some() {
        TransportErrorKind::Timeout
    } else if find::<tonic::ConnectError>(status).is_some() {
        if failed_in_tls(status) {
            TransportErrorKind::Tls
        } else {
            TransportErrorKind::Connect
        }
    } else if status.source().is_some() {
        TransportErrorKind::Broken
    } else {
        TransportErrorKind::Status
    }
}

/// Whether the chain holds a failed TLS handshake, which the TLS stack reports as invalid data.
fn failed_in_tls(error: &(dyn StdError + 'static)) -> bool {
    find::<io::Error>(error).is_some_and(|error| error.kind() == io::ErrorKind::InvalidData)
}

fn find<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tonic::metadata::{MetadataMap, MetadataValue};
    use tonic::{Code, ConnectError, TimeoutExpired};

    /// What the transport does: a status made from an error of its own.
    fn made_of(error: impl StdError + Send + Sync + 'static) -> Error {
        from_status(Status::from_error(Box::new(error)))
    }

    fn kind(error: &Error) -> TransportErrorKind {
        error.transport().unwrap().kind()
    }

    #[test]
    fn the_source_says_where_it_failed() {
        let timeout = made_of(TimeoutExpired(()));
        assert_eq!(kind(&timeout), TransportErrorKind::Timeout);
        assert!(timeout.is_timeout() && timeout.may_have_acted() && timeout.is_retryable());

        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let connect = made_of(ConnectError(Box::new(refused)));
        assert_eq!(kind(&connect), TransportErrorKind::Connect);
        assert!(connect.is_connect() && !connect.may_have_acted() && connect.is_retryable());

        let handshake = io::Error::new(io::ErrorKind::InvalidData, "unknown issuer");
        let tls = made_of(ConnectError(Box::new(handshake)));
        assert_eq!(kind(&tls), TransportErrorKind::Tls);
        assert!(tls.is_connect() && !tls.may_have_acted() && !tls.is_retryable());

        let reset = made_of(io::Error::from(io::ErrorKind::ConnectionReset));
        assert_eq!(kind(&reset), TransportErrorKind::Broken);
        assert!(reset.may_have_acted() && reset.is_retryable());
        assert!(reset.source().is_some());
    }

    #[test]
    fn a_status_without_a_code_is_not_the_runtimes() {
        for (code, retryable, may_have_acted) in [
            (Code::Unavailable, true, true),
            (Code::DeadlineExceeded, true, true),
            (Code::Internal, false, true),
            (Code::Unknown, false, true),
            (Code::Ok, false, true),
            (Code::OutOfRange, false, false),
            (Code::Unimplemented, false, false),
            (Code::ResourceExhausted, true, false),
            (Code::Unauthenticated, false, false),
        ] {
            let error = from_status(Status::new(code, "SESSION_NOT_FOUND: never read as a code"));
            assert_eq!(kind(&error), TransportErrorKind::Status);
            assert_eq!(error.code(), None);
            assert_eq!(error.is_retryable(), retryable, "{code:?}");
            assert_eq!(error.may_have_acted(), may_have_acted, "{code:?}");
        }
    }

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<Error>() <= 40, "{}", size_of::<Error>());
    }

    proptest! {
        #[test]
        fn any_metadata_is_survived(
            code in 0i32..20,
            message in ".*",
            registry in prop::collection::vec(any::<u8>(), 0..40),
            details in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut metadata = MetadataMap::new();
            if let Ok(value) = http::HeaderValue::from_bytes(&registry) {
                let mut headers = http::HeaderMap::new();
                headers.insert(CODE, value.clone());
                headers.insert(DETAILS, value);
                metadata = MetadataMap::from_headers(headers);
            }
            let status = Status::with_metadata(Code::from_i32(code), &message, metadata.clone());
            let error = from_status(status);
            let _ = (error.to_string(), format!("{error:?}"), error.may_have_acted());
            metadata.insert_bin(DETAILS, MetadataValue::from_bytes(&details));
            metadata.insert(CODE, "POLICY_DENIED".parse().unwrap());
            let status = Status::with_metadata(Code::from_i32(code), message, metadata);
            let error = from_status(status);
            prop_assert_eq!(error.code(), Some(&ErrorCode::PolicyDenied));
        }

        #[test]
        fn any_json_is_survived(details in "[\\[\\]{}\":,a-z0-9 ]*") {
            let _ = Refusal::denials_of(details.as_bytes());
        }
    }
}
