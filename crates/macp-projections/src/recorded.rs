use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A word as history holds it: one of `T`, or whatever else was written.
///
/// The runtime admits only the words of `T`, but a history may come from elsewhere, and what it
/// says is kept as it came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Recorded<T> {
    /// A word of the protocol.
    Known(T),
    /// Any other text, unchanged.
    Other(Box<str>),
}

impl<T> Recorded<T> {
    /// The word, if it is one of the protocol's.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(word) => Some(word),
            Self::Other(_) => None,
        }
    }
}

impl<T: FromStr> From<String> for Recorded<T> {
    fn from(text: String) -> Self {
        text.parse()
            .map_or_else(|_| Self::Other(text.into()), Self::Known)
    }
}

impl<T: FromStr> From<&str> for Recorded<T> {
    fn from(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Other(text.into()), Self::Known)
    }
}

impl<T: AsRef<str>> Recorded<T> {
    /// The text on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(word) => word.as_ref(),
            Self::Other(text) => text,
        }
    }
}

impl<T: AsRef<str>> fmt::Display for Recorded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<T: PartialEq> PartialEq<T> for Recorded<T> {
    fn eq(&self, word: &T) -> bool {
        self.known() == Some(word)
    }
}

impl<T: AsRef<str>> Serialize for Recorded<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, T: FromStr> Deserialize<'de> for Recorded<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer).map(|text| Self::from(text.into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use macp_proto::Vote;

    #[test]
    fn text_survives_whether_known_or_not() {
        for text in ["APPROVE", "approve", "", " ABSTAIN"] {
            let word = Recorded::<Vote>::from(text.to_owned());
            assert_eq!(word.as_str(), text);
            let json = serde_json::to_string(&word).unwrap();
            assert_eq!(serde_json::from_str::<Recorded<Vote>>(&json).unwrap(), word);
        }
        assert!(Recorded::from("REJECT".to_owned()) == Vote::Reject);
        assert_eq!(Recorded::<Vote>::from("reject".to_owned()).known(), None);
    }
}
