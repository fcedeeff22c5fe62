use super::CommitmentHash;
use macp_proto::v1::{CommitmentPayload, CommitmentRef};
use macp_proto::{InvalidValue, SessionId};

pub(super) const HASH_PREFIX: &str = "sha256:";
pub(super) const HASH_DIGITS: usize = 64;

/// The reference by which another commitment can supersede this one (RFC-MACP-0013).
///
/// The payload must be the one that the session accepted, byte for byte: its hash is the reference.
///
/// ```
/// use macp_projections::commitment::{check_reference, reference_to};
/// use macp_proto::SessionId;
/// use macp_proto::v1::CommitmentPayload;
///
/// let earlier = CommitmentPayload { commitment_id: "c1".into(), ..Default::default() };
/// let session = SessionId::new("release-2026-11-approval")?;
/// let supersedes = reference_to(&session, &earlier);
/// check_reference(&supersedes)?;
/// # Ok::<(), macp_proto::InvalidValue>(())
/// ```
pub fn reference_to(session_id: &SessionId, payload: &CommitmentPayload) -> CommitmentRef {
    CommitmentRef {
        session_id: session_id.to_string(),
        commitment_hash: CommitmentHash::of(payload).into(),
    }
}

/// Refuses a reference to another commitment that the runtime would refuse (RFC-MACP-0001 §7.3).
///
/// Whether that commitment exists is not looked up, here or by the runtime.
pub fn check_reference(reference: &CommitmentRef) -> Result<(), InvalidValue> {
    InvalidValue::if_blank("supersedes.session_id", &reference.session_id)?;
    if is_canonical_hash(&reference.commitment_hash) {
        return Ok(());
    }
    Err(InvalidValue::new(
        "supersedes.commitment_hash",
        format_args!("is {:?}", reference.commitment_hash),
        "must be `sha256:` and 64 lower-case hexadecimal digits",
    ))
}

/// Whether a text has the one form that a commitment hash is written in (RFC-MACP-0013 §4).
pub fn is_canonical_hash(text: &str) -> bool {
    text.strip_prefix(HASH_PREFIX).is_some_and(|digits| {
        digits.len() == HASH_DIGITS
            && digits
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_a_hash() {
        let digits = "0123456789abcdef".repeat(4);
        assert!(is_canonical_hash(&format!("sha256:{digits}")));
        for not_canonical in [
            digits.clone(),
            format!("sha256:{}", digits.to_uppercase()),
            format!(" sha256:{digits}"),
            format!("sha256:{digits}\n"),
            format!("sha512:{digits}"),
            format!("sha256:{}", &digits[1..]),
            String::new(),
        ] {
            assert!(!is_canonical_hash(&not_canonical), "{not_canonical:?}");
        }
    }

    #[test]
    fn a_reference_names_a_session_and_a_hash() {
        let reference = |session_id: &str, hash: &str| CommitmentRef {
            session_id: session_id.into(),
            commitment_hash: hash.into(),
        };
        let hash = format!("sha256:{}", "0".repeat(64));
        assert!(check_reference(&reference("s", &hash)).is_ok());
        let error = check_reference(&reference(" ", &hash)).unwrap_err();
        assert_eq!(error.field(), "supersedes.session_id");
        let error = check_reference(&reference("s", "md5:0")).unwrap_err();
        assert_eq!(error.field(), "supersedes.commitment_hash");
    }
}
