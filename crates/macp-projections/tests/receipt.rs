//! Receipts that no vector covers.
#![cfg(feature = "receipts")]
#![allow(clippy::unwrap_used, reason = "a panic is a test's failure")]

use macp_projections::commitment::CommitmentHash;
use macp_projections::receipt::{AttestationOutcome, Integrity, Receipt, TrustedKeys, Verdict};
use macp_proto::v1::CommitmentPayload;
use proptest::prelude::*;
use serde_json::{Value, json};

const KID: &str = "example-1";
const KEY: &str = "TDVzkxaSf6_Oxu7mmn5TbCkF80s8Ulh33qKQsi0gnZM";

fn receipt() -> Value {
    let payload = CommitmentPayload {
        commitment_id: "c1".into(),
        ..CommitmentPayload::default()
    };
    json!({
        "receipt_format": "macp-receipt/1",
        "commitment": {
            "commitment_id": "c1", "action": "", "authority_scope": "", "reason": "",
            "mode_version": "", "policy_version": "", "configuration_version": "",
            "outcome_positive": false,
        },
        "commitment_hash": CommitmentHash::of(&payload),
        "commitment_wire_b64": "CgJjMQ==",
        "attestations": [],
    })
}

fn integrity_with(member: &str, value: Value) -> Option<Integrity> {
    let mut receipt = receipt();
    *receipt.pointer_mut(member).unwrap() = value;
    let receipt = Receipt::parse(receipt.to_string()).unwrap();
    receipt.verify(&TrustedKeys::new()).integrity
}

fn attested_by(attestation: &Value) -> AttestationOutcome {
    let mut receipt = receipt();
    receipt["attestations"] = json!([attestation]);
    let receipt = Receipt::parse(receipt.to_string()).unwrap();
    let verification = receipt.verify(&TrustedKeys::new().trust(KID, KEY));
    assert_eq!(verification.verdict, Verdict::IntegrityOnly);
    verification.attestations[0]
}

#[test]
fn only_objects_are_receipts() {
    for text in ["", "[]", "null", "{\"issued_at\": NaN}", "{} {}"] {
        assert!(Receipt::parse(text).is_err(), "{text}");
    }
    let text = " {\"issuer\": \"runtime:x\"}\n";
    let receipt = Receipt::parse(text).unwrap();
    assert_eq!(receipt.text(), text);
    assert_eq!(receipt.issuer(), Some("runtime:x"));
    assert_eq!(
        receipt.verify(&TrustedKeys::new()).verdict,
        Verdict::Refused
    );
}

#[test]
fn integrity_of_odd_commitments() {
    use Integrity::{CannotVerify, Match, Mismatch};
    let cases = [
        ("/commitment/commitment_id", json!("c1"), Match),
        ("/commitment/commitment_id", json!("c2"), Mismatch),
        ("/commitment/commitment_id", json!(1), CannotVerify),
        ("/commitment", json!([]), CannotVerify),
        ("/commitment", json!({"other": ""}), CannotVerify),
        (
            "/commitment",
            json!({"commitment_id": "c1", "supersedes": null}),
            CannotVerify,
        ),
        // The same hash, and not the projection of the bytes.
        ("/commitment", json!({"commitment_id": "c1"}), Mismatch),
        ("/commitment_hash", json!(null), Mismatch),
        ("/commitment_wire_b64", json!(null), CannotVerify),
        ("/commitment_wire_b64", json!("CgJjMQ"), CannotVerify),
        ("/commitment_wire_b64", json!("CgJjMVAB"), CannotVerify),
        ("/commitment_wire_b64", json!("CgJjMg=="), Mismatch),
    ];
    for (member, value, expected) in cases {
        assert_eq!(
            integrity_with(member, value.clone()),
            Some(expected),
            "{member} {value}"
        );
    }
}

#[test]
fn odd_attestations() {
    use AttestationOutcome::{Invalid, UnknownKey, Unsupported};
    // {"alg":"EdDSA","kid":"example-1"}, with alg HS256, with another kid, and [].
    let header = "eyJhbGciOiJFZERTQSIsImtpZCI6ImV4YW1wbGUtMSJ9";
    let other_alg = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImV4YW1wbGUtMSJ9";
    let other_kid = "eyJhbGciOiJFZERTQSIsImtpZCI6Im5vYm9keSJ9";
    let signature = "A".repeat(86);
    let jws = |text: String| json!({"type": "jws", "jws": text});
    let cases = [
        (json!("jws"), Unsupported),
        (
            json!({"type": "vendor", "format": "x", "value": "y"}),
            Unsupported,
        ),
        (json!({"type": "jws"}), Invalid),
        (jws(format!("{header}.{signature}")), Invalid),
        (jws(format!("{header}.e30.{signature}")), Invalid),
        (jws(format!("{header}..{signature}.")), Invalid),
        (jws(format!("{header}..{signature}=")), Invalid),
        (jws(format!("!..{signature}")), Invalid),
        (jws(format!("..{signature}")), Invalid),
        (jws(format!("W10..{signature}")), Unsupported),
        (jws(format!("{other_alg}..{signature}")), Unsupported),
        (jws(format!("{other_kid}..{signature}")), UnknownKey),
        (jws(format!("{header}..")), Invalid),
        (jws(format!("{header}..{signature}")), Invalid),
    ];
    for (attestation, expected) in cases {
        assert_eq!(attested_by(&attestation), expected, "{attestation}");
    }
}

#[test]
fn usable_keys_of_a_set() {
    let key = |changes: Value| {
        let mut key = json!({"kty": "OKP", "crv": "Ed25519", "kid": KID, "x": KEY});
        for (name, value) in changes.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    };
    let ids = |keys: Value| {
        let set = TrustedKeys::from_jwks(&json!({"keys": keys}).to_string());
        set.ids().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        ids(json!([key(json!({"alg": "EdDSA", "use": "sig"}))])),
        [KID]
    );
    for unusable in [
        json!({"kty": "EC"}),
        json!({"crv": "X25519"}),
        json!({"kid": ""}),
        json!({"kid": 1}),
        json!({"x": null}),
        json!({"alg": "ES256"}),
        json!({"use": "enc"}),
        json!({"d": "secret"}),
        json!({"k": null}),
    ] {
        let keys = json!([1, key(unusable.clone()), key(json!({"kid": "b"}))]);
        assert_eq!(ids(keys), ["b"], "{unusable}");
    }
    // An id that occurs twice names no key, usable or not.
    assert!(ids(json!([key(json!({})), key(json!({"kty": "EC"}))])).is_empty());
    for text in ["", "[]", "{}", "{\"keys\": {}}"] {
        assert_eq!(TrustedKeys::from_jwks(text), TrustedKeys::new());
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in ".*", jws in "[A-Za-z0-9_.-]{0,80}", keys in ".*") {
        if let Ok(receipt) = Receipt::parse(text) {
            receipt.verify(&TrustedKeys::from_jwks(&keys));
        }
        attested_by(&json!({"type": "jws", "jws": jws}));
    }
}
