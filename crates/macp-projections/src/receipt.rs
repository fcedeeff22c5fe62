//! Decision receipts: portable records of one commitment, checked offline (RFC-MACP-0013,
//! appendix A).
//!
//! Two things are told apart. *Integrity*: the receipt's commitment has the hash that it names, and
//! the bytes beside it, if there are any, are that commitment. That needs no key. *Authenticity*:
//! somebody whose key the verifier trusts has signed the receipt.
//!
//! ```
//! use macp_projections::receipt::{Receipt, TrustedKeys, Verdict};
//!
//! # let text = r#"{"receipt_format": "macp-receipt/2"}"#;
//! # let jwks = r#"{"keys": []}"#;
//! let receipt = Receipt::parse(text)?; // as `GetDecisionReceipt` returned it
//! let trusted = TrustedKeys::from_jwks(jwks); // from a source that you trust, not from the runtime
//! match receipt.verify(&trusted).verdict {
//!     Verdict::Attested => println!("whole, and signed by a trusted key"),
//!     Verdict::IntegrityOnly => println!("whole, but nobody trusted vouches for it"),
//!     Verdict::Unverified => println!("not what it claims to be, or beyond this version"),
//!     other => println!("{other}"),
//! }
//! # Ok::<(), macp_projections::receipt::NotAReceipt>(())
//! ```

mod integrity;
mod jcs;
mod jws;
mod keys;

pub use integrity::Integrity;
pub use jws::AttestationOutcome;
pub use keys::TrustedKeys;

use crate::names::names;
use serde::Serialize;
use serde_json::{Map, Value};

/// The one format that this version verifies.
const FORMAT: &str = "macp-receipt/1";

names! {
    /// What a verifier may conclude.
    pub enum Verdict {
        /// The receipt is whole, and a trusted key signed it.
        Attested = "attested",
        /// The receipt is whole, and no trusted key vouches for it.
        IntegrityOnly = "integrity_only",
        /// The receipt contradicts itself, or holds something beyond the hash format.
        Unverified = "unverified",
        /// The receipt is of a format that this version does not know.
        Refused = "refused",
    }
}

/// What was found about a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReceiptVerification {
    /// Whether the commitment is the one that the receipt names; `None` for a refused receipt.
    pub integrity: Option<Integrity>,
    /// What became of each attestation, in order; none are looked at unless the integrity holds.
    pub attestations: Vec<AttestationOutcome>,
    /// The conclusion.
    pub verdict: Verdict,
}

/// Text that is not a JSON object.
#[derive(Debug, thiserror::Error)]
#[error("the receipt is not a JSON object")]
pub struct NotAReceipt(#[source] serde_json::Error);

/// A receipt as it was issued.
///
/// The text is kept: it is what the issuer vouches for, so hand on that, and no serialization of
/// one's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    text: String,
    members: Map<String, Value>,
}

impl Receipt {
    /// Reads a receipt. Only its being a JSON object is checked.
    pub fn parse(text: impl Into<String>) -> Result<Self, NotAReceipt> {
        let text = text.into();
        let members = serde_json::from_str(&text).map_err(NotAReceipt)?;
        Ok(Self { text, members })
    }

    /// The text that it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The session that it is about, if it says so.
    pub fn session_id(&self) -> Option<&str> {
        self.member("session_id")
    }

    /// The session's mode, if it says so.
    pub fn mode(&self) -> Option<&str> {
        self.member("mode")
    }

    /// The hash of the commitment, as claimed.
    pub fn commitment_hash(&self) -> Option<&str> {
        self.member("commitment_hash")
    }

    /// Who issued it, as claimed.
    pub fn issuer(&self) -> Option<&str> {
        self.member("issuer")
    }

    /// When it was issued, as claimed: RFC 3339, in UTC.
    pub fn issued_at(&self) -> Option<&str> {
        self.member("issued_at")
    }

    fn member(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }

    /// Verifies the receipt (RFC-MACP-0013, appendix A.4). Never fails: what is wrong with a
    /// receipt is part of the answer.
    pub fn verify(&self, trusted: &TrustedKeys) -> ReceiptVerification {
        if self.member("receipt_format") != Some(FORMAT) {
            return ReceiptVerification {
                integrity: None,
                attestations: Vec::new(),
                verdict: Verdict::Refused,
            };
        }
        let integrity = integrity::check(&self.members);
        if integrity != Integrity::Match {
            return ReceiptVerification {
                integrity: Some(integrity),
                attestations: Vec::new(),
                verdict: Verdict::Unverified,
            };
        }
        let attestations = self.attestations(trusted);
        let verdict = if attestations.contains(&AttestationOutcome::Valid) {
            Verdict::Attested
        } else {
            Verdict::IntegrityOnly
        };
        ReceiptVerification {
            integrity: Some(integrity),
            attestations,
            verdict,
        }
    }

    fn attestations(&self, trusted: &TrustedKeys) -> Vec<AttestationOutcome> {
        let Some(Value::Array(attestations)) = self.members.get("attestations") else {
            return Vec::new();
        };
        let signed = self.signed_body();
        attestations
            .iter()
            .map(|attestation| jws::check(attestation, &signed, trusted))
            .collect()
    }

    /// What signatures cover: the receipt without them, in canonical form.
    fn signed_body(&self) -> String {
        let members = self.members.iter();
        let mut body = String::new();
        jcs::write_object(
            &mut body,
            members.filter(|(name, _)| *name != "attestations"),
        );
        body
    }
}
