//! Commitment hashes, receipts and contributions against the reference implementation.

use macp_projections::commitment::{Verification, verify};
use macp_projections::payload::Contribution;
use macp_projections::receipt::{Receipt, TrustedKeys};
use macp_proto::modes::multi_round::ContributePayload;
use macp_proto::v1::{CommitmentPayload, CommitmentRef};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use prost::Message as _;
use serde_json::{Value, json};
use upstream_core::commitment_hash::{
    VerifyOutcome, commitment_hash_of_wire, verify_commitment_hash,
};
use upstream_core::receipt::{ReceiptInputs, ReceiptSigner, build};
use upstream_modes::mode::multi_round::parse_contribute_value;

const KID: &str = "key \"1\" \u{1f511}";
const SEED: [u8; 32] = [7; 32];

fn payload() -> impl Strategy<Value = CommitmentPayload> {
    let reference = (any::<String>(), any::<String>());
    let reference = reference.prop_map(|(session_id, commitment_hash)| CommitmentRef {
        session_id,
        commitment_hash,
    });
    let texts = proptest::array::uniform7(any::<String>());
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

/// Fields that are mostly those of a commitment, mostly whole.
fn wire() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof![
        6 => "[a-z]{0,3}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..3),
    ];
    let inner = (prop_oneof![8 => 1..3_u8, 1 => 0..6_u8], text.clone());
    let reference = vec(inner, 0..3).prop_map(|fields| {
        let field = |(number, text): (u8, Vec<u8>)| field(number, 2, &text);
        fields.into_iter().flat_map(field).collect::<Vec<_>>()
    });
    let one = prop_oneof![
        6 => (1..8_u8, text.clone()).prop_map(|(number, text)| field(number, 2, &text)),
        2 => any::<bool>().prop_map(|flag| vec![8 << 3, flag.into()]),
        3 => reference.prop_map(|reference| field(9, 2, &reference)),
        1 => (0..16_u8, 0..8_u8, text).prop_map(|(number, kind, text)| field(number, kind, &text)),
    ];
    (
        vec(one, 0..6),
        proptest::option::weighted(0.1, any::<Index>()),
    )
        .prop_map(|(fields, cut)| {
            let mut wire = fields.concat();
            if let Some(cut) = cut {
                wire.truncate(cut.index(wire.len() + 1));
            }
            wire
        })
}

fn field(number: u8, kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | kind, u8::try_from(bytes.len()).unwrap()];
    field.extend_from_slice(bytes);
    field
}

fn upstream_word(outcome: &VerifyOutcome) -> &'static str {
    match outcome {
        VerifyOutcome::Match => "match",
        VerifyOutcome::Mismatch { .. } => "mismatch",
        _ => "cannot_verify",
    }
}

fn signed_receipt(payload: &CommitmentPayload, issuer: &str) -> Value {
    let wire = payload.encode_to_vec();
    let inputs = ReceiptInputs::new(
        "s",
        "macp.mode.decision.v1",
        &wire,
        issuer,
        "2026-10-24T12:00:00Z",
    )
    .semantics_rev("macp-runtime", 4);
    let signer = ReceiptSigner::from_seed(&SEED, KID).unwrap();
    serde_json::from_slice(&build(&inputs, Some(&signer)).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn bytes_are_verified_alike(wire in wire(), right in any::<bool>()) {
        let claim = match commitment_hash_of_wire(&wire) {
            Ok(hash) if right => hash,
            _ => "sha256:".to_owned(),
        };
        let ours = verify(&wire, &claim);
        let upstream = verify_commitment_hash(&wire, &claim);
        prop_assert_eq!(ours.as_str(), upstream_word(&upstream), "{:?}, {:?}", ours, upstream);
        if let (Verification::Mismatch { actual }, VerifyOutcome::Mismatch { computed }) = (ours, upstream) {
            prop_assert_eq!(actual.as_str(), computed);
        }
    }

    #[test]
    fn receipts_are_verified_alike(
        payload in payload(),
        issuer: String,
        member in select(&[
            "/commitment/reason", "/commitment/outcome_positive", "/commitment/supersedes",
            "/commitment", "/commitment_hash", "/commitment_wire_b64", "/issuer", "/session_id",
            "/semantics_rev/rev", "/attestations", "/attestations/0/jws", "/attestations/0/type",
            "/unheard-of", "/receipt_format",
        ][..]),
        value in prop_oneof![
            Just(None),
            any::<String>().prop_map(|text| Some(json!(text))),
            any::<f64>().prop_map(|number| Some(json!(number))),
            any::<i64>().prop_map(|number| Some(json!(number))),
            any::<bool>().prop_map(|flag| Some(json!(flag))),
            Just(Some(Value::Null)),
            Just(Some(json!({"session_id": ""}))),
            Just(Some(json!([{"type": "jws", "jws": "e30.."}]))),
        ],
    ) {
        let mut receipt = signed_receipt(&payload, &issuer);
        let (parent, name) = member.rsplit_once('/').unwrap();
        if let (Some(value), Some(parent)) = (value.clone(), receipt.pointer_mut(parent)) {
            parent[name] = value;
        }
        let signer = ReceiptSigner::from_seed(&SEED, KID).unwrap();
        let x = signer.public_jwk()["x"].as_str().unwrap().to_owned();
        let upstream = upstream_core::receipt::verify(&receipt, &[(KID.to_owned(), x)].into());
        let jwks = json!({"keys": [signer.public_jwk()]}).to_string();
        let ours = Receipt::parse(receipt.to_string()).unwrap().verify(&TrustedKeys::from_jwks(&jwks));
        prop_assert_eq!(
            serde_json::to_value(&ours).unwrap(),
            serde_json::to_value(&upstream).unwrap(),
            "{}", receipt
        );
        if value.is_none() {
            prop_assert_eq!(ours.verdict.as_str(), "attested");
        }
    }

    #[test]
    fn contributions_are_read_alike(
        bytes in prop_oneof![
            vec(any::<u8>(), 0..20).boxed(),
            "[ ]{0,2}\\{\"value\": ?\"[a-z]{0,120}\"\\}".prop_map(String::into_bytes).boxed(),
            "\\[\"a\"(,\"b\")?\\]|\\{\"value\":1\\}|\\{\"value\":\"a\",\"x\":\"b\"\\}".prop_map(String::into_bytes).boxed(),
        ]
        .prop_flat_map(|text| {
            let bytes = text;
            let message = ContributePayload { value: String::from_utf8_lossy(&bytes).into_owned() };
            prop_oneof![Just(bytes), Just(message.encode_to_vec())]
        }),
    ) {
        // The revision of the pinned runtime, with the tie-break.
        let upstream = parse_contribute_value(&bytes, 4).ok();
        prop_assert_eq!(Contribution::read(&bytes).value, upstream);
    }
}
