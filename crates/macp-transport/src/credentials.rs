use crate::error::Error;
use crate::token::{TokenCache, TokenSource};
use http::HeaderValue;
use macp_proto::InvalidValue;
use std::fmt;
use std::sync::Arc;

const TOKEN_RULE: &str = "must be visible ASCII characters, at least one";

/// Who speaks, and the secret that proves it.
///
/// Cheap to clone. The secret never shows in `Debug`, errors, logs or spans, and is sent over
/// plaintext only after [`allow_insecure`](crate::ClientBuilder::allow_insecure).
///
/// Credentials may also *expect* a sender: [`send`](crate::Client::send) then refuses, before
/// anything is sent, an envelope that names another one.
///
/// ```
/// use macp_transport::Credentials;
///
/// let alice = Credentials::bearer("a-token-from-the-operator")?.expect_sender("alice");
/// assert_eq!(alice.sender(), Some("alice"));
/// assert!(Credentials::bearer("").is_err());
/// # Ok::<(), macp_proto::InvalidValue>(())
/// ```
#[derive(Clone)]
pub struct Credentials {
    shared: Arc<Shared>,
}

/// Each call keeps a clone of its credentials, so that a clone is one reference more.
#[derive(Clone)]
struct Shared {
    proof: Proof,
    sender: Option<Box<str>>,
    expected: Option<Box<str>>,
}

/// Where the `authorization` header comes from.
#[derive(Clone)]
enum Proof {
    Fixed(HeaderValue),
    /// An agent id that is no legal header is reported by the first call, so that naming an agent
    /// needs no error handling.
    Unusable(InvalidValue),
    Source(Arc<TokenCache>),
}

impl Credentials {
    /// A bearer token: a static token or a JWT (RFC-MACP-0004).
    ///
    /// The runtime decides who it stands for. Say what you expect with
    /// [`expect_sender`](Self::expect_sender); otherwise envelopes go out without a sender and the
    /// runtime fills it in.
    ///
    /// # Errors
    ///
    /// `token` must not be empty and must be visible ASCII.
    pub fn bearer(token: impl AsRef<str>) -> Result<Self, InvalidValue> {
        let header = authorization("token", token.as_ref())?;
        Ok(Self::new(Proof::Fixed(header), None))
    }

    /// A development identity: the runtime takes the agent's id itself as proof.
    ///
    /// Only a runtime in insecure mode without configured tokens does. An id that is empty or
    /// not visible ASCII is refused by the first call that uses it.
    pub fn dev_agent(agent_id: impl AsRef<str>) -> Self {
        let agent_id = agent_id.as_ref();
        let proof = match authorization("agent_id", agent_id) {
            Ok(header) => Proof::Fixed(header),
            Err(error) => Proof::Unusable(error),
        };
        Self::new(proof, Some(agent_id))
    }

    /// Tokens that expire and are fetched anew: from an identity provider, a mounted file, a
    /// secret store.
    ///
    /// A token is fetched by the first call that needs one and refreshed in the background before
    /// it expires; see [`TokenSource`].
    pub fn from_source(source: impl TokenSource) -> Self {
        Self::new(Proof::Source(Arc::new(TokenCache::new(source))), None)
    }

    fn new(proof: Proof, sender: Option<&str>) -> Self {
        Self {
            shared: Arc::new(Shared {
                proof,
                sender: sender.map(Box::from),
                expected: sender.map(Box::from),
            }),
        }
    }

    /// Expects the runtime to know these credentials as `sender`.
    ///
    /// An envelope that names no sender gets this one, unless these are a development agent's; one
    /// that names another is refused here, as [`Error::IdentityMismatch`].
    pub fn expect_sender(mut self, sender: impl AsRef<str>) -> Self {
        let shared = Arc::make_mut(&mut self.shared);
        shared.sender.get_or_insert_with(|| sender.as_ref().into());
        shared.expected = Some(sender.as_ref().into());
        self
    }

    /// The sender that envelopes without one get.
    pub fn sender(&self) -> Option<&str> {
        self.shared.sender.as_deref()
    }

