use super::*;
use bytes::Bytes;
use std::time::Duration;

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
