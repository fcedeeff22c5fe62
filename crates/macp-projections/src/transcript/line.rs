//! One line of a transcript, read strictly.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use macp_proto::InvalidValue;
use macp_proto::v1::Envelope;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
};
use std::fmt;

const MEMBERS: [&str; 8] = [
    "macp_version",
    "message_id",
    "message_type",
    "mode",
    "payload_b64",
    "sender",
    "session_id",
    "timestamp_unix_ms",
];

/// What is wrong with a line.
pub(super) enum Problem {
    /// It is no JSON.
    Json(serde_json::Error),
    /// A member, or the lack of one.
    Member(InvalidValue),
}

pub(super) fn parse(line: &[u8]) -> Result<Envelope, Problem> {
    let mut problem = None;
    let mut deserializer = serde_json::Deserializer::from_slice(line);
    let envelope = LineSeed {
        problem: &mut problem,
    }
    .deserialize(&mut deserializer)
    .and_then(|envelope| deserializer.end().map(|()| envelope));
    envelope.map_err(|error| match problem {
        // Text that ends too early is no JSON, whichever member it ends in.
        Some(problem) if error.is_data() => Problem::Member(problem),
        _ => Problem::Json(error),
    })
}

/// Reads an envelope, and leaves what is wrong with a member in `problem`: an error of serde's
/// carries text only.
struct LineSeed<'a> {
    problem: &'a mut Option<InvalidValue>,
}

impl<'de> DeserializeSeed<'de> for LineSeed<'_> {
    type Value = Envelope;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Envelope, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for LineSeed<'_> {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an envelope's fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Envelope, A::Error> {
        let mut envelope = Envelope::default();
        let mut seen = [false; MEMBERS.len()];
        while let Some(key) = members.next_key::<Key>()? {
            let at = match key {
                Key::Known(at) => at,
                Key::Unknown(name) => {
                    let problem = InvalidValue::new(name, "is unknown", "a line has eight members");
                    members.next_value::<IgnoredAny>()?;
                    return self.fail(problem);
                }
            };
            let name = MEMBERS[at];
            if std::mem::replace(&mut seen[at], true) {
                members.next_value::<IgnoredAny>()?;
                return self.fail(InvalidValue::new(name, "is given twice", "may occur once"));
            }
            if let Err((error, rule)) = read_member(&mut envelope, name, &mut members) {
                *self.problem = Some(InvalidValue::new(name, Reason(&error.to_string()), rule));
                return Err(error);
            }
        }
        match seen.iter().position(|seen| !seen) {
            None => Ok(envelope),
            Some(at) => self.fail(InvalidValue::new(
                MEMBERS[at],
                "is missing",
                "a line has eight members",
            )),
        }
    }
}

/// A member's name: its place among [`MEMBERS`], without an allocation a member.
enum Key {
    Known(usize),
    Unknown(String),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member's name")
            }

            fn visit_str<E>(self, name: &str) -> Result<Key, E> {
                let at = MEMBERS.iter().position(|member| *member == name);
                Ok(at.map_or_else(|| Key::Unknown(name.to_owned()), Key::Known))
            }
        }

        deserializer.deserialize_identifier(KeyVisitor)
    }
}

impl LineSeed<'_> {
    fn fail<E: serde::de::Error>(self, problem: InvalidValue) -> Result<Envelope, E> {
        *self.problem = Some(problem);
        Err(E::custom("a member is wrong"))
    }
}

const TEXT: &str = "must be a string";

fn read_member<'de, A: MapAccess<'de>>(
    envelope: &mut Envelope,
    name: &str,
    members: &mut A,
) -> Result<(), (A::Error, &'static str)> {
    let text = match name {
        "macp_version" => &mut envelope.macp_version,
        "message_id" => &mut envelope.message_id,
        "message_type" => &mut envelope.message_type,
        "mode" => &mut envelope.mode,
        "sender" => &mut envelope.sender,
        "session_id" => &mut envelope.session_id,
        "timestamp_unix_ms" => {
            envelope.timestamp_unix_ms = members
                .next_value()
                .map_err(|error| (error, "must be an integer of 64 bits"))?;
            return Ok(());
        }
        _ => {
            let text: String = members.next_value().map_err(|error| (error, TEXT))?;
            envelope.payload = BASE64
                .decode(text)
                .map_err(|error| {
                    let error = A::Error::custom(format_args!("does not decode: {error}"));
                    (error, "must be standard base64, with padding")
                })?
                .into();
            return Ok(());
        }
    };
    *text = members.next_value().map_err(|error| (error, TEXT))?;
    Ok(())
}

/// serde's message, without the position inside the line that `serde_json` appends.
struct Reason<'a>(&'a str);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.rfind(" at line ").unwrap_or(self.0.len());
        f.write_str(&self.0[..end])
    }
}
