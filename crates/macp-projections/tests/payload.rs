//! The typed payload registry.
#![allow(clippy::unwrap_used, reason = "a panic is a test's failure")]

use bytes::Bytes;
use macp_projections::multi_round::ContributionEncoding;
use macp_projections::payload::{
    Contribution, CorePayload, DecisionPayload, ProposalPayload, QuorumPayload, TypedPayload,
};
use macp_proto::modes::multi_round::ContributePayload;
use macp_proto::v1::Envelope;
use macp_proto::{DecodeError, MessageType, Mode};
use proptest::prelude::*;
use prost::Message as _;

fn envelope(mode: &str, message_type: &str, payload: impl Into<Bytes>) -> Envelope {
    Envelope {
        mode: mode.into(),
        message_type: message_type.into(),
        message_id: "m1".into(),
        payload: payload.into(),
        ..Envelope::default()
    }
}

/// How many message types of each mode are known, core messages aside, and that those decode to
/// the variant of their own name.
#[test]
fn every_pair_of_the_schema_is_known() {
    let core = 7;
    let expected = [
        (Mode::Decision, 4),
        (Mode::Proposal, 5),
        (Mode::Task, 6),
        (Mode::Handoff, 4),
        (Mode::Quorum, 4),
        (Mode::MultiRound, 1),
        (Mode::from("ext.custom.v1"), 0),
        (Mode::from(""), 0),
    ];
    for (mode, own) in expected {
        let known = MessageType::KNOWN.iter().filter(|&message_type| {
            let payload = TypedPayload::decode(&envelope(mode.as_str(), message_type.as_str(), ""));
            let found = match payload.unwrap() {
                TypedPayload::Core(core) => core.message_type(),
                TypedPayload::Decision(decision) => decision.message_type(),
                TypedPayload::Proposal(proposal) => proposal.message_type(),
                TypedPayload::Task(task) => task.message_type(),
                TypedPayload::Handoff(handoff) => handoff.message_type(),
                TypedPayload::Quorum(quorum) => quorum.message_type(),
                TypedPayload::MultiRound(_) => MessageType::Contribute,
                _ => return false,
            };
            assert_eq!(found, *message_type);
            true
        });
        assert_eq!(known.count(), core + own, "{mode}");
    }
}

#[test]
fn the_same_word_is_another_message_in_another_mode() {
    let decode = |mode: Mode| {
        TypedPayload::decode(&envelope(mode.as_str(), "Reject", &b"\x0a\x02id"[..])).unwrap()
    };
    assert!(matches!(
        decode(Mode::Proposal),
        TypedPayload::Proposal(ProposalPayload::Reject(reject)) if reject.proposal_id == "id"
    ));
    assert!(matches!(
        decode(Mode::Quorum),
        TypedPayload::Quorum(QuorumPayload::Reject(reject)) if reject.request_id == "id"
    ));
    assert!(matches!(decode(Mode::Task), TypedPayload::Unknown(_)));
}

#[test]
fn unknown_pairs_keep_their_bytes() {
    let bytes = Bytes::from_static(b"\xff\x00 anything");
    let envelope = envelope("ext.custom.v1", "Greeting", bytes.clone());
    let TypedPayload::Unknown(kept) = TypedPayload::decode(&envelope).unwrap() else {
        panic!("the pair is known")
    };
    assert_eq!(kept, bytes);
    assert_eq!(kept.as_ptr(), bytes.as_ptr(), "the bytes were copied");
}

#[test]
fn malformed_bytes_of_a_known_pair_are_an_error() {
    for (mode, message_type) in [("macp.mode.decision.v1", "Vote"), ("", "Signal")] {
        let error = TypedPayload::decode(&envelope(mode, message_type, &b"\x0a\xff"[..]));
        assert!(
            matches!(error, Err(DecodeError::Malformed { .. })),
            "{error:?}"
        );
    }
}

#[test]
fn variants_hold_the_message() {
    let vote = TypedPayload::decode(&envelope(
        "macp.mode.decision.v1",
        "Vote",
        &b"\x12\x06REJECT"[..],
    ));
    assert!(matches!(
        vote,
        Ok(TypedPayload::Decision(DecisionPayload::Vote(vote))) if vote.vote == "REJECT"
    ));
    let start = TypedPayload::decode(&envelope("ext.custom.v1", "SessionStart", ""));
    assert!(matches!(
        start,
        Ok(TypedPayload::Core(CorePayload::SessionStart(_)))
    ));
}

#[test]
fn contributions_of_odd_bytes() {
    use ContributionEncoding::{Json, Protobuf};
    let cases: [(&[u8], Option<&str>, ContributionEncoding); 14] = [
        (b"", None, Protobuf),
        (b"\x0a\x01a", Some("a"), Protobuf),
        (br#"{"value":"a"}"#, Some("a"), Json),
        (br#" {"other": [1], "value": "a"} "#, Some("a"), Json),
        (br#"["a"]"#, Some("a"), Json),
        (br#"["a","b"]"#, None, Protobuf),
        (br#"{"value":"a","value":"a"}"#, None, Protobuf),
        (br#"{"value":1}"#, None, Protobuf),
        (br#"{"other":"a"}"#, None, Protobuf),
        (br#""a""#, None, Protobuf),
        (b"\xff", None, Protobuf),
        // Protobuf with a field of some newer version, or the field written twice.
        (b"\x0a\x01a\x10\x01", Some("a"), Protobuf),
        (b"\x0a\x01a\x0a\x01b", Some("b"), Protobuf),
        // A protobuf value that is JSON to a reader that skips white space.
        (
            b"\x0a\x0d{\"value\":\"x\"}",
            Some("{\"value\":\"x\"}"),
            Protobuf,
        ),
    ];
    for (bytes, value, encoding) in cases {
        let read = Contribution::read(bytes);
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(read.value.as_deref(), value, "{text}");
        assert_eq!(read.encoding, encoding, "{text}");
    }
}

proptest! {
    #[test]
    fn what_protobuf_writes_reads_as_protobuf(value in ".{1,300}") {
        let bytes = ContributePayload { value: value.clone() }.encode_to_vec();
        let read = Contribution::read(&bytes);
        prop_assert_eq!(read.value, Some(value));
        prop_assert_eq!(read.encoding, ContributionEncoding::Protobuf);
    }

    #[test]
    fn arbitrary_bytes_never_panic(mode in ".*", at in 0..MessageType::KNOWN.len(), bytes: Vec<u8>) {
        let message_type = MessageType::KNOWN[at].as_str();
        for mode in Mode::KNOWN.iter().map(Mode::as_str).chain([mode.as_str()]) {
            let _ = TypedPayload::decode(&envelope(mode, message_type, bytes.clone()));
        }
    }
}
