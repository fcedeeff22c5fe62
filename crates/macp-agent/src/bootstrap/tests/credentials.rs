use super::*;

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
