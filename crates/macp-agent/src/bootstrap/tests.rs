mod any_file;
mod credentials;
mod files;
mod keys;
mod kickoffs;
mod session_starts;

use super::*;
use serde_json::json;

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
