use super::CommitmentHash;
use super::wire::{self, Field};
use macp_proto::v1::CommitmentPayload;
use prost::Message as _;

/// The number of `CommitmentPayload.supersedes`.
const SUPERSEDES: u64 = 9;

/// The outcome of holding a claimed hash against a commitment's bytes (RFC-MACP-0013 §6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verification {
    /// The claim is the hash.
    Match,
    /// It is not, or it is not written in the canonical form.
    Mismatch {
        /// The hash that the bytes have.
        actual: CommitmentHash,
    },
    /// The bytes are not something that this hash format covers, so that no claim about them can
    /// be judged.
    CannotVerify(Unverifiable),
}

impl Verification {
    /// Whether the claim is the hash.
    pub fn is_match(&self) -> bool {
        matches!(self, Self::Match)
    }

    /// The word that the protocol's test vectors and receipts use.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Mismatch { .. } => "mismatch",
            Self::CannotVerify(_) => "cannot_verify",
        }
    }
}

/// Why bytes have no commitment hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unverifiable {
    /// A field that the hash format does not cover. It may change what the commitment means, so it
    /// must not be passed over.
    #[error("field {} is outside the hash format", path(*.number, *.in_supersedes))]
    UnknownField {
        /// The field's number.
        number: u64,
        /// Whether it is inside `supersedes`.
        in_supersedes: bool,
    },
    /// The bytes are not protobuf of this message.
    #[error("the bytes are not a commitment: {problem}")]
    Malformed {
        /// What is wrong with them.
        problem: &'static str,
    },
    /// The bytes are protobuf, and do not decode as a commitment.
    #[error("the bytes are not a commitment")]
    Undecodable(#[source] prost::DecodeError),
}

fn path(number: u64, in_supersedes: bool) -> String {
    if in_supersedes {
        format!("{SUPERSEDES}.{number}")
    } else {
        number.to_string()
    }
}

/// Decodes a commitment, refusing bytes whose meaning the hash would not cover.
///
/// An ordinary decoder drops fields that it does not know; here they are an error. No bytes at all
/// are the payload with nothing set.
pub fn decode_covered(wire: &[u8]) -> Result<CommitmentPayload, Unverifiable> {
    for field in wire::fields(wire) {
        let Field { number, bytes } = field?;
        covered(number, 1..=9, false)?;
        if let (SUPERSEDES, Some(bytes)) = (number, bytes) {
            for field in wire::fields(bytes) {
                covered(field?.number, 1..=2, true)?;
            }
        }
    }
    CommitmentPayload::decode(wire).map_err(Unverifiable::Undecodable)
}

fn covered(
    number: u64,
    known: std::ops::RangeInclusive<u64>,
    in_supersedes: bool,
) -> Result<(), Unverifiable> {
    if known.contains(&number) {
        return Ok(());
    }
    Err(Unverifiable::UnknownField {
        number,
        in_supersedes,
    })
}

/// Holds a claimed hash against a commitment's bytes (RFC-MACP-0013 §6).
///
/// Bytes that cannot be verified are reported first, then any difference, a claim that is not in
/// canonical form included.
///
/// ```
/// use macp_projections::commitment::{CommitmentHash, Verification, verify};
/// use macp_proto::v1::CommitmentPayload;
/// use prost::Message as _;
///
/// let payload = CommitmentPayload { commitment_id: "c1".into(), ..Default::default() };
/// let mut wire = payload.encode_to_vec();
/// let hash = CommitmentHash::of(&payload);
/// assert_eq!(verify(&wire, hash.as_str()), Verification::Match);
/// assert_eq!(verify(&wire, "md5:1"), Verification::Mismatch { actual: hash.clone() });
///
/// // A field of some newer version.
/// wire.extend([0x50, 1]);
/// assert_eq!(verify(&wire, hash.as_str()).as_str(), "cannot_verify");
/// ```
pub fn verify(wire: &[u8], claimed_hash: &str) -> Verification {
    match decode_covered(wire) {
        Err(reason) => Verification::CannotVerify(reason),
        Ok(payload) => {
            let actual = CommitmentHash::of(&payload);
            if actual == *claimed_hash {
                Verification::Match
            } else {
                Verification::Mismatch { actual }
            }
        }
    }
}
