//! Serde for doubles that may not be finite, which JSON numbers cannot say.

use serde::{Deserialize, Deserializer, Serializer, de};

#[derive(Deserialize)]
#[serde(untagged)]
enum Double<'a> {
    Number(f64),
    Word(std::borrow::Cow<'a, str>),
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(crate) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if !serializer.is_human_readable() || value.is_finite() {
        return serializer.serialize_f64(*value);
    }
    serializer.serialize_str(match value {
        _ if value.is_nan() => "NaN",
        _ if *value > 0.0 => "Infinity",
        _ => "-Infinity",
    })
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    if !deserializer.is_human_readable() {
        return f64::deserialize(deserializer);
    }
    match Double::deserialize(deserializer)? {
        Double::Number(value) => Ok(value),
        Double::Word(word) => match &*word {
            "NaN" => Ok(f64::NAN),
            "Infinity" => Ok(f64::INFINITY),
            "-Infinity" => Ok(f64::NEG_INFINITY),
            other => Err(de::Error::custom(format_args!("{other:?} is no number"))),
        },
    }
}
