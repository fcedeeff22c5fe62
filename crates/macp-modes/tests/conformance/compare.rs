//! Comparison with what a fixture expects: a part of the whole.

use serde_json::Value;

/// Every member that is expected is there with its value; others may be there too. Lists are
/// compared item by item.
#[track_caller]
pub(crate) fn assert_contains(name: &str, actual: &Value, expected: &Value) {
    let mut differences = Vec::new();
    compare(name, actual, expected, &mut differences);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn compare(path: &str, actual: &Value, expected: &Value, differences: &mut Vec<String>) {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            for (name, expected) in expected {
                let actual = actual.get(name).unwrap_or(&Value::Null);
                compare(&format!("{path}.{name}"), actual, expected, differences);
            }
        }
        (Value::Array(actual), Value::Array(expected)) if actual.len() == expected.len() => {
            for (at, (actual, expected)) in actual.iter().zip(expected).enumerate() {
                compare(&format!("{path}[{at}]"), actual, expected, differences);
            }
        }
        _ if actual == expected => {}
        _ => differences.push(format!("{path}: {actual} instead of {expected}")),
    }
}
