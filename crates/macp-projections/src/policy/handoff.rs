use super::Number;
use super::commitment::CommitmentRules;
use super::descriptor::{ModeRules, private};
use super::json::{Members, object};
use super::read::Section;
use macp_proto::{InvalidValue, Mode};

/// The rules of a handoff policy (RFC-MACP-0012 §4.5). They never refuse an outcome.
///
/// ```
/// use macp_projections::policy::{HandoffRules, Policy};
/// use std::time::Duration;
///
/// let rules = HandoffRules::default().implicit_accept_after(Duration::from_secs(30));
/// assert_eq!(rules.implicit_accept_timeout_ms, 30_000);
/// let descriptor = Policy::new("policy.night-shift", rules).to_descriptor()?;
/// assert_eq!(descriptor.mode, "macp.mode.handoff.v1");
/// # Ok::<(), macp_proto::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandoffRules {
    /// After how many milliseconds an unanswered offer counts as accepted; 0 for never.
    pub implicit_accept_timeout_ms: u64,
    /// Who may commit.
    pub commitment: CommitmentRules,
}

impl HandoffRules {
    /// Makes an offer that is unanswered for so long count as accepted; zero for never.
    ///
    /// Fractions of a millisecond are dropped.
    #[must_use]
    pub fn implicit_accept_after(mut self, timeout: std::time::Duration) -> Self {
        self.implicit_accept_timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Sets who may commit.
    #[must_use]
    pub fn commitment(mut self, commitment: CommitmentRules) -> Self {
        self.commitment = commitment;
        self
    }
}

impl ModeRules for HandoffRules {
    const MODE: Mode = Mode::Handoff;
}

impl private::Rules for HandoffRules {
    fn check(&self) -> Result<(), InvalidValue> {
        self.commitment.check()
    }

    fn read(rules: &Section<'_>) -> Result<Self, InvalidValue> {
        let acceptance = rules.section("acceptance")?;
        Ok(Self {
            implicit_accept_timeout_ms: acceptance.integer("implicit_accept_timeout_ms", 0)?,
            commitment: CommitmentRules::read_whole(rules)?,
        })
    }

    fn members(&self) -> Members {
        let timeout = Number::from(self.implicit_accept_timeout_ms);
        vec![
            (
                "acceptance".to_owned(),
                object([("implicit_accept_timeout_ms", timeout.into())]),
            ),
            self.commitment.section(),
        ]
    }
}
