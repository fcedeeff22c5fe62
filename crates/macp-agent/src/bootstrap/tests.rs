use super::*;
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;
use std::time::Duration;

/// A usable file with `changes` merged into it; `null` takes a key away.
fn file(changes: Value) -> String {
    let mut file = json!({
        "participant_id": "alice",
        "session_id": "release-2026-11-approval",
        "mode": "macp.mode.decision.v1",
        "runtime_url": "https://runtime.internal:50051",
    });
    merge(&mut file, changes);
    file.to_string()
}

fn merge(into: &mut Value, changes: Value) {
    match (into, changes) {
        (Value::Object(into), Value::Object(changes)) => {
            for (key, value) in changes {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, value) => *into = value,
    }
}

fn good(changes: Value) -> Bootstrap {
    let text = file(changes);
    Bootstrap::from_json(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[track_caller]
fn bad(changes: Value) -> String {
    match Bootstrap::from_json(&file(changes)) {
        Err(BootstrapError::Invalid(invalid)) => invalid.to_string(),
        other => panic!("not refused for a key: {other:?}"),
    }
}

fn started(changes: &Value) -> SessionToStart {
    good(json!({ "initiator": { "session_start": changes } }))
        .initiator
        .unwrap()
        .session_start
}

fn kickoff(mode: &str, kickoff: &Value) -> Option<Kickoff> {
    good(json!({ "mode": mode, "initiator": { "kickoff": kickoff } }))
        .initiator
        .unwrap()
        .kickoff
}

#[test]
fn the_smallest_file_and_its_defaults() {
    let bootstrap = good(json!({}));
    insta::assert_debug_snapshot!(bootstrap, @r#"
    Bootstrap {
        participant_id: "alice",
        session_id: "release-2026-11-approval",
        mode: Decision,
        endpoint: "https://runtime.internal:50051",
        secure: true,
        credentials: Credentials {
            sender: Some(
                "alice",
            ),
            expected: Some(
                "alice",
            ),
            ..
        },
        participants: [],
        mode_version: None,
        configuration_version: None,
        policy_version: "policy.default",
        initiator: None,
        cancel_callback: None,
    }
    "#);
}

#[test]
fn the_address_is_the_second_choice() {
    let both = json!({ "runtime_address": "runtime:1" });
    assert_eq!(good(both).endpoint, "https://runtime.internal:50051");
    let address = json!({ "runtime_url": null, "runtime_address": "runtime:1" });
    assert_eq!(good(address).endpoint, "runtime:1");
    insta::assert_snapshot!(bad(json!({ "runtime_url": null })), @"runtime_url: is missing, and so is runtime_address; one of them must be given");
    insta::assert_snapshot!(bad(json!({ "runtime_url": "https://u:p@host:1" })), @"runtime_url: contains '@'; user and password have no place in it");
}

#[test]
fn plaintext_takes_two_keys() {
    let insecure = good(json!({ "secure": false, "allow_insecure": true }));
    assert!(!insecure.secure);
    assert!(good(json!({ "allow_insecure": true })).secure);
    insta::assert_snapshot!(bad(json!({ "secure": false })), @"secure: is false; needs allow_insecure to be true: credentials would travel in the clear");
    insta::assert_snapshot!(bad(json!({ "secure": "no" })), @"secure: is a text; must be true or false");
}

#[test]
fn credentials_in_their_order() {
    let sender = |changes| {
        let credentials = good(changes).credentials;
        (
            credentials.sender().map(str::to_owned),
            format!("{credentials:?}"),
        )
    };
    let alice = Some("alice".to_owned());
    let bearer = json!({
        "auth_token": "marker-1",
        "auth": { "bearer_token": "marker-2", "expected_sender": "bob" },
        "agent_id": "carol",
    });
    assert_eq!(sender(bearer.clone()).0, alice);
    let mut nested = bearer;
    nested["auth_token"] = Value::Null;
    assert_eq!(sender(nested.clone()).0.as_deref(), Some("bob"));
    nested["auth"]["expected_sender"] = Value::Null;
    assert_eq!(sender(nested.clone()).0, alice);
    nested["auth"]["bearer_token"] = Value::Null;
    nested["auth"]["agent_id"] = "dave".into();
    let (hint, shown) = sender(nested.clone());
    assert_eq!(hint.as_deref(), Some("carol"));
    assert!(shown.contains(r#"expected: Some("alice")"#), "{shown}");
    nested["agent_id"] = Value::Null;
    assert_eq!(sender(nested).0.as_deref(), Some("dave"));
    assert_eq!(sender(json!({})).0, alice);
}

#[test]
fn tokens_that_cannot_be_sent_and_do_not_show() {
    for changes in [
        json!({ "auth_token": "marker secret" }),
        json!({ "auth_token": ["marker"] }),
        json!({ "auth_token": "" }),
        json!({ "auth": { "bearer_token": "marker\nsecret" } }),
        json!({ "auth": { "bearer_token": "" } }),
        json!({ "agent_id": "marker secret" }),
        json!({ "auth": "marker" }),
        json!({ "cancel_callback":
            { "host": "h", "port": 1, "path": "p", "bearer_token": "marker secret" } }),
    ] {
        let error = bad(changes);
        assert!(!error.contains("marker"), "{error}");
        assert!(error.contains("must be"), "{error}");
    }
    let shown = format!(
        "{:?}",
        good(json!({
            "auth_token": "marker",
            "cancel_callback": { "host": "h", "port": 1, "path": "p", "bearer_token": "marker" },
        }))
    );
    assert!(!shown.contains("marker"), "{shown}");
}

#[test]
fn keys_that_are_required() {
    insta::assert_snapshot!(bad(json!({ "participant_id": null })), @"participant_id: is missing; must be given");
    insta::assert_snapshot!(bad(json!({ "participant_id": " " })), @"participant_id: is blank; must contain more than white space");
    insta::assert_snapshot!(bad(json!({ "session_id": null })), @"session_id: is missing; must be given");
    insta::assert_snapshot!(bad(json!({ "session_id": "short" })), @r#"session_id: "short" has 5 characters; a session id is a lower-case UUID of version 4 or 7, or 22 to 128 characters of A-Z a-z 0-9 _ -"#);
    insta::assert_snapshot!(bad(json!({ "mode": 7 })), @"mode: is a number; must be a text");
}

#[test]
fn lists_that_are_no_lists_are_ignored() {
    assert_eq!(
        good(json!({ "participants": "alice" })).participants,
        [""; 0]
    );
    assert_eq!(
        good(json!({ "participants": ["a", "b"] })).participants,
        ["a", "b"]
    );
    insta::assert_snapshot!(bad(json!({ "participants": ["a", 1] })), @"participants[1]: is a number; must be a text");
}

#[test]
fn a_session_to_start_inherits_from_the_file() {
    let bootstrap = good(json!({
        "participants": ["alice", "bob"],
        "mode_version": "2.0.0",
        "configuration_version": "config.7",
        "policy_version": "policy.majority",
        "initiator": {},
    }));
    let start = bootstrap.initiator.unwrap().session_start;
    insta::assert_debug_snapshot!(start, @r#"
    SessionToStart {
        intent: "",
        participants: [
            "alice",
            "bob",
        ],
        ttl: 300s,
        max_suspend: 0ns,
        context_id: "",
        roots: [],
        mode_version: Some(
            "2.0.0",
        ),
        configuration_version: Some(
            "config.7",
        ),
        policy_version: "policy.majority",
        extensions: {},
    }
    "#);
}

#[test]
fn a_session_to_start_says_everything() {
    let start = started(&json!({
        "intent": "pick a plan",
        "participants": ["alice", "bob"],
        "ttl_ms": 60000,
        "max_suspend_ms": 5000,
        "context_id": "ctx-1",
        "roots": [{ "uri": "file:///plans", "name": "plans" }, { "uri": "file:///data" }],
        "mode_version": "3.0.0",
        "configuration_version": "config.8",
        "policy_version": "policy.unanimous",
        "extensions": { "a": "pack", "b": "not base64!" },
    }));
    insta::assert_debug_snapshot!(start, @r#"
    SessionToStart {
        intent: "pick a plan",
        participants: [
            "alice",
            "bob",
        ],
        ttl: 60s,
        max_suspend: 5s,
        context_id: "ctx-1",
        roots: [
            Root {
                uri: "file:///plans",
                name: "plans",
            },
            Root {
                uri: "file:///data",
                name: "",
            },
        ],
        mode_version: Some(
            "3.0.0",
        ),
        configuration_version: Some(
            "config.8",
        ),
        policy_version: "policy.unanimous",
        extensions: {
            "a": b"\xa5\xa7$",
            "b": b"not base64!",
        },
    }
    "#);
    // What it is sent as.
    let sent = start.to_session_start(&SessionId::new("release-2026-11-approval").unwrap());
    let sent = format!("{sent:?}");
    for part in [
        "pick a plan",
        "bob",
        "60s",
        "5s",
        "ctx-1",
        "file:///data",
        "3.0.0",
        "config.8",
    ] {
        assert!(sent.contains(part), "{part} is not in {sent}");
    }
}

#[test]
fn session_starts_that_are_refused() {
    let bad_start = |start: Value| bad(json!({ "initiator": { "session_start": start } }));
    insta::assert_snapshot!(bad_start(json!({ "ttl_ms": 0 })), @"initiator.session_start.ttl_ms: is 0; must be from 1 to 86400000");
    insta::assert_snapshot!(bad_start(json!({ "ttl_ms": 86_400_001 })), @"initiator.session_start.ttl_ms: is 86400001; must be from 1 to 86400000");
    insta::assert_snapshot!(bad_start(json!({ "ttl_ms": "300000" })), @"initiator.session_start.ttl_ms: is a text; must be a whole number from 0");
    insta::assert_snapshot!(bad_start(json!({ "ttl_ms": 1.5 })), @"initiator.session_start.ttl_ms: is a number with a fraction; must be a whole number from 0");
    insta::assert_snapshot!(bad_start(json!({ "max_suspend_ms": -1 })), @"initiator.session_start.max_suspend_ms: is a negative number; must be a whole number from 0");
    insta::assert_snapshot!(bad_start(json!({ "roots": [{ "name": "n" }] })), @"initiator.session_start.roots[0].uri: is missing; must be given");
    insta::assert_snapshot!(bad_start(json!({ "roots": [1] })), @"initiator.session_start.roots[0]: is a number; must be an object");
    insta::assert_snapshot!(bad_start(json!({ "extensions": [] })), @"initiator.session_start.extensions: is a list; must be an object");
    insta::assert_snapshot!(bad_start(json!({ "extensions": { "k": 1 } })), @"initiator.session_start.extensions.k: is a number; must be a text");
    insta::assert_snapshot!(bad_start(json!({ "policy_version": " " })), @"initiator.session_start.policy_version: is blank; must contain more than white space");
}

#[test]
fn extensions_are_base64_or_text() {
    let start = started(&json!({ "extensions": { "a": "YWJj", "b": "abc" } }));
    assert_eq!(start.extensions["a"], Bytes::from("abc"));
    assert_eq!(start.extensions["b"], Bytes::from("abc"));
    assert_eq!(started(&json!({ "extensions": null })).extensions.len(), 0);
    assert_eq!(started(&json!({})).ttl, Duration::from_secs(300));
}

#[test]
fn a_kickoff_is_the_first_proposal() {
    let proposal = |payload: Value| json!({ "message_type": "Proposal", "payload": payload });
    insta::assert_debug_snapshot!(
        kickoff(
            "macp.mode.decision.v1",
            &proposal(json!({ "proposalId": "p1", "proposal_id": "p2", "option": "o", "title": "t",
                "rationale": "r" })),
        ),
        @r#"
        Some(
            Decision(
                ProposalPayload {
                    proposal_id: "p1",
                    option: "o",
                    rationale: "r",
                    supporting_data: b"",
                },
            ),
        )
        "#
    );
    insta::assert_debug_snapshot!(
        kickoff("macp.mode.decision.v1", &proposal(json!({ "option": "", "decide": "d" }))),
        @r#"
        Some(
            Decision(
                ProposalPayload {
                    proposal_id: "release-2026-11-approval-kickoff",
                    option: "d",
                    rationale: "",
                    supporting_data: b"",
                },
            ),
        )
        "#
    );
    insta::assert_debug_snapshot!(
        kickoff(
            "macp.mode.proposal.v1",
            &proposal(json!({ "proposal_id": "p2", "option": "o", "summary": "s", "details": "\u{e9}",
                "tags": ["x", "y"] })),
        ),
        @r#"
        Some(
            Proposal(
                ProposalPayload {
                    proposal_id: "p2",
                    title: "o",
                    summary: "s",
                    details: b"\xc3\xa9",
                    tags: [
                        "x",
                        "y",
                    ],
                },
            ),
        )
        "#
    );
    let no_list = kickoff("macp.mode.proposal.v1", &proposal(json!({ "tags": "x" })));
    assert!(
        matches!(no_list, Some(Kickoff::Proposal(p)) if p.tags.is_empty() && p.title.is_empty())
    );
}

#[test]
fn kickoffs_that_do_nothing_and_that_cannot_be() {
    for ignored in [
        json!({}),
        json!({ "message_type": "Vote", "payload": { "vote": "APPROVE" } }),
        json!({ "payload": { "option": "o" } }),
    ] {
        assert_eq!(kickoff("macp.mode.task.v1", &ignored), None);
    }
    let bad_kickoff = |mode: &str, kickoff: Value| {
        bad(json!({ "mode": mode, "initiator": { "kickoff": kickoff } }))
    };
    insta::assert_snapshot!(
        bad_kickoff("macp.mode.task.v1", json!({ "message_type": "Proposal" })),
        @"initiator.kickoff.message_type: is Proposal in a session of macp.mode.task.v1; only decision and proposal sessions have proposals"
    );
    insta::assert_snapshot!(
        bad_kickoff("macp.mode.decision.v1", json!({ "message_type": "Proposal" })),
        @"initiator.kickoff.payload.option: is empty; must contain more than white space"
    );
    insta::assert_snapshot!(
        bad_kickoff(
            "macp.mode.proposal.v1",
            json!({ "message_type": "Proposal", "payload": { "tags": [1] } }),
        ),
        @"initiator.kickoff.payload.tags[0]: is a number; must be a text"
    );
}

#[test]
fn a_cancel_callback_needs_three_keys() {
    let cancel = |callback: Value| good(json!({ "cancel_callback": callback })).cancel_callback;
    let complete = json!({ "host": "127.0.0.1", "port": 0, "path": "cancel" });
    insta::assert_debug_snapshot!(cancel(complete.clone()), @r#"
    Some(
        CancelEndpoint {
            host: "127.0.0.1",
            port: 0,
            path: "/cancel",
            has_bearer_token: false,
        },
    )
    "#);
    for key in ["host", "port", "path"] {
        let mut incomplete = complete.clone();
        incomplete[key] = Value::Null;
        assert!(cancel(incomplete).is_none(), "{key}");
    }
    insta::assert_snapshot!(
        bad(json!({ "cancel_callback": { "host": "h", "port": 65_536, "path": "p" } })),
        @"cancel_callback.port: is 65536; must be from 0 to 65535"
    );
    insta::assert_snapshot!(bad(json!({ "cancel_callback": 5 })), @"cancel_callback: is a number; must be an object");
}

#[test]
fn what_is_no_file_says_so() {
    let not_there = Bootstrap::from_path("/no/such/bootstrap.json").unwrap_err();
    insta::assert_snapshot!(not_there, @"the bootstrap file /no/such/bootstrap.json cannot be read");
    assert!(std::error::Error::source(&not_there).is_some());
    insta::assert_snapshot!(Bootstrap::from_json("{\n  nonsense").unwrap_err(), @"the bootstrap file is not JSON: line 2, column 3");
    insta::assert_snapshot!(Bootstrap::from_json("[]").unwrap_err(), @"the bootstrap file is not usable: the file: is a list; must be an object");
    assert_eq!(
        Bootstrap::from_json("{}").unwrap_err().key(),
        Some("participant_id")
    );
}

#[test]
fn a_path_wins_over_the_environment() {
    let variable = |path: &str| Some(path.into());
    let given = Path::new("/given.json");
    assert_eq!(chosen(Some(given), variable("/e.json")).unwrap(), given);
    assert_eq!(
        chosen(None, variable("/e.json")).unwrap(),
        Path::new("/e.json")
    );
    for nothing in [None, variable("")] {
        assert!(matches!(chosen(None, nothing), Err(BootstrapError::NoPath)));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alice.json");
    std::fs::write(&path, file(json!({}))).unwrap();
    let bootstrap = Bootstrap::load(Some(&path)).unwrap();
    assert_eq!(bootstrap.participant_id, "alice");
}

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
