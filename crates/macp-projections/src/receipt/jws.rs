use super::TrustedKeys;
use crate::names::names;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::Value;

names! {
    /// What became of one attestation.
    pub enum AttestationOutcome {
        /// A trusted key signed this receipt.
        Valid = "valid",
        /// The signature is malformed, or not this receipt's.
        Invalid = "invalid",
        /// The signature names a key that is not trusted.
        UnknownKey = "unknown_key",
        /// An attestation of another kind, or by another algorithm.
        Unsupported = "unsupported",
    }
}

/// Checks a detached JWS (RFC 7515, appendix F) over the signed body.
pub(super) fn check(
    attestation: &Value,
    signed: &str,
    trusted: &TrustedKeys,
) -> AttestationOutcome {
    if attestation.get("type").and_then(Value::as_str) != Some("jws") {
        return AttestationOutcome::Unsupported;
    }
    let Some(jws) = parse(attestation) else {
        return AttestationOutcome::Invalid;
    };
    if jws.header.get("alg").and_then(Value::as_str) != Some("EdDSA") {
        return AttestationOutcome::Unsupported;
    }
    let kid = jws.header.get("kid").and_then(Value::as_str);
    let Some(key) = kid.and_then(|kid| trusted.get(kid)) else {
        return AttestationOutcome::UnknownKey;
    };
    if is_signed(&jws, signed, key) == Some(true) {
        AttestationOutcome::Valid
    } else {
        AttestationOutcome::Invalid
    }
}

struct Jws<'a> {
    header_b64: &'a str,
    header: Value,
    signature: Vec<u8>,
}

fn parse(attestation: &Value) -> Option<Jws<'_>> {
    let mut parts = attestation.get("jws")?.as_str()?.split('.');
    let (Some(header_b64), Some(""), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    Some(Jws {
        header_b64,
        header: serde_json::from_slice(&BASE64URL.decode(header_b64).ok()?).ok()?,
        signature: BASE64URL.decode(signature).ok()?,
    })
}

fn is_signed(jws: &Jws<'_>, signed: &str, key: &str) -> Option<bool> {
    let key = <[u8; 32]>::try_from(BASE64URL.decode(key).ok()?).ok()?;
    let key = VerifyingKey::from_bytes(&key).ok()?;
    let signature = Signature::from_slice(&jws.signature).ok()?;
    let mut input = format!("{}.", jws.header_b64);
    BASE64URL.encode_string(signed, &mut input);
    // Strict, as the runtime's own verifier: no second signature of the same message may pass.
    Some(key.verify_strict(input.as_bytes(), &signature).is_ok())
}
