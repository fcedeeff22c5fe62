use serde_json::Value;
use std::collections::BTreeMap;

/// Members that only a private key has.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The Ed25519 keys that a verifier trusts, by their ids.
///
/// Where they come from decides what a verdict is worth: keys that were fetched from a runtime only
/// show that this runtime vouches for its own receipts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedKeys(BTreeMap<String, String>);

impl TrustedKeys {
    /// No key at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts a key: its id, and the 32 bytes of the public key as unpadded base64url, which is the
    /// `x` of its JWK. A malformed key makes every signature under its id invalid.
    #[must_use]
    pub fn trust(mut self, kid: impl Into<String>, x: impl Into<String>) -> Self {
        self.0.insert(kid.into(), x.into());
        self
    }

    /// The usable keys of a JWK Set (RFC 7517): public Ed25519 signing keys with an id of their
    /// own. What is not usable is left out, an id that occurs twice included, and text that is no
    /// key set gives no key.
    pub fn from_jwks(text: &str) -> Self {
        let Ok(Value::Object(set)) = serde_json::from_str(text) else {
            return Self::default();
        };
        let Some(Value::Array(keys)) = set.get("keys") else {
            return Self::default();
        };
        let mut ids = BTreeMap::<&str, usize>::new();
        for kid in keys.iter().filter_map(|key| key.get("kid")?.as_str()) {
            *ids.entry(kid).or_default() += 1;
        }
        let usable = keys.iter().filter_map(usable);
        Self(
            usable
                .filter(|(kid, _)| ids.get(kid) == Some(&1))
                .map(|(kid, x)| (kid.to_owned(), x.to_owned()))
                .collect(),
        )
    }

    /// The ids, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn get(&self, kid: &str) -> Option<&str> {
        self.0.get(kid).map(String::as_str)
    }
}

fn usable(key: &Value) -> Option<(&str, &str)> {
    let is = |name: &str, value: &str| key.get(name).is_some_and(|found| found == value);
    let absent_or = |name: &str, value: &str| key.get(name).is_none() || is(name, value);
    let public_signing_key = is("kty", "OKP")
        && is("crv", "Ed25519")
        && absent_or("alg", "EdDSA")
        && absent_or("use", "sig")
        && PRIVATE.iter().all(|name| key.get(name).is_none());
    let text = |name: &str| key.get(name)?.as_str().filter(|text| !text.is_empty());
    public_signing_key
        .then(|| Some((text("kid")?, text("x")?)))
        .flatten()
}
