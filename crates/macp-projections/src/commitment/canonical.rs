//! The JSON text that a commitment is hashed as (RFC-MACP-0013 §3, and RFC 8785 for its form).

use macp_proto::v1::CommitmentPayload;
use std::fmt::Write as _;

/// Appends the payload's projection: members sorted, no white space, `supersedes` only if set.
pub(super) fn write_commitment(out: &mut String, payload: &CommitmentPayload) {
    let member = |out: &mut String, name: &str, value: &str| {
        let _ = write!(out, "\"{name}\":");
        write_string(out, value);
        out.push(',');
    };
    out.push('{');
    member(out, "action", &payload.action);
    member(out, "authority_scope", &payload.authority_scope);
    member(out, "commitment_id", &payload.commitment_id);
    member(out, "configuration_version", &payload.configuration_version);
    member(out, "mode_version", &payload.mode_version);
    let _ = write!(out, "\"outcome_positive\":{},", payload.outcome_positive);
    member(out, "policy_version", &payload.policy_version);
    out.push_str("\"reason\":");
    write_string(out, &payload.reason);
    if let Some(earlier) = &payload.supersedes {
        out.push_str(",\"supersedes\":{");
        member(out, "commitment_hash", &earlier.commitment_hash);
        out.push_str("\"session_id\":");
        write_string(out, &earlier.session_id);
        out.push('}');
    }
    out.push('}');
}

/// Appends a JSON string in RFC 8785's form: nothing is escaped that need not be.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..' ' => {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
