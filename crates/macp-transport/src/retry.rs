//! When to repeat a call that failed, and how long to wait before.

use crate::error::Error;
use crate::throttle::Throttle;
use macp_proto::ErrorCode;
use std::time::Duration;
use tokio::time::Instant;

/// When to repeat a call that failed, and how long to wait before.
///
/// A call is repeated when the failure may pass ([`Error::is_retryable`]) and repeating it is
/// harmless: either the runtime certainly did not act, or the RPC is
/// [idempotent](crate::Rpc::is_idempotent). A message keeps its id over all attempts, so that the
/// runtime recognizes it (RFC-MACP-0001).
///
/// The wait before attempt n+1 is random between 0 and `base · 2ⁿ⁻¹`, at most `cap`. After
/// `RATE_LIMITED` it grows from a second to twenty, because the runtime counts over a minute.
///
/// ```
/// use macp_transport::RetryPolicy;
/// use std::time::Duration;
///
/// let patient = RetryPolicy::default()
///     .max_attempts(10)
///     .backoff(Duration::from_millis(200), Duration::from_secs(5))
///     .budget(Duration::from_secs(60));
/// # let _ = (patient, RetryPolicy::none());
/// ```
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    max_attempts: u32,
    normal: Backoff,
    rate_limited: Backoff,
    budget: Duration,
    codes: Vec<ErrorCode>,
}

impl Default for RetryPolicy {
    /// Four attempts, backoff from 100 ms to 2 s, a budget of 30 s, and the codes `RATE_LIMITED`
    /// and `INTERNAL_ERROR`.
    fn default() -> Self {
        Self {
            max_attempts: 4,
            normal: Backoff::new(Duration::from_millis(100), Duration::from_secs(2)),
            rate_limited: Backoff::new(Duration::from_secs(1), Duration::from_secs(20)),
            budget: Duration::from_secs(30),
            codes: vec![ErrorCode::RateLimited, ErrorCode::InternalError],
        }
    }
}

impl RetryPolicy {
    /// Never repeats.
    pub fn none() -> Self {
        Self::default().max_attempts(1)
    }

    /// How often to try in all, the first time included; 0 counts as 1.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// The first wait and the longest.
    pub fn backoff(mut self, base: Duration, cap: Duration) -> Self {
        self.normal = Backoff::new(base, cap);
        self
    }

    /// The first wait and the longest after `RATE_LIMITED`.
    pub fn rate_limited_backoff(mut self, base: Duration, cap: Duration) -> Self {
        self.rate_limited = Backoff::new(base, cap);
        self
    }

    /// How long all attempts and waits together may take. The call's deadline limits them too.
    pub fn budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }

    /// The registry codes worth another attempt.
    pub fn codes(mut self, codes: impl IntoIterator<Item = ErrorCode>) -> Self {
        self.codes = codes.into_iter().collect();
        self
    }

    /// Whether this failure may be answered with another attempt at all.
    fn admits(&self, error: &Error, idempotent: bool) -> bool {
        let passing = match error.code() {
            Some(code) => self.codes.contains(code),
            None => error.is_retryable(),
        };
        passing && (idempotent || !error.may_have_acted())
    }

    fn wait(&self, error: &Error, failures: u32) -> Duration {
        if error.code() == Some(&ErrorCode::RateLimited) {
            self.rate_limited.wait(failures)
        } else {
            self.normal.wait(failures)
        }
    }
}

/// Waits that double, with full jitter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    base: Duration,
    cap: Duration,
}

impl Backoff {
    pub(crate) const fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap }
    }

    /// The wait after this many failures in a row, at least one.
    pub(crate) fn wait(&self, failures: u32) -> Duration {
        self.ceiling(failures).mul_f64(fastrand::f64())
    }

    fn ceiling(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.base.saturating_mul(1 << doublings).min(self.cap)
    }
}

/// The attempts of one call.
pub(crate) struct Repeating<'a> {
    pub(crate) policy: &'a RetryPolicy,
    pub(crate) idempotent: bool,
    pub(crate) begun: Instant,
    pub(crate) deadline: Option<Instant>,
    pub(crate) throttle: &'a Throttle,
}

