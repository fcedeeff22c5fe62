use super::*;
use proptest::prelude::*;

/// JSON that resembles a bootstrap file: its keys, with all sorts of values.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just(String::new()),
        Just("Proposal".to_owned()),
        Just("macp.mode.decision.v1".to_owned()),
        Just("macp.mode.proposal.v1".to_owned()),
        Just("macp.mode.task.v1".to_owned()),
        Just("release-2026-11-approval".to_owned()),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(KEYS), inner, 0..12).prop_map(|map| {
                Value::Object(map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

const KEYS: &[&str] = &[
    "participant_id",
    "session_id",
    "mode",
    "runtime_url",
    "runtime_address",
    "secure",
    "allow_insecure",
    "auth_token",
    "auth",
    "bearer_token",
    "expected_sender",
    "agent_id",
    "participants",
    "mode_version",
    "configuration_version",
    "policy_version",
    "initiator",
    "session_start",
    "intent",
    "ttl_ms",
    "max_suspend_ms",
    "context_id",
    "roots",
    "uri",
    "name",
    "extensions",
    "kickoff",
    "message_type",
    "payload",
    "proposalId",
    "option",
    "title",
    "tags",
    "details",
    "cancel_callback",
    "host",
    "port",
    "path",
];

proptest! {
    #[test]
    fn json_of_any_shape_is_judged_without_a_panic(json in any_json()) {
        let _ = Bootstrap::from_json(&json.to_string());
    }

    #[test]
    fn a_good_file_with_anything_in_one_place_is_judged_without_a_panic(
        key in prop::sample::select(KEYS),
        json in any_json(),
        nest in 0..4,
    ) {
        let at = match nest {
            0 => json!({ key: json }),
            1 => json!({ "initiator": { key: json } }),
            2 => json!({ "initiator": { "session_start": { key: json } } }),
            _ => json!({ "initiator": { "kickoff": { "message_type": "Proposal", "payload": { key: json } } } }),
        };
        let _ = Bootstrap::from_json(&file(at));
    }

    #[test]
    fn text_of_any_kind_is_judged_without_a_panic(text in ".*", cut in any::<prop::sample::Index>()) {
        let _ = Bootstrap::from_json(&text);
        let file = file(json!({ "initiator": { "kickoff": { "message_type": "Proposal" } } }));
        let _ = Bootstrap::from_json(&file[..cut.index(file.len())]);
    }
}
