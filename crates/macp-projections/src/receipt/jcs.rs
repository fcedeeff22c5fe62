//! JSON in canonical form (RFC 8785).

use crate::commitment::canonical::write_string;
use serde_json::Value;
use std::fmt::Write as _;

pub(super) fn write_object<'a>(
    out: &mut String,
    members: impl Iterator<Item = (&'a String, &'a Value)>,
) {
    let mut members: Vec<_> = members.collect();
    // UTF-16 sorts characters above U+FFFF before U+E000; UTF-8 and `str` do not.
    members.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
    out.push('{');
    for (at, (name, value)) in members.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_string(out, name);
        out.push(':');
        write_value(out, value);
    }
    out.push('}');
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => match number.as_f64() {
            Some(value) if number.is_f64() => write_double(out, value),
            // The runtime writes integers in full, also those that a double cannot hold.
            _ => out.push_str(&number.to_string()),
        },
        Value::String(text) => write_string(out, text),
        Value::Array(values) => {
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_value(out, value);
            }
            out.push(']');
        }
        Value::Object(members) => write_object(out, members.iter()),
    }
}

/// A finite double as ECMAScript's `Number::toString` writes it.
fn write_double(out: &mut String, value: f64) {
    if value == 0.0 {
        out.push('0');
        return;
    }
    if value < 0.0 {
        out.push('-');
    }
    let scientific = format!("{:e}", value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = mantissa.replace('.', "");
    // How many digits stand before the point.
    let point = exponent.parse::<i32>().unwrap_or_default() + 1;
    match usize::try_from(point) {
        Ok(before @ 1..=21) if digits.len() <= before => {
            let _ = write!(out, "{digits:0<before$}");
        }
        Ok(before @ 1..=21) => {
            let (whole, fraction) = digits.split_at(before);
            let _ = write!(out, "{whole}.{fraction}");
        }
        _ if (-5..=0).contains(&point) => {
            let zeros = "0".repeat(point.unsigned_abs() as usize);
            let _ = write!(out, "0.{zeros}{digits}");
        }
        _ => {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            let _ = write!(out, "{first}{dot}{rest}e{:+}", point - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        let mut out = String::new();
        write_value(&mut out, &serde_json::from_str(text).unwrap());
        out
    }

    /// Numbers and results of RFC 8785, appendix B, and their neighbours.
    #[test]
    fn doubles_are_written_as_ecmascript_does() {
        let table = [
            ("0.0", "0"),
            ("-0.0", "0"),
            ("1.0", "1"),
            ("-1.5", "-1.5"),
            ("0.1", "0.1"),
            ("123456.789", "123456.789"),
            ("1e20", "100000000000000000000"),
            ("1e21", "1e+21"),
            ("9.999999999999997e22", "9.999999999999997e+22"),
            ("0.000001", "0.000001"),
            ("1e-7", "1e-7"),
            ("1.5e-10", "1.5e-10"),
            ("5e-324", "5e-324"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("333333333.33333329", "333333333.3333333"),
            ("295147905179352830000.0", "295147905179352830000"),
        ];
        for (text, expected) in table {
            assert_eq!(canonical(text), expected, "{text}");
        }
    }

    #[test]
    fn members_are_sorted_by_utf_16() {
        assert_eq!(
            canonical("{\"\u{e000}\":1,\"\u{1f600}\":2,\"b\":[null,{}],\"a\":9007199254740993}"),
            "{\"a\":9007199254740993,\"b\":[null,{}],\"\u{1f600}\":2,\"\u{e000}\":1}"
        );
    }
}
