//! `tests/conformance/cmt-hash`: the canonical commitment hash (RFC-MACP-0013).

use super::{bytes, read};
use libtest_mimic::{Failed, Trial};
use macp_projections::commitment::{CommitmentHash, is_canonical_hash, verify};
use macp_proto::v1::{CommitmentPayload, CommitmentRef};
use prost::Message as _;
use serde::Deserialize;
use std::path::Path;

/// A payload to hash, or bytes and a claim to verify.
#[derive(Deserialize)]
#[serde(untagged)]
enum Vector {
    Compute {
        payload: Payload,
        preimage_utf8_hex: String,
        hash: String,
    },
    Verify {
        wire_hex: String,
        claimed_hash: String,
        expected_outcome: String,
    },
}

#[derive(Deserialize)]
struct Payload {
    commitment_id: String,
    action: String,
    authority_scope: String,
    reason: String,
    mode_version: String,
    policy_version: String,
    configuration_version: String,
    outcome_positive: bool,
    supersedes: Option<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    session_id: String,
    commitment_hash: String,
}

impl From<Payload> for CommitmentPayload {
    fn from(payload: Payload) -> Self {
        Self {
            commitment_id: payload.commitment_id,
            action: payload.action,
            authority_scope: payload.authority_scope,
            reason: payload.reason,
            mode_version: payload.mode_version,
            policy_version: payload.policy_version,
            configuration_version: payload.configuration_version,
            outcome_positive: payload.outcome_positive,
            supersedes: payload.supersedes.map(|earlier| CommitmentRef {
                session_id: earlier.session_id,
                commitment_hash: earlier.commitment_hash,
            }),
        }
    }
}

pub(super) fn trials(package: &Path) -> Vec<Trial> {
    let folder = package.join("tests/conformance/cmt-hash");
    let files: Vec<_> = macp_test_data::files(&folder, ".json")
        .unwrap()
        .into_iter()
        .filter(|file| file.file_stem().unwrap() != "vector-schema")
        .collect();
    assert_eq!(files.len(), 10, "vectors in {}", folder.display());
    let trial = |file: std::path::PathBuf| {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        Trial::test(name, move || check(read(&file)))
    };
    files.into_iter().map(trial).collect()
}

fn check(vector: Vector) -> Result<(), Failed> {
    let (wire, claim, expected) = match vector {
        Vector::Compute {
            payload,
            preimage_utf8_hex,
            hash,
        } => {
            let payload = CommitmentPayload::from(payload);
            let computed = CommitmentHash::of(&payload);
            if computed != *hash {
                let preimage = String::from_utf8(bytes(&preimage_utf8_hex))?;
                return Err(format!("{computed} is not {hash} of {preimage}").into());
            }
            assert!(is_canonical_hash(&hash));
            (payload.encode_to_vec(), hash, "match".to_owned())
        }
        Vector::Verify {
            wire_hex,
            claimed_hash,
            expected_outcome,
        } => (bytes(&wire_hex), claimed_hash, expected_outcome),
    };
    let outcome = verify(&wire, &claim);
    if outcome.as_str() == expected {
        Ok(())
    } else {
        Err(format!("{outcome:?} where {expected} was expected").into())
    }
}
