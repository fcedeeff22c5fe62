use super::*;

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
