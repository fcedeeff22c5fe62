//! The JSON that travels in `MACPError.details` and in `macp-error-details-bin`.

use super::Denial;
use macp_proto::DenyCode;
use serde_json::{Map, Value};

#[derive(Debug, Default, PartialEq)]
pub(super) struct Details {
    pub(super) reasons: Vec<String>,
    pub(super) denials: Vec<Denial>,
    pub(super) lowest_available_sequence: Option<u64>,
}

impl Details {
    /// Takes what it understands and drops the rest: an error must not hide behind the error in
    /// its own description.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::default();
        }
        let Ok(Value::Object(mut members)) = serde_json::from_slice(bytes) else {
            return Self::default();
        };
        Self {
            reasons: strings(members.remove("reasons")),
            denials: objects(members.remove("denials")).map(denial).collect(),
            lowest_available_sequence: members
                .get("lowest_available_sequence")
                .and_then(Value::as_u64),
        }
    }
}

fn denial(mut members: Map<String, Value>) -> Denial {
    Denial {
        code: string(members.remove("code")).map_or(DenyCode::Unspecified, DenyCode::from),
        message: string(members.remove("message")).unwrap_or_default(),
        participants: strings(members.remove("participants")),
    }
}

fn string(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn items(value: Option<Value>) -> impl Iterator<Item = Value> {
    match value {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
    .into_iter()
}

fn strings(value: Option<Value>) -> Vec<String> {
    items(value).filter_map(|item| string(Some(item))).collect()
}

fn objects(value: Option<Value>) -> impl Iterator<Item = Map<String, Value>> {
    items(value).filter_map(|item| match item {
        Value::Object(members) => Some(members),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denials_and_reasons() {
        let details = Details::parse(
            r#"{
                "denials": [
                    {"code": "quorum_not_met", "message": "2 of 3 voted – too few", "participants": ["a", "b"]},
                    {"code": "brand_new", "message": "?"}
                ],
                "reasons": ["2 of 3 voted – too few", "?"]
            }"#
            .as_bytes(),
        );
        assert_eq!(
            details.denials,
            [
                Denial {
                    code: DenyCode::QuorumNotMet,
                    message: "2 of 3 voted – too few".into(),
                    participants: vec!["a".into(), "b".into()],
                },
                Denial::new(DenyCode::from("brand_new"), "?"),
            ]
        );
        assert_eq!(details.reasons, ["2 of 3 voted – too few", "?"]);
    }

    #[test]
    fn the_lowest_sequence() {
        let details = Details::parse(br#"{"lowest_available_sequence": 7}"#);
        assert_eq!(details.lowest_available_sequence, Some(7));
    }

    #[test]
    fn what_is_malformed_is_dropped_and_the_rest_kept() {
        let details = Details::parse(
            br#"{"denials": [1, {"code": 5, "participants": [1, "a"]}], "reasons": [null, "kept"], "lowest_available_sequence": -1}"#,
        );
        assert_eq!(
            details.denials,
            [Denial {
                code: DenyCode::Unspecified,
                message: String::new(),
                participants: vec!["a".into()],
            }]
        );
        assert_eq!(details.reasons, ["kept"]);
        assert_eq!(details.lowest_available_sequence, None);
        for garbage in ["", "null", "[]", "{", "\u{0}", r#"{"denials": {}}"#] {
            assert_eq!(Details::parse(garbage.as_bytes()), Details::default());
        }
        assert_eq!(Details::parse(b"\xff\xfe"), Details::default());
    }
}
