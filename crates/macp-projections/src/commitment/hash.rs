use super::canonical::write_commitment;
use super::reference::{HASH_DIGITS, HASH_PREFIX, is_canonical_hash};
use macp_proto::InvalidValue;
use macp_proto::v1::CommitmentPayload;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write as _};
use std::str::FromStr;

/// The label of the only hash format there is; a newer format gets another one.
const LABEL: &str = "macp-commitment-hash/1";

/// The canonical hash of a commitment (RFC-MACP-0013 §4): `sha256:` and 64 lower-case hexadecimal
/// digits.
///
/// Hashing never validates: a payload that no runtime would accept has a hash too. A `supersedes`
/// that is set and empty hashes otherwise than one that is not set.
///
/// ```
/// use macp_projections::commitment::CommitmentHash;
/// use macp_proto::v1::CommitmentPayload;
///
/// let hash = CommitmentHash::of(&CommitmentPayload::default());
/// assert_eq!(
///     hash.as_str(),
///     "sha256:3240d1a7adb7bd9420ad5490182227ce699c9e4e465f7934885fe2ded939f32e"
/// );
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommitmentHash(String);

impl CommitmentHash {
    /// The hash of a payload.
    pub fn of(payload: &CommitmentPayload) -> Self {
        let mut preimage = String::from(LABEL);
        preimage.push(':');
        write_commitment(&mut preimage, payload);

        let mut text = String::with_capacity(HASH_PREFIX.len() + HASH_DIGITS);
        text.push_str(HASH_PREFIX);
        for byte in Sha256::digest(preimage) {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CommitmentHash {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for CommitmentHash {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        if is_canonical_hash(&text) {
            return Ok(Self(text));
        }
        Err(InvalidValue::new(
            "commitment_hash",
            format_args!("is {text:?}"),
            "must be `sha256:` and 64 lower-case hexadecimal digits",
        ))
    }
}

impl From<CommitmentHash> for String {
    fn from(hash: CommitmentHash) -> Self {
        hash.0
    }
}

impl AsRef<str> for CommitmentHash {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for CommitmentHash {
    fn eq(&self, text: &str) -> bool {
        self.0 == text
    }
}

impl fmt::Display for CommitmentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for CommitmentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use macp_proto::v1::CommitmentRef;

    /// Computed by the Python SDK 0.22; the second by the runtime too.
    #[test]
    fn reference_values() {
        let hash = |payload: &CommitmentPayload| CommitmentHash::of(payload).0;
        assert_eq!(
            hash(&CommitmentPayload::default()),
            "sha256:3240d1a7adb7bd9420ad5490182227ce699c9e4e465f7934885fe2ded939f32e"
        );
        let mut payload = CommitmentPayload {
            commitment_id: "c1".into(),
            action: "decision.selected".into(),
            authority_scope: "s".into(),
            reason: "r".into(),
            mode_version: "1.0.0".into(),
            configuration_version: "cfg".into(),
            outcome_positive: true,
            ..CommitmentPayload::default()
        };
        assert_eq!(
            hash(&payload),
            "sha256:975328dbafcf836d2f85e6e829f526aa4a1af135d09de01dbb9b5f5895b94cc6"
        );
        payload.supersedes = Some(CommitmentRef::default());
        assert_eq!(
            hash(&payload),
            "sha256:af3bd1e34aadb2f311ba46434179358cef76dbc46f7e88407ab00ba0ed841350"
        );
        payload.supersedes = Some(CommitmentRef {
            session_id: "\u{e9}/\u{7f}\"\n\u{1f}".into(),
            commitment_hash: String::new(),
        });
        assert_eq!(
            hash(&payload),
            "sha256:5568a3d1166ee6af51c956db2285f931c721640fb38edef7d268de2007569a8f"
        );
    }

    #[test]
    fn only_canonical_text_is_a_hash() {
        let hash = CommitmentHash::of(&CommitmentPayload::default());
        assert_eq!(hash.as_str().parse(), Ok(hash.clone()));
        assert!(
            hash.as_str()
                .to_uppercase()
                .parse::<CommitmentHash>()
                .is_err()
        );
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(serde_json::from_str::<CommitmentHash>(&json).unwrap(), hash);
        assert!(serde_json::from_str::<CommitmentHash>("\"sha256:\"").is_err());
    }
}
