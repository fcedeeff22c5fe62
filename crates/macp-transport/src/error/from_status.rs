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
