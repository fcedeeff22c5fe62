//! Tokens that expire.

use crate::credentials::authorization;
use http::HeaderValue;
use macp_proto::InvalidValue;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a source is left alone after a failure that may pass, and after a token was refused.
const PAUSE: Duration = Duration::from_secs(5);

/// Where tokens come from that expire: an identity provider, a mounted file, a secret store.
///
/// It is asked when the first call needs a token, and again when four fifths of a token's life
/// are over; that happens in the background while the old token is still used. While asking
/// fails, the last good token serves until it expires. A [permanent](TokenError::permanent)
/// failure is final; after another one the source is left alone for five seconds. A token that the
/// runtime does not accept is replaced at once, but the next one that it does not accept is kept
/// until five seconds have passed. The source is never asked twice at the same time.
///
/// ```
/// use macp_transport::{Credentials, Token, TokenError, TokenFuture, TokenSource};
/// use std::time::Duration;
///
/// struct Mounted(std::path::PathBuf);
///
/// impl TokenSource for Mounted {
///     fn token(&self) -> TokenFuture<'_> {
///         Box::pin(async {
///             let text = std::fs::read_to_string(&self.0).map_err(TokenError::transient)?;
///             Ok(Token::new(text.trim())?.expires_in(Duration::from_secs(300)))
///         })
///     }
/// }
///
/// let credentials = Credentials::from_source(Mounted("/run/secrets/macp".into()));
/// ```
pub trait TokenSource: Send + Sync + 'static {
    /// Fetches a token.
    fn token(&self) -> TokenFuture<'_>;
}

/// What a [`TokenSource`] answers with.
pub type TokenFuture<'a> = Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + 'a>>;

/// A bearer token and how long it is good for. `Debug` does not show it.
pub struct Token {
    header: HeaderValue,
    life: Option<Duration>,
}

impl Token {
    /// A token without a known end.
    ///
    /// # Errors
    ///
    /// `token` must not be empty and must be visible ASCII.
    pub fn new(token: impl AsRef<str>) -> Result<Self, InvalidValue> {
        Ok(Self {
            header: authorization("token", token.as_ref())?,
            life: None,
        })
    }

    /// How long it is good for from now on.
    pub fn expires_in(mut self, life: Duration) -> Self {
        self.life = Some(life);
        self
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}

/// Why a source has no token.
#[derive(Debug)]
pub struct TokenError {
    transient: bool,
    source: Box<dyn StdError + Send + Sync>,
}

impl TokenError {
    /// A failure that may pass: the source is asked again.
    pub fn transient(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            transient: true,
            source: source.into(),
        }
    }

    /// A failure that is final, such as a client that the provider does not know.
    pub fn permanent(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            transient: false,
            source: source.into(),
        }
    }

    /// Whether it may pass.
    pub fn is_transient(&self) -> bool {
        self.transient
    }
}

/// A token that cannot be sent stays one.
impl From<InvalidValue> for TokenError {
    fn from(error: InvalidValue) -> Self {
        Self::permanent(error)
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.transient {
            "the token source failed"
        } else {
            "the token source failed for good"
        })
    }
}

impl StdError for TokenError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

/// Keeps a source's token, and fetches the next one in time.
pub(crate) struct TokenCache {
    source: Box<dyn TokenSource>,
    state: Mutex<State>,
    /// Held while the source is asked.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    token: Option<Kept>,
    failure: Option<Arc<TokenError>>,
    /// When the source may be asked again after a failure that may pass or a refused token.
    pause: Option<Instant>,
}

#[derive(Clone)]
struct Kept {
    header: HeaderValue,
    refresh: Option<Instant>,
    expiry: Option<Instant>,
}

