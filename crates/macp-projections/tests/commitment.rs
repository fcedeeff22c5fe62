//! Verifying commitment hashes against bytes.
#![allow(clippy::unwrap_used, reason = "a panic is a test's failure")]

use macp_projections::commitment::{
    CommitmentHash, Unverifiable, Verification, decode_covered, reference_to, verify,
};
use macp_proto::SessionId;
use macp_proto::v1::{CommitmentPayload, CommitmentRef};
use proptest::prelude::*;
use prost::Message as _;

fn payload() -> impl Strategy<Value = CommitmentPayload> {
    let reference = (".*", ".*").prop_map(|(session_id, commitment_hash)| CommitmentRef {
        session_id,
        commitment_hash,
    });
    let texts = proptest::array::uniform7(".*");
    (texts, any::<bool>(), proptest::option::of(reference)).prop_map(
        |([id, action, scope, reason, mode, policy, configuration], positive, supersedes)| {
            CommitmentPayload {
                commitment_id: id,
                action,
                authority_scope: scope,
                reason,
                mode_version: mode,
                policy_version: policy,
                configuration_version: configuration,
                outcome_positive: positive,
                supersedes,
            }
        },
    )
}

#[test]
fn a_claim_is_judged_only_if_the_bytes_can_be() {
    let unreadable: [(&str, &[u8]); 12] = [
        ("cut off in a text", b"\x0a\x05ab"),
        ("cut off in a number", b"\x40\x80"),
        ("cut off in a key", b"\x80"),
        (
            "a number that is too long",
            b"\x40\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ),
        ("a text as a number", b"\x08\x01"),
        ("a flag as text", b"\x42\x01a"),
        ("a group", b"\x0b\x0c"),
        ("field 0", b"\x02\x00"),
        ("not UTF-8", b"\x0a\x01\xff"),
        ("field 10", b"\x50\x01"),
        ("field 3 inside supersedes", b"\x4a\x02\x18\x01"),
        ("a cut-off supersedes", b"\x4a\x02\x0a\x05"),
    ];
    let hash = CommitmentHash::of(&CommitmentPayload::default());
    for (what, wire) in unreadable {
        for claim in [hash.as_str(), "no hash"] {
            let outcome = verify(wire, claim);
            assert_eq!(outcome.as_str(), "cannot_verify", "{what}: {outcome:?}");
        }
    }
    assert!(matches!(
        decode_covered(b"\x4a\x02\x18\x01"),
        Err(Unverifiable::UnknownField {
            number: 3,
            in_supersedes: true
        })
    ));
}

#[test]
fn no_bytes_are_the_payload_with_nothing_set() {
    let hash = CommitmentHash::of(&CommitmentPayload::default());
    assert_eq!(verify(b"", hash.as_str()), Verification::Match);
    let upper = hash.as_str().to_uppercase();
    assert_eq!(verify(b"", &upper), Verification::Mismatch { actual: hash });
}

#[test]
fn repeated_fields_merge_as_protobuf_says() {
    // The second text counts; the two references become one.
    let wire = b"\x0a\x01a\x0a\x01b\x4a\x03\x0a\x01s\x4a\x03\x12\x01h";
    let merged = CommitmentPayload {
        commitment_id: "b".into(),
        supersedes: Some(CommitmentRef {
            session_id: "s".into(),
            commitment_hash: "h".into(),
        }),
        ..CommitmentPayload::default()
    };
    assert!(verify(wire, CommitmentHash::of(&merged).as_str()).is_match());
}

proptest! {
    #[test]
    fn what_is_sent_verifies(payload in payload()) {
        let hash = CommitmentHash::of(&payload);
        prop_assert!(verify(&payload.encode_to_vec(), hash.as_str()).is_match());
        let session = SessionId::new("release-2026-11-approval").unwrap();
        prop_assert_eq!(hash.as_str(), reference_to(&session, &payload).commitment_hash);
    }

    #[test]
    fn another_payload_has_another_hash(one in payload(), other in payload()) {
        let same = CommitmentHash::of(&one) == CommitmentHash::of(&other);
        prop_assert_eq!(same, one == other);
    }

    #[test]
    fn arbitrary_bytes_never_panic(wire: Vec<u8>, claim in ".*") {
        let _ = verify(&wire, &claim);
    }

    #[test]
    fn a_field_of_a_newer_version_is_never_passed_over(payload in payload(), number in 10..1000_u32) {
        let mut wire = payload.encode_to_vec();
        prost::encoding::bool::encode(number, &true, &mut wire);
        let outcome = verify(&wire, CommitmentHash::of(&payload).as_str());
        prop_assert_eq!(outcome.as_str(), "cannot_verify");
    }
}
