use crate::commitment::{CommitmentHash, decode_covered};
use crate::names::names;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use macp_proto::v1::{CommitmentPayload, CommitmentRef};
use serde_json::{Map, Value, json};

names! {
    /// Whether a receipt's commitment is the one that it names.
    pub enum Integrity {
        /// It is.
        Match = "match",
        /// It is another one.
        Mismatch = "mismatch",
        /// It holds something that the hash format does not cover, so that nobody can say.
        CannotVerify = "cannot_verify",
    }
}

pub(super) fn check(receipt: &Map<String, Value>) -> Integrity {
    let Some((commitment, payload)) = receipt
        .get("commitment")
        .and_then(|commitment| Some((commitment, read(commitment)?)))
    else {
        return Integrity::CannotVerify;
    };
    let hash = CommitmentHash::of(&payload);
    let claimed = receipt.get("commitment_hash").and_then(Value::as_str);
    if claimed != Some(hash.as_str()) {
        return Integrity::Mismatch;
    }
    let Some(wire) = receipt.get("commitment_wire_b64") else {
        return Integrity::Match;
    };
    let decoded = wire
        .as_str()
        .and_then(|text| BASE64.decode(text).ok())
        .and_then(|wire| decode_covered(&wire).ok());
    match decoded {
        None => Integrity::CannotVerify,
        // Members that are left out hash as if empty, and are not what the bytes say.
        Some(decoded) if projection(&decoded) == *commitment => Integrity::Match,
        Some(_) => Integrity::Mismatch,
    }
}

/// The projection of a payload, as a receipt shows it (RFC-MACP-0013 §3).
fn projection(payload: &CommitmentPayload) -> Value {
    let mut projection = json!({
        "commitment_id": payload.commitment_id,
        "action": payload.action,
        "authority_scope": payload.authority_scope,
        "reason": payload.reason,
        "mode_version": payload.mode_version,
        "policy_version": payload.policy_version,
        "configuration_version": payload.configuration_version,
        "outcome_positive": payload.outcome_positive,
    });
    if let Some(earlier) = &payload.supersedes {
        projection["supersedes"] = json!({
            "session_id": earlier.session_id,
            "commitment_hash": earlier.commitment_hash,
        });
    }
    projection
}

/// Reads a projection; `None` if it has other members, or members of other types.
fn read(commitment: &Value) -> Option<CommitmentPayload> {
    let mut payload = CommitmentPayload::default();
    for (name, value) in commitment.as_object()? {
        let text = match name.as_str() {
            "commitment_id" => &mut payload.commitment_id,
            "action" => &mut payload.action,
            "authority_scope" => &mut payload.authority_scope,
            "reason" => &mut payload.reason,
            "mode_version" => &mut payload.mode_version,
            "policy_version" => &mut payload.policy_version,
            "configuration_version" => &mut payload.configuration_version,
            "outcome_positive" => {
                payload.outcome_positive = value.as_bool()?;
                continue;
            }
            "supersedes" => {
                payload.supersedes = Some(read_reference(value)?);
                continue;
            }
            _ => return None,
        };
        value.as_str()?.clone_into(text);
    }
    Some(payload)
}

fn read_reference(supersedes: &Value) -> Option<CommitmentRef> {
    let mut reference = CommitmentRef::default();
    for (name, value) in supersedes.as_object()? {
        let text = match name.as_str() {
            "session_id" => &mut reference.session_id,
            "commitment_hash" => &mut reference.commitment_hash,
            _ => return None,
        };
        value.as_str()?.clone_into(text);
    }
    Some(reference)
}
