//! The refusals that the runtime's own tests recorded, through our mapping.
//!
//! `recorded_refusals.txt` holds one a line: `status NAME GRPC CODE DETAILS-BASE64 MESSAGE`, or
//! `ack` or `frame`, NAME and the encoded message in hexadecimal.

use super::{Denial, Error, GrpcStatus as G, Refusal, from_status};
use crate::session::Accepted;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use macp_proto::v1::{Ack, StreamSessionResponse, stream_session_response::Response};
use macp_proto::{DenyCode, ErrorCode as C};
use prost::Message as _;
use std::collections::BTreeMap;
use tonic::metadata::{MetadataMap, MetadataValue};

const S1: &str = "11111111-1111-4111-8111-111111111111";
const S6: &str = "66666666-6666-4666-8666-666666666666";
const S9: &str = "99999999-9999-4999-8999-999999999999";

fn hexadecimal(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn code(name: &str) -> tonic::Code {
    (0..=16)
        .map(tonic::Code::from_i32)
        .find(|code| format!("{code:?}") == name)
        .unwrap()
}

fn status(rest: &str) -> Error {
    let fields: Vec<_> = rest.splitn(4, ' ').collect();
    let [grpc, registry, details, message] = fields[..] else {
        panic!("{rest}");
    };
    let mut metadata = MetadataMap::new();
    metadata.insert("macp-error-code", registry.parse().unwrap());
    if details != "-" {
        let details = STANDARD.decode(details).unwrap();
        metadata.insert_bin(
            "macp-error-details-bin",
            MetadataValue::from_bytes(&details),
        );
    }
    from_status(tonic::Status::with_metadata(code(grpc), message, metadata))
}

fn recorded() -> BTreeMap<&'static str, Error> {
    include_str!("recorded_refusals.txt")
        .lines()
        .map(|line| {
            let fields: Vec<_> = line.splitn(3, ' ').collect();
            let [shape, name, rest] = fields[..] else {
                panic!("{line}");
            };
            let error = match shape {
                "status" => status(rest),
                "ack" => {
                    let ack = Ack::decode(&*hexadecimal(rest)).unwrap();
                    Accepted::from_wire(Some(ack)).unwrap_err()
                }
                "frame" => {
                    let frame = StreamSessionResponse::decode(&*hexadecimal(rest)).unwrap();
                    let Some(Response::Error(error)) = frame.response else {
                        panic!("{line}");
                    };
                    Refusal::from_wire(Some(error)).into()
                }
                other => panic!("{other}"),
            };
            (name, error)
        })
        .collect()
}

/// Name, code, gRPC status, session id and message id.
const EXPECTED: [(&str, C, Option<G>, &str, &str); 23] = [
    (
        "get_session_forbidden",
        C::Forbidden,
        Some(G::PermissionDenied),
        "",
        "",
    ),
    (
        "get_session_invalid_token",
        C::Unauthenticated,
        Some(G::Unauthenticated),
        "",
        "",
    ),
    (
        "get_session_no_token",
        C::Unauthenticated,
        Some(G::Unauthenticated),
        "",
        "",
    ),
    (
        "get_session_policy_engine_denied",
        C::Forbidden,
        Some(G::PermissionDenied),
        "",
        "",
    ),
    (
        "get_session_unknown_session",
        C::SessionNotFound,
        Some(G::NotFound),
        "",
        "",
    ),
    (
        "send_forbidden_mode",
        C::Forbidden,
        None,
        S9,
        "m-forbidden-mode",
    ),
    (
        "send_invalid_token",
        C::Unauthenticated,
        None,
        S1,
        "m-bad-token",
    ),
    ("send_max_open_sessions", C::RateLimited, None, S6, "mo-b"),
    (
        "send_message_rate_limited",
        C::RateLimited,
        None,
        S9,
        "m-rl-over",
    ),
    (
        "send_missing_envelope",
        C::InvalidEnvelope,
        Some(G::InvalidArgument),
        "",
        "",
    ),
    ("send_no_token", C::Unauthenticated, None, S1, "m-no-token"),
    (
        "send_payload_too_large",
        C::PayloadTooLarge,
        None,
        S1,
        "m-too-large",
    ),
    (
        "send_payload_too_large_unauthenticated",
        C::PayloadTooLarge,
        None,
        S1,
        "m-too-large-anon",
    ),
    (
        "send_policy_engine_denied",
        C::PolicyDenied,
        None,
        S9,
        "m-engine-start",
    ),
    (
        "send_session_start_rate_limited",
        C::RateLimited,
        None,
        S9,
        "m-rls-over",
    ),
    (
        "send_spoofed_sender",
        C::Unauthenticated,
        None,
        S1,
        "m-spoofed",
    ),
    (
        "send_unknown_session",
        C::SessionNotFound,
        None,
        S9,
        "m-unknown",
    ),
    (
        "stream_lagged",
        C::StreamLagged,
        Some(G::ResourceExhausted),
        "",
        "",
    ),
    (
        "stream_no_token",
        C::Unauthenticated,
        Some(G::Unauthenticated),
        "",
        "",
    ),
    (
        "subscribe_compacted_resume",
        C::HistoryUnavailable,
        Some(G::FailedPrecondition),
        "",
        "",
    ),
    ("subscribe_forbidden", C::Forbidden, None, "", ""),
    ("subscribe_policy_engine_denied", C::Forbidden, None, "", ""),
    (
        "subscribe_unknown_session",
        C::SessionNotFound,
        Some(G::NotFound),
        "",
        "",
    ),
];

#[test]
fn each_has_its_code_its_ids_and_its_shape() {
    let recorded = recorded();
    assert_eq!(recorded.len(), 23);
    for (name, code, status, session_id, message_id) in EXPECTED {
        let error = &recorded[name];
        let refusal = error.refusal().unwrap();
        assert_eq!(refusal.code, code, "{name}");
        assert_eq!(refusal.status, status, "{name}");
        assert_eq!(refusal.session_id, session_id, "{name}");
        assert_eq!(refusal.message_id, message_id, "{name}");
        assert!(!refusal.message.is_empty(), "{name}");
        assert_eq!(error.is_retryable(), code == C::RateLimited, "{name}");
        assert!(!error.may_have_acted(), "{name}");
        assert_eq!(
            error.denials().len(),
            usize::from(code == C::PolicyDenied),
            "{name}"
        );
    }
}

#[test]
fn details_arrive_as_data() {
    let recorded = recorded();
    let denied = recorded["send_policy_engine_denied"].refusal().unwrap();
    let words = "embargoed by the snapshot engine";
    assert_eq!(denied.denials, [Denial::new(DenyCode::Unspecified, words)]);
    assert_eq!(denied.reasons, [words]);
    let compacted = recorded["subscribe_compacted_resume"].refusal().unwrap();
    assert_eq!(compacted.lowest_available_sequence, Some(5));
}
