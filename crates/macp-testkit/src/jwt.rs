use crate::Error;
use crate::permissions::{Permissions, permission_setters};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The audience that the runtime expects unless it is told otherwise.
const AUDIENCE: &str = "macp-runtime";
const KEY_ID: &str = "test-key";
/// An uncompressed point: one byte of form, then the two coordinates of 32 bytes each.
const COORDINATE: usize = 32;

/// An issuer of JWTs with a key of its own (ES256), made on the spot.
///
/// A second issuer has another key, so its tokens are well formed and refused.
///
/// ```no_run
/// use macp_testkit::{JwtIssuer, Runtime};
///
/// # async fn test() -> Result<(), macp_testkit::Error> {
/// let issuer = JwtIssuer::generate()?;
/// let runtime = Runtime::builder().jwt(&issuer).start().await?;
/// let token = issuer.token("alice").observer().sign()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct JwtIssuer {
    key: Arc<EcdsaKeyPair>,
}

impl JwtIssuer {
    /// An issuer with a fresh key.
    pub fn generate() -> Result<Self, Error> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random)
            .map_err(|source| Error::Signing(source.to_string()))?;
        let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random)
            .map_err(|source| Error::Signing(source.to_string()))?;
        Ok(Self { key: Arc::new(key) })
    }

    /// The name it signs as, the claim `iss`.
    pub fn name(&self) -> &'static str {
        "https://issuer.test"
    }

    /// Its public key as a JSON Web Key Set.
    pub fn jwks(&self) -> String {
        let point = self.key.public_key().as_ref();
        let (x, y) = point[1..].split_at(COORDINATE);
        json!({ "keys": [{
            "kty": "EC",
            "crv": "P-256",
            "alg": "ES256",
            "use": "sig",
            "kid": KEY_ID,
            "x": URL_SAFE_NO_PAD.encode(x),
            "y": URL_SAFE_NO_PAD.encode(y),
        }]})
        .to_string()
    }

    /// A token for `sender`, valid for an hour, with the permissions of a
    /// [`StaticToken`](crate::StaticToken) unless set otherwise.
    pub fn token(&self, sender: impl Into<String>) -> Jwt<'_> {
        Jwt {
            issuer: self,
            sender: sender.into(),
            permissions: Permissions::default(),
            audience: AUDIENCE.to_owned(),
            expires: Expiry::In(Duration::from_secs(3600)),
        }
    }

    fn sign(&self, claims: &Value) -> Result<String, Error> {
        let header = json!({ "alg": "ES256", "typ": "JWT", "kid": KEY_ID });
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = self
            .key
            .sign(&SystemRandom::new(), signed.as_bytes())
            .map_err(|source| Error::Signing(source.to_string()))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl fmt::Debug for JwtIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtIssuer").finish_non_exhaustive()
    }
}

/// A JWT before it is signed. Made by [`JwtIssuer::token`].
#[derive(Clone, Debug)]
#[must_use = "not a token until `sign` is called"]
pub struct Jwt<'a> {
    issuer: &'a JwtIssuer,
    sender: String,
    permissions: Permissions,
    audience: String,
    expires: Expiry,
}

#[derive(Clone, Copy, Debug)]
enum Expiry {
    In(Duration),
    Ago(Duration),
}

impl Jwt<'_> {
    permission_setters!();

    /// Makes it expire this long after it is signed.
    pub fn expires_in(mut self, duration: Duration) -> Self {
        self.expires = Expiry::In(duration);
        self
    }

    /// Makes it a token that expired this long ago. The runtime allows for a minute of skew.
    pub fn expired_for(mut self, duration: Duration) -> Self {
        self.expires = Expiry::Ago(duration);
        self
    }

    /// Addresses it to another audience, which the runtime refuses.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into();
        self
    }

    /// The signed token, as a bearer sends it.
    pub fn sign(&self) -> Result<String, Error> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let expires = match self.expires {
            Expiry::In(duration) => now.saturating_add(duration),
            Expiry::Ago(duration) => now.saturating_sub(duration),
        };
        self.issuer.sign(&json!({
            "iss": self.issuer.name(),
            "sub": self.sender,
            "aud": self.audience,
            "exp": expires.as_secs(),
            "macp_scopes": self.permissions,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    #[test]
    fn a_token_says_what_was_asked_and_is_signed() {
        let issuer = JwtIssuer::generate().unwrap();
        let token = issuer.token("alice").observer().sign().unwrap();

        let (signed, signature) = token.rsplit_once('.').unwrap();
        let key = issuer.key.public_key();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
            .verify(
                signed.as_bytes(),
                &URL_SAFE_NO_PAD.decode(signature).unwrap(),
            )
            .unwrap();

        let (_, claims) = signed.split_once('.').unwrap();
        let claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(claims["sub"], "alice");
        assert_eq!(claims["aud"], "macp-runtime");
        assert_eq!(claims["macp_scopes"]["is_observer"], true);
        // An empty list would allow none.
        assert_eq!(claims["macp_scopes"].get("allowed_modes"), None);
    }

    #[test]
    fn an_expired_token_expires_before_a_valid_one() {
        fn expiry(token: &str) -> u64 {
            let claims = token.split('.').nth(1).unwrap();
            let claims: Value =
                serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
            claims["exp"].as_u64().unwrap()
        }
        let issuer = JwtIssuer::generate().unwrap();
        let hour = Duration::from_secs(3600);
        let valid = issuer.token("a").expires_in(hour).sign().unwrap();
        let expired = issuer.token("a").expired_for(hour).sign().unwrap();
        assert!(expiry(&valid) >= expiry(&expired) + 7200);
    }
}
