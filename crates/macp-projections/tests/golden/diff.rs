//! What two JSON documents disagree about.

use serde_json::Value;

/// One line a difference: the JSON path, then both values.
pub(crate) fn between(expected: &Value, ours: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    compare("$", Some(expected), Some(ours), &mut differences);
    differences
}

fn compare(path: &str, expected: Option<&Value>, ours: Option<&Value>, out: &mut Vec<String>) {
    match (expected, ours) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            for (key, value) in left {
                compare(
                    &format!("{path}[{key:?}]"),
                    Some(value),
                    right.get(key),
                    out,
                );
            }
            for (key, value) in right.iter().filter(|(key, _)| !left.contains_key(*key)) {
                compare(&format!("{path}[{key:?}]"), None, Some(value), out);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for at in 0..left.len().max(right.len()) {
                compare(&format!("{path}[{at}]"), left.get(at), right.get(at), out);
            }
        }
        (Some(left), Some(right)) if same(left, right) => {}
        _ => out.push(format!(
            "{path}: expected {}, ours {}",
            shown(expected),
            shown(ours)
        )),
    }
}

/// Numbers compare as written, which tells -0.0 from 0.0 and 1 from 1.0.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.to_string() == right.to_string(),
        _ => left == right,
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

/// JSON pointers to every value without members, empty collections included.
pub(crate) fn leaves(value: &Value) -> Vec<String> {
    let mut out = Vec::new();
    walk(value, String::new(), &mut out);
    out
}

fn walk(value: &Value, pointer: String, out: &mut Vec<String>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                walk(value, format!("{pointer}/{key}"), out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, value) in items.iter().enumerate() {
                walk(value, format!("{pointer}/{at}"), out);
            }
        }
        _ => out.push(pointer),
    }
}

pub(crate) fn change(value: &mut Value) {
    *value = match value {
        Value::Null => true.into(),
        Value::Bool(value) => (!*value).into(),
        Value::Number(value) => match value.as_i64() {
            Some(value) => value.wrapping_add(1).into(),
            None => Value::Null,
        },
        Value::String(value) => format!("{value}!").into(),
        Value::Array(_) | Value::Object(_) => Value::Null,
    };
}
