//! Enums over the protocol's string domains.

/// A closed set of words: parsing anything else is an [`InvalidValue`](crate::InvalidValue).
macro_rules! closed_words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident as $field:literal {
            $( $(#[$variant_meta:meta])* $variant:ident = $word:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::InvalidValue;

            /// Reads the exact word of the wire; the runtime compares case too.
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $( $word => Ok(Self::$variant), )+
                    _ => Err($crate::InvalidValue::new(
                        $field,
                        format_args!("{word:?} is none of its values"),
                        concat!("must be one of", $( " ", $word, )+),
                    )),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// An open set of words: whatever is not known is kept as it came.
macro_rules! open_words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $word:literal, )+
            ..
            $(#[$other_meta:meta])* $other:ident
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
            $(#[$other_meta])* $other(Box<str>),
        }

        impl $name {
            /// Every value with a name of its own, in the order of declaration.
            pub const KNOWN: &'static [Self] = &[$( Self::$variant, )+];

            /// The word on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $word, )+
                    Self::$other(word) => word,
                }
            }

            fn known(word: &str) -> Option<Self> {
                match word {
                    $( $word => Some(Self::$variant), )+
                    _ => None,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                Self::known(word).unwrap_or_else(|| Self::$other(word.into()))
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                Self::known(&word).unwrap_or_else(|| Self::$other(word.into()))
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                match value {
                    $name::$other(word) => word.into(),
                    known => known.as_str().to_owned(),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, word: &str) -> bool {
                self.as_str() == word
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, word: &&str) -> bool {
                self.as_str() == *word
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)
                    .map(|word| Self::from(word.as_ref()))
            }
        }
    };
}

pub(crate) use {closed_words, open_words};

#[cfg(test)]
mod tests {
    use crate::{DenyCode, ErrorCode, MessageType, Mode, Recommendation, Severity, Vote};
    use proptest::prelude::*;

    fn closed<T: std::str::FromStr<Err = crate::InvalidValue> + PartialEq + std::fmt::Debug>(
        all: &[T],
        word: impl Fn(&T) -> &'static str,
    ) {
        for value in all {
            assert_eq!(word(value).parse::<T>().as_ref(), Ok(value));
        }
    }

    fn open<T: for<'a> From<&'a str> + PartialEq + std::fmt::Debug + AsRef<str>>(known: &[T]) {
        for value in known {
            assert_eq!(&T::from(value.as_ref()), value);
        }
    }
    #[test]
    fn every_word_reads_back_as_itself() {
        closed(Vote::ALL, |v| v.as_str());
        closed(Recommendation::ALL, |v| v.as_str());
        closed(Severity::ALL, |v| v.as_str());

        open(Mode::KNOWN);
        open(MessageType::KNOWN);
        open(ErrorCode::KNOWN);
        open(DenyCode::KNOWN);
    }

    #[test]
    fn the_wire_is_case_exact() {
        let error = "approve".parse::<Vote>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "vote: \"approve\" is none of its values; must be one of APPROVE REJECT ABSTAIN"
        );
    }

    proptest! {
        #[test]
        fn unknown_words_are_kept(word in ".*") {
            let code = ErrorCode::from(word.as_str());
            prop_assert_eq!(code.as_str(), &word);
            prop_assert_eq!(String::from(MessageType::from(word.clone())), word);
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn serde_uses_the_wire_word() {
        let mode: Mode = serde_json::from_str("\"macp.mode.task.v1\"").unwrap();
        assert_eq!(mode, Mode::Task);
        assert_eq!(
            serde_json::to_string(&Vote::Abstain).unwrap(),
            "\"ABSTAIN\""
        );
        assert!(serde_json::from_str::<Vote>("\"abstain\"").is_err());
    }
}