impl Repeating<'_> {
    /// Attempts until one succeeds, a failure is final, or attempts, budget, deadline or the
    /// client's throttle end it.
    pub(crate) async fn run<T, F>(&self, attempt: &mut impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut attempts = 0;
        let mut may_have_acted = false;
        loop {
            let error = match attempt().await {
                Ok(value) => {
                    self.throttle.succeeded();
                    return Ok(value);
                }
                Err(error) => error,
            };
            attempts += 1;
            may_have_acted |= error.may_have_acted();
            let Some(wait) = self.wait(&error, attempts) else {
                return Err(if attempts == 1 {
                    error
                } else {
                    Error::RetryExhausted {
                        attempts,
                        may_have_acted,
                        source: Box::new(error),
                    }
                });
            };
            tracing::debug!(attempts, wait_ms = wait.as_millis(), "retrying");
            tokio::time::sleep(wait).await;
        }
    }

    /// How long to wait before the next attempt, if there is one.
    fn wait(&self, error: &Error, attempts: u32) -> Option<Duration> {
        if !self.policy.admits(error, self.idempotent) {
            return None;
        }
        let throttled = !self.throttle.failed();
        let wait = self.policy.wait(error, attempts);
        let budget = self.begun.checked_add(self.policy.budget);
        let end = [self.deadline, budget].into_iter().flatten().min();
        let in_time = end.is_none_or(|end| Instant::now() + wait < end);
        (attempts < self.policy.max_attempts && !throttled && in_time).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Refusal, TransportError, TransportErrorKind};
    use proptest::prelude::*;
    use std::cell::RefCell;

    fn refused(code: ErrorCode) -> Error {
        Refusal::new(code, "").into()
    }

    fn failed(kind: TransportErrorKind) -> Error {
        TransportError::new(kind, "").into()
    }

    /// Plays `outcomes` and reports how many were used, what came of it and how long it took.
    async fn play(
        policy: RetryPolicy,
        idempotent: bool,
        deadline: Option<Duration>,
        outcomes: Vec<Result<(), Error>>,
    ) -> (usize, Result<(), Error>, Duration) {
        let total = outcomes.len();
        let outcomes = RefCell::new(outcomes.into_iter());
        let start = Instant::now();
        let repeating = Repeating {
            policy: &policy,
            idempotent,
            begun: start,
            deadline: deadline.map(|deadline| start + deadline),
            throttle: &Throttle::default(),
        };
        let result = repeating
            .run(&mut || std::future::ready(outcomes.borrow_mut().next().unwrap()))
            .await;
        let used = total - outcomes.borrow().len();
        (used, result, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_passing_failure_is_survived() {
        for error in [
            failed(TransportErrorKind::Connect),
            failed(TransportErrorKind::Broken),
            refused(ErrorCode::InternalError),
            refused(ErrorCode::RateLimited),
        ] {
            let (used, result, _) =
                play(RetryPolicy::default(), true, None, vec![Err(error), Ok(())]).await;
            assert_eq!(used, 2);
            result.unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_final_failure_is_returned_as_it_is() {
        for error in [
            refused(ErrorCode::Forbidden),
            failed(TransportErrorKind::Tls),
            failed(TransportErrorKind::Protocol),
            Error::PlaintextRefused,
        ] {
            let text = error.to_string();
            let (used, result, took) =
                play(RetryPolicy::default(), true, None, vec![Err(error), Ok(())]).await;
            assert_eq!(used, 1);
            assert_eq!(result.unwrap_err().to_string(), text);
            assert_eq!(took, Duration::ZERO);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_have_been_applied_is_repeated_only_when_harmless() {
        let outcomes = || vec![Err(failed(TransportErrorKind::Broken)), Ok(())];
        let (used, result, _) = play(RetryPolicy::default(), false, None, outcomes()).await;
        assert_eq!(used, 1);
        assert!(result.unwrap_err().may_have_acted());
        let unsent = vec![Err(failed(TransportErrorKind::Connect)), Ok(())];
        let (used, result, _) = play(RetryPolicy::default(), false, None, unsent).await;
        assert_eq!(used, 2);
        result.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn exhaustion_keeps_the_last_error_and_the_worst_case() {
        let (used, result, took) = play(
            RetryPolicy::default(),
            true,
            None,
            vec![
                Err(failed(TransportErrorKind::Broken)),
                Err(failed(TransportErrorKind::Connect)),
                Err(failed(TransportErrorKind::Connect)),
                Err(refused(ErrorCode::RateLimited)),
                Ok(()),
            ],
        )
        .await;
        assert_eq!(used, 4);
        let error = result.unwrap_err();
        assert!(matches!(error, Error::RetryExhausted { attempts: 4, .. }));
        assert_eq!(error.code(), Some(&ErrorCode::RateLimited));
        assert!(error.may_have_acted(), "the first attempt may have arrived");
        assert_eq!(
            std::error::Error::source(&error).unwrap().to_string(),
            refused(ErrorCode::RateLimited).to_string()
        );
        // Ceilings of 100, 200 and 400 ms.
        assert!(took <= Duration::from_millis(703), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_wait_goes_beyond_the_deadline() {
        let policy = RetryPolicy::default()
            .max_attempts(1000)
            .backoff(Duration::from_secs(1), Duration::from_secs(1));
        let outcomes = (0..1000)
            .map(|_| Err(failed(TransportErrorKind::Connect)))
            .collect();
        let (_, result, took) = play(policy, true, Some(Duration::from_secs(5)), outcomes).await;
        assert!(matches!(result, Err(Error::RetryExhausted { .. })));
        assert!(took < Duration::from_secs(5), "{took:?}");
    }

    #[test]
    fn waits_double_up_to_the_cap() {
        let backoff = RetryPolicy::default().normal;
        let ceilings: Vec<_> = (0..=7).map(|n| backoff.ceiling(n).as_millis()).collect();
        assert_eq!(ceilings, [100, 100, 200, 400, 800, 1600, 2000, 2000]);
        assert_eq!(backoff.ceiling(u32::MAX), Duration::from_secs(2));
    }

    proptest! {
        #[test]
        fn a_wait_is_within_its_ceiling(base in 0u64..10_000, cap in 0u64..10_000, failures: u32) {
            let backoff = Backoff::new(Duration::from_millis(base), Duration::from_millis(cap));
            prop_assert!(backoff.wait(failures) <= Duration::from_millis(cap));
        }
    }
}