    /// Finds an identity that can never be sent.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.shared.proof {
            Proof::Unusable(error) => Err(error.clone().into()),
            Proof::Fixed(_) | Proof::Source(_) => Ok(()),
        }
    }

    /// The `authorization` header, marked sensitive.
    pub(crate) async fn authorization(&self) -> Result<HeaderValue, Error> {
        match &self.shared.proof {
            Proof::Fixed(header) => Ok(header.clone()),
            Proof::Unusable(error) => Err(error.clone().into()),
            // Boxed, because asking is rare and takes more space than the rest of a call.
            Proof::Source(cache) => Box::pin(cache.header()).await.map_err(Error::Token),
        }
    }

    /// The runtime does not accept `refused`: a source is asked for another the next time.
    pub(crate) fn refused(&self, refused: &HeaderValue) {
        if let Proof::Source(cache) = &self.shared.proof {
            cache.discard(refused);
        }
    }

    pub(crate) fn key(&self) -> IdentityKey {
        match &self.shared.proof {
            Proof::Fixed(header) => IdentityKey::Token(header.clone()),
            Proof::Unusable(_) => IdentityKey::Anonymous,
            Proof::Source(cache) => IdentityKey::Source(Arc::as_ptr(cache).addr()),
        }
    }

    /// Refuses a sender that is not the expected one; says which to fill in where none is named.
    pub(crate) fn guard(&self, named: &str) -> Result<Option<&str>, Error> {
        let missing = if named.is_empty() {
            self.sender()
        } else {
            None
        };
        let sender = missing.unwrap_or(named);
        match &self.shared.expected {
            Some(expected) if **expected != *sender => Err(Error::IdentityMismatch {
                expected: expected.clone(),
                actual: sender.into(),
            }),
            _ => Ok(missing),
        }
    }
}

/// Tells apart who is authenticated.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(crate) enum IdentityKey {
    #[default]
    Anonymous,
    Token(HeaderValue),
    Source(usize),
}

/// The header that carries `token`.
pub(crate) fn authorization(field: &'static str, token: &str) -> Result<HeaderValue, InvalidValue> {
    let refuse = |problem| Err(InvalidValue::new(field, problem, TOKEN_RULE));
    if token.is_empty() {
        return refuse("is empty");
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refuse("has a character that is not visible ASCII");
    }
    match HeaderValue::try_from(format!("Bearer {token}")) {
        Ok(mut value) => {
            value.set_sensitive(true);
            Ok(value)
        }
        Err(_) => refuse("is not a legal header value"),
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("sender", &self.shared.sender)
            .field("expected", &self.shared.expected)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded(credentials: &Credentials, named: &str) -> Result<String, (String, String)> {
        match credentials.guard(named) {
            Ok(missing) => Ok(missing.unwrap_or(named).to_owned()),
            Err(Error::IdentityMismatch { expected, actual }) => {
                Err((expected.into(), actual.into()))
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_dev_agent_speaks_for_itself_only() {
        let alice = Credentials::dev_agent("alice");
        assert_eq!(guarded(&alice, ""), Ok("alice".into()));
        assert_eq!(guarded(&alice, "alice"), Ok("alice".into()));
        assert_eq!(guarded(&alice, "bob"), Err(("alice".into(), "bob".into())));
    }

    #[test]
    fn a_token_without_expectation_leaves_the_sender_alone() {
        let token = Credentials::bearer("t").unwrap();
        assert_eq!(guarded(&token, ""), Ok(String::new()));
        assert_eq!(guarded(&token, "bob"), Ok("bob".into()));
    }

    #[test]
    fn an_expectation_fills_and_guards() {
        let any = Credentials::bearer("t").unwrap();
        let token = any.clone().expect_sender("alice");
        assert_eq!(guarded(&token, ""), Ok("alice".into()));
        assert_eq!(guarded(&token, "bob"), Err(("alice".into(), "bob".into())));
        assert_eq!(guarded(&any, "bob"), Ok("bob".into()), "clones are apart");
        let other = Credentials::dev_agent("alice").expect_sender("bob");
        assert_eq!(guarded(&other, ""), Err(("bob".into(), "alice".into())));
    }

    #[test]
    fn tokens_that_cannot_be_sent() {
        for (token, problem) in [
            ("", "is empty"),
            ("marker secret", "not visible ASCII"),
            ("marker\nsecret", "not visible ASCII"),
            ("marker-sécret", "not visible ASCII"),
        ] {
            let error = Credentials::bearer(token).unwrap_err();
            assert_eq!(error.field(), "token");
            assert!(error.problem().contains(problem), "{error}");
            assert!(!format!("{error:?}").contains("marker"), "{error:?}");
            let error = Credentials::dev_agent(token).check().unwrap_err();
            assert!(matches!(error, Error::InvalidValue(e) if e.field() == "agent_id"));
        }
    }
}