impl TokenCache {
    pub(crate) fn new(source: impl TokenSource) -> Self {
        Self {
            source: Box::new(source),
            state: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// A header that is good now. Waits only when there is none.
    pub(crate) async fn header(self: &Arc<Self>) -> Result<HeaderValue, Arc<TokenError>> {
        if let Some(kept) = self.good() {
            if kept.refresh.is_some_and(|at| Instant::now() >= at) && self.may_ask() {
                self.refresh();
            }
            return Ok(kept.header);
        }
        let _asking = self.asking.lock().await;
        // Whoever held the lock may have brought one.
        if let Some(kept) = self.good() {
            return Ok(kept.header);
        }
        if !self.may_ask()
            && let Some(failure) = &self.state().failure
        {
            return Err(failure.clone());
        }
        self.ask().await
    }

    /// Forgets a token that turned out not to be accepted.
    ///
    /// During the pause it is kept: calls go on and are refused, but a source whose tokens are
    /// never accepted is not asked by each of them.
    pub(crate) fn discard(&self, header: &HeaderValue) {
        let now = Instant::now();
        let mut state = self.state();
        let is_current = state
            .token
            .as_ref()
            .is_some_and(|kept| kept.header == *header);
        if is_current && state.pause.is_none_or(|until| now >= until) {
            state.token = None;
            state.pause = now.checked_add(PAUSE);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn good(&self) -> Option<Kept> {
        let kept = self.state().token.clone()?;
        kept.expiry
            .is_none_or(|at| Instant::now() < at)
            .then_some(kept)
    }

    fn may_ask(&self) -> bool {
        let state = self.state();
        match &state.failure {
            None => true,
            Some(failure) => {
                failure.transient && state.pause.is_none_or(|until| Instant::now() >= until)
            }
        }
    }

    fn refresh(self: &Arc<Self>) {
        let cache = self.clone();
        tokio::spawn(async move {
            // Someone who is asking already does the work.
            if let Ok(_asking) = cache.asking.try_lock()
                && cache.is_due()
                && let Err(error) = cache.ask().await
            {
                // Not the source's own words, which may hold a secret.
                tracing::warn!(
                    transient = error.is_transient(),
                    "cannot refresh the token; the last one serves until it expires"
                );
            }
        });
    }

    fn is_due(&self) -> bool {
        let now = Instant::now();
        let state = self.state();
        let refresh = state.token.as_ref().and_then(|kept| kept.refresh);
        refresh.is_none_or(|at| now >= at)
    }

    async fn ask(&self) -> Result<HeaderValue, Arc<TokenError>> {
        let answer = self.source.token().await;
        let now = Instant::now();
        let mut state = self.state();
        match answer {
            Ok(token) => {
                state.failure = None;
                state.token = Some(Kept {
                    header: token.header.clone(),
                    refresh: token.life.and_then(|life| now.checked_add(life / 5 * 4)),
                    expiry: token.life.and_then(|life| now.checked_add(life)),
                });
                Ok(token.header)
            }
            Err(error) => {
                let error = Arc::new(error);
                state.failure = Some(error.clone());
                state.pause = now.checked_add(PAUSE);
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Plays answers, and counts how often it is asked.
    struct Script {
        answers: Mutex<Vec<Result<Token, TokenError>>>,
        asked: Arc<AtomicUsize>,
    }

    impl TokenSource for Script {
        fn token(&self) -> TokenFuture<'_> {
            Box::pin(async {
                self.asked.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(10)).await;
                self.answers.lock().unwrap().remove(0)
            })
        }
    }

    fn cache(answers: Vec<Result<Token, TokenError>>) -> (Arc<TokenCache>, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let script = Script {
            answers: Mutex::new(answers),
            asked: asked.clone(),
        };
        (Arc::new(TokenCache::new(script)), asked)
    }

    fn token(text: &str, seconds: u64) -> Result<Token, TokenError> {
        Ok(Token::new(text)?.expires_in(Duration::from_secs(seconds)))
    }

    async fn read(cache: &Arc<TokenCache>) -> String {
        let header = cache.header().await.unwrap();
        assert!(header.is_sensitive());
        header.to_str().unwrap().to_owned()
    }

    #[tokio::test(start_paused = true)]
    async fn one_fetch_serves_all_who_wait() {
        let (cache, asked) = cache(vec![token("a", 100)]);
        let readers: Vec<_> = (0..10)
            .map(|_| {
                let cache = cache.clone();
                tokio::spawn(async move { read(&cache).await })
            })
            .collect();
        for reader in readers {
            assert_eq!(reader.await.unwrap(), "Bearer a");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_refreshed_in_the_background_before_it_expires() {
        let (cache, asked) = cache(vec![token("a", 100), token("b", 100)]);
        assert_eq!(read(&cache).await, "Bearer a");
        tokio::time::advance(Duration::from_secs(79)).await;
        assert_eq!(read(&cache).await, "Bearer a");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(read(&cache).await, "Bearer a", "nobody waits for it");
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(read(&cache).await, "Bearer b");
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_good_token_serves_until_it_expires() {
        let (cache, asked) = cache(vec![
            token("a", 100),
            Err(TokenError::transient("down")),
            Err(TokenError::transient("down")),
            token("b", 100),
        ]);
        read(&cache).await;
        tokio::time::advance(Duration::from_secs(85)).await;
        for _ in 0..5 {
            assert_eq!(read(&cache).await, "Bearer a");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(asked.load(Ordering::SeqCst), 2, "it is left alone a while");
        tokio::time::advance(Duration::from_secs(20)).await;
        assert!(cache.header().await.unwrap_err().is_transient());
        assert!(cache.header().await.unwrap_err().is_transient());
        assert_eq!(asked.load(Ordering::SeqCst), 3);
        tokio::time::advance(PAUSE).await;
        assert_eq!(read(&cache).await, "Bearer b");
    }

    #[tokio::test(start_paused = true)]
    async fn a_permanent_failure_is_final() {
        let (cache, asked) = cache(vec![Err(TokenError::permanent("unknown client"))]);
        for _ in 0..3 {
            assert!(!cache.header().await.unwrap_err().is_transient());
            tokio::time::advance(Duration::from_secs(3600)).await;
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_is_not_accepted_is_replaced() {
        let (cache, _) = cache(vec![token("a", 100), token("b", 100)]);
        let header = cache.header().await.unwrap();
        cache.discard(&header);
        assert_eq!(read(&cache).await, "Bearer b");
        cache.discard(&header);
        assert_eq!(read(&cache).await, "Bearer b", "that was another one");
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_whose_tokens_are_never_accepted_is_left_alone_a_while() {
        let texts: Vec<_> = (0..4).map(|n| n.to_string()).collect();
        let (cache, asked) = cache(texts.iter().map(|text| token(text, 100)).collect());
        for seconds in 0..12 {
            let header = cache.header().await.unwrap();
            cache.discard(&header);
            tokio::time::advance(Duration::from_secs(1)).await;
            assert!(
                asked.load(Ordering::SeqCst) <= 2 + seconds / 5,
                "{seconds} s"
            );
        }
        assert_eq!(asked.load(Ordering::SeqCst), 4, "and not for ever");
    }
}
