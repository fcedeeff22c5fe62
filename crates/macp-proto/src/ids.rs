use crate::InvalidValue;
use std::fmt;
use std::sync::Arc;

/// The most bytes a session id may have.
const SESSION_ID_MAX: usize = 128;
/// The fewest characters of a session id that is not a UUID.
const SESSION_ID_MIN: usize = 22;
const SESSION_ID_RULE: &str = "a session id is a lower-case UUID of version 4 or 7, \
                               or 22 to 128 characters of A-Z a-z 0-9 _ -";

macro_rules! id {
    ($(#[$meta:meta])* $name:ident, check: $check:path) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks `id` and keeps it.
            pub fn new(id: impl AsRef<str>) -> Result<Self, InvalidValue> {
                let id = id.as_ref();
                $check(id)?;
                Ok(Self(id.into()))
            }

            /// A fresh id: a random (version 4) UUID.
            #[cfg(feature = "random")]
            pub fn random() -> Self {
                let mut buffer = uuid::Uuid::encode_buffer();
                let text: &str = uuid::Uuid::new_v4().hyphenated().encode_lower(&mut buffer);
                Self(text.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidValue;

            fn from_str(id: &str) -> Result<Self, Self::Err> {
                Self::new(id)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidValue;

            fn try_from(id: &str) -> Result<Self, Self::Error> {
                Self::new(id)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidValue;

            fn try_from(id: String) -> Result<Self, Self::Error> {
                Self::new(id)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().to_owned()
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let id = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Self::new(id).map_err(serde::de::Error::custom)
            }
        }
    };
}

id! {
    /// A session's id, as RFC-MACP-0001 §7 and the runtime admit it.
    ///
    /// Either a lower-case hyphenated UUID of version 4 or 7, or 22 to 128 characters of the
    /// base64url alphabet. What has the shape of a UUID must follow the first rule.
    ///
    /// ```
    /// use macp_proto::SessionId;
    ///
    /// assert!(SessionId::new("0192f0c4-1f5e-7c3a-9b1d-2f6a3c4d5e6f").is_ok());
    /// assert!(SessionId::new("release-2026-11-approval").is_ok());
    /// assert!(SessionId::new("not-a-uuid").is_err());
    /// ```
    SessionId, check: check_session_id
}

id! {
    /// A message's id, unique within its session; it makes a repeated send harmless.
    ///
    /// It may be any text that is not blank.
    MessageId, check: check_message_id
}

id! {
    /// The id of a `Commitment`. It may be any text that is not blank.
    CommitmentId, check: check_commitment_id
}

fn check_message_id(id: &str) -> Result<(), InvalidValue> {
    InvalidValue::if_blank("message_id", id)
}

fn check_commitment_id(id: &str) -> Result<(), InvalidValue> {
    InvalidValue::if_blank("commitment_id", id)
}

fn check_session_id(id: &str) -> Result<(), InvalidValue> {
    session_id_problem(id).map_or(Ok(()), |problem| {
        Err(InvalidValue::new("session_id", problem, SESSION_ID_RULE))
    })
}

fn session_id_problem(id: &str) -> Option<String> {
    if id.len() > SESSION_ID_MAX {
        return Some(format!("has {} bytes", id.len()));
    }
    if has_uuid_shape(id) {
        if id.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Some(format!("{id:?} is a UUID with upper-case digits"));
        }
        // The first digit of the third group is a UUID's version (RFC 9562).
        let version = id.as_bytes()[14];
        return (!matches!(version, b'4' | b'7'))
            .then(|| format!("{id:?} is a UUID of version {}", char::from(version)));
    }
    if let Some(stray) = id
        .chars()
        .find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')))
    {
        return Some(format!("{id:?} contains {stray:?}"));
    }
    (id.len() < SESSION_ID_MIN).then(|| format!("{id:?} has {} characters", id.len()))
}

/// Whether `id` is five groups of 8, 4, 4, 4 and 12 hexadecimal digits joined by hyphens.
fn has_uuid_shape(id: &str) -> bool {
    id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn session_ids_as_the_runtime_admits_them() {
        let accepted = [
            "x".repeat(22),
            "x".repeat(128),
            "9f2a7c4e1b3d4f5a8c6e0d1b2a3c4d5e".into(),
            "123e4567-e89b-42d3-0456-426614174000".into(),
            "123e4567-e89b-72d3-f456-426614174000".into(),
            "123e4567_e89b-12d3-a456-4266141740zz".into(),
        ];
        for id in accepted {
            assert_eq!(SessionId::new(&id).map(String::from), Ok(id));
        }
    }

    #[test]
    fn session_ids_refused_with_the_reason() {
        let refused = [
            (String::new(), "\"\" has 0 characters"),
            ("not-a-uuid".into(), "\"not-a-uuid\" has 10 characters"),
            ("x".repeat(21), "has 21 characters"),
            ("x".repeat(129), "has 129 bytes"),
            ("123E4567-E89B-42D3-A456-426614174000".into(), "upper-case"),
            (
                "123e4567-e89b-12d3-a456-426614174000".into(),
                "UUID of version 1",
            ),
            ("é".repeat(22), "contains 'é'"),
            ("with a space in the middle of it".into(), "contains ' '"),
        ];
        for (id, problem) in refused {
            let error = SessionId::new(&id).unwrap_err();
            assert_eq!(error.field(), "session_id");
            assert!(error.problem().contains(problem), "{error}");
        }
    }

    #[test]
    fn message_ids_are_not_blank() {
        assert!(MessageId::new("m").is_ok());
        let error = MessageId::new(" \t").unwrap_err();
        assert_eq!(
            error.to_string(),
            "message_id: is blank; must contain more than white space"
        );
        assert!(CommitmentId::new("").is_err());
    }

    #[cfg(feature = "random")]
    #[test]
    fn random_ids_are_valid_session_ids() {
        let id = SessionId::random();
        assert_eq!(SessionId::new(id.as_str()), Ok(id.clone()));
        assert_ne!(id, SessionId::random());
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(id in ".*") {
            let _ = SessionId::new(id);
        }

        #[test]
        fn base64url_of_the_right_length_is_admitted(id in "[A-Za-z0-9_]{22,128}") {
            prop_assert!(SessionId::new(id).is_ok());
        }
    }
}
