use super::commitment::CommitmentRules;
use super::descriptor::{ModeRules, private};
use super::json::{Json, Members, object};
use super::read::{Reading, Section};
use super::{Interpretation, Number, stored_rules};
use macp_proto::v1::PolicyDescriptor;
use macp_proto::{DenyCode, InvalidValue, Mode};

pub use super::words::ThresholdKind;

/// The rules of a quorum policy (RFC-MACP-0012 §4.2).
///
/// ```
/// use macp_projections::policy::{Policy, QuorumRules, Threshold};
///
/// let rules = QuorumRules::new(Threshold::percentage(75));
/// let descriptor = Policy::new("policy.three-quarters", rules).to_descriptor()?;
/// assert!(descriptor.rules.contains(r#""threshold": {"type": "percentage", "value": 75}"#));
/// # Ok::<(), macp_proto::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct QuorumRules {
    /// The approval bar.
    pub threshold: Threshold,
    /// Of no effect in any schema version.
    pub abstention_counts_toward_quorum: bool,
    /// How abstentions are reported.
    pub abstention: Interpretation,
    /// Who may commit.
    pub commitment: CommitmentRules,
}

impl QuorumRules {
    /// Rules with this approval bar.
    pub fn new(threshold: Threshold) -> Self {
        Self {
            threshold,
            ..Self::default()
        }
    }

    /// Sets how abstentions are reported.
    #[must_use]
    pub fn abstention(mut self, interpretation: Interpretation) -> Self {
        self.abstention = interpretation;
        self
    }

    /// Sets `abstention.counts_toward_quorum`, which no schema version gives an effect.
    #[must_use]
    pub fn abstention_counts_toward_quorum(mut self, counts: bool) -> Self {
        self.abstention_counts_toward_quorum = counts;
        self
    }

    /// Sets who may commit.
    #[must_use]
    pub fn commitment(mut self, commitment: CommitmentRules) -> Self {
        self.commitment = commitment;
        self
    }

    /// Why the policy refuses this outcome with so many approvals; empty if it does not.
    ///
    /// The mode has its own say first: with an unsatisfiable threshold it takes neither outcome,
    /// and otherwise only one that the ballots have settled.
    pub fn denials(&self, approvals: usize, participants: usize, positive: bool) -> Vec<DenyCode> {
        let met = match self.threshold.effective(participants) {
            None => true,
            Some(bar) => bar.is_met_by(approvals),
        };
        if positive && !met {
            vec![DenyCode::ThresholdNotMet]
        } else {
            Vec::new()
        }
    }
}

/// A quorum policy's approval bar (`threshold`).
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    kind: Kind,
    /// Without one the policy sets no bar.
    value: Option<Number>,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Known(ThresholdKind),
    /// A word of a policy that this version does not know; the runtime finds it unsatisfiable.
    Unknown(String),
}

impl Threshold {
    /// So many approvals, at least 1. More than there are participants can never be reached.
    pub fn n_of_m(approvals: u64) -> Self {
        Self {
            kind: Kind::Known(ThresholdKind::NOfM),
            value: Some(approvals.into()),
        }
    }

    /// The approvals of so many percent of the participants, 1 to 100, rounded up.
    pub fn percentage(percent: u64) -> Self {
        Self {
            kind: Kind::Known(ThresholdKind::Percentage),
            value: Some(percent.into()),
        }
    }

    /// How the value is meant; `None` for a word that only a newer runtime knows.
    pub fn kind(&self) -> Option<ThresholdKind> {
        match self.kind {
            Kind::Known(kind) => Some(kind),
            Kind::Unknown(_) => None,
        }
    }

    /// The value, if the policy gives one; without it, it sets no bar.
    pub fn value(&self) -> Option<Number> {
        self.value
    }

    /// The bar for a session with so many participants, in exact arithmetic; `None` where the
    /// policy sets none, so that the request's own `required_approvals` stands.
    ///
    /// ```
    /// use macp_projections::policy::{EffectiveThreshold, Threshold};
    ///
    /// // 28 / 100 * 25 would be 7.000000000000001 in doubles.
    /// let bar = Threshold::percentage(28).effective(25);
    /// assert_eq!(bar, Some(EffectiveThreshold::Approvals(7)));
    /// ```
    pub fn effective(&self, participants: usize) -> Option<EffectiveThreshold> {
        // What is not above 0, NaN included, sets no bar.
        let value = self.value?.as_f64();
        let positive = value > 0.0;
        positive.then(|| match self.kind() {
            None => EffectiveThreshold::Unsatisfiable,
            Some(ThresholdKind::Percentage) if participants == 0 => {
                EffectiveThreshold::Unsatisfiable
            }
            Some(ThresholdKind::Percentage) => percentage_of(value, participants),
            Some(ThresholdKind::NOfM) => rounded_up(value),
        })
    }

    fn check(&self) -> Result<(), InvalidValue> {
        if self.kind().is_none() {
            return Err(InvalidValue::new(
                "threshold.type",
                format_args!("{:?} is none of its values", self.word()),
                "must be one of n_of_m percentage",
            ));
        }
        let Some(number) = self.value else {
            return Ok(());
        };
        let wrong = |rule| InvalidValue::new("threshold.value", format_args!("is {number}"), rule);
        let value = number.as_f64();
        if value.fract() != 0.0 {
            return Err(wrong("must be a whole number"));
        }
        if value <= 0.0 {
            return Err(wrong("must be greater than 0, or every ballot would pass"));
        }
        if self.kind() == Some(ThresholdKind::Percentage) && value > 100.0 {
            return Err(wrong("a percentage must be at most 100"));
        }
        Ok(())
    }

    fn word(&self) -> &str {
        match &self.kind {
            Kind::Known(kind) => kind.as_str(),
            Kind::Unknown(word) => word,
        }
    }

    fn read(rules: &Section<'_>) -> Result<Self, InvalidValue> {
        let section = rules.section("threshold")?;
        let kind = match section.text("type")? {
            None => Kind::Known(ThresholdKind::default()),
            // An alias that the runtime still takes.
            Some("count") => Kind::Known(ThresholdKind::NOfM),
            Some(word) => match word.parse() {
                Ok(kind) => Kind::Known(kind),
                Err(error) if section.reading() == Reading::Admission => return Err(error),
                Err(_) => Kind::Unknown(word.to_owned()),
            },
        };
        let value = section.number("value", 0.into())?;
        Ok(Self {
            kind,
            value: section.has("value").then_some(value),
        })
    }
}

/// One approval.
impl Default for Threshold {
    fn default() -> Self {
        Self::n_of_m(1)
    }
}

/// How many approvals a quorum session needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectiveThreshold {
    /// So many, at least 1, perhaps more than there are participants.
    Approvals(u32),
    /// No number is enough: the policy cannot be satisfied in this session.
    Unsatisfiable,
}

impl EffectiveThreshold {
    /// Whether so many approvals are enough.
    pub fn is_met_by(self, approvals: usize) -> bool {
        match self {
            Self::Approvals(bar) => approvals >= bar as usize,
            Self::Unsatisfiable => false,
        }
    }
}

/// The approvals that a quorum session needs: the bound policy's bar, which replaces the request's
/// `required_approvals` upwards as well as downwards, or the latter where the policy sets none
/// (RFC-MACP-0011 §5).
///
/// A policy that cannot be read sets none.
///
/// ```
/// use macp_projections::policy::{EffectiveThreshold, Policy, QuorumRules, Threshold, effective_threshold};
///
/// let policy = Policy::new("policy.most", QuorumRules::new(Threshold::percentage(60)));
/// let descriptor = policy.to_descriptor()?;
/// assert_eq!(effective_threshold(Some(&descriptor), 5, 1), EffectiveThreshold::Approvals(3));
/// assert_eq!(effective_threshold(Some(&descriptor), 0, 1), EffectiveThreshold::Unsatisfiable);
/// assert_eq!(effective_threshold(None, 5, 1), EffectiveThreshold::Approvals(1));
/// # Ok::<(), macp_proto::InvalidValue>(())
/// ```
pub fn effective_threshold(
    policy: Option<&PolicyDescriptor>,
    participants: usize,
    required_approvals: u32,
) -> EffectiveThreshold {
    policy
        .and_then(|policy| {
            let rules = stored_rules(&policy.rules);
            let threshold = Threshold::read(&Section::root(&rules, Reading::Bound)).ok()?;
            threshold.effective(participants)
        })
        .unwrap_or(EffectiveThreshold::Approvals(required_approvals))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "casts saturate, and a fractional percentage is computed in doubles by rule"
)]
fn percentage_of(value: f64, participants: usize) -> EffectiveThreshold {
    if value.fract() != 0.0 {
        return rounded_up(value * participants as f64 / 100.0);
    }
    // Doubles would put 7 % of 100 above 7.
    let bar = (value as u128)
        .saturating_mul(participants as u128)
        .div_ceil(100);
    EffectiveThreshold::Approvals(u32::try_from(bar).unwrap_or(u32::MAX).max(1))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, as the rule demands"
)]
fn rounded_up(value: f64) -> EffectiveThreshold {
    EffectiveThreshold::Approvals((value.ceil() as u32).max(1))
}

impl ModeRules for QuorumRules {
    const MODE: Mode = Mode::Quorum;
}

impl private::Rules for QuorumRules {
    fn check(&self) -> Result<(), InvalidValue> {
        self.threshold.check()?;
        self.commitment.check()
    }

    fn read(rules: &Section<'_>) -> Result<Self, InvalidValue> {
        let abstention = rules.section("abstention")?;
        Ok(Self {
            threshold: Threshold::read(rules)?,
            abstention_counts_toward_quorum: abstention.boolean("counts_toward_quorum")?,
            abstention: abstention.word("interpretation", Interpretation::Neutral)?,
            commitment: CommitmentRules::read_whole(rules)?,
        })
    }

    fn members(&self) -> Members {
        let mut threshold = vec![("type".to_owned(), self.threshold.word().into())];
        if let Some(value) = self.threshold.value {
            threshold.push(("value".to_owned(), value.into()));
        }
        vec![
            ("threshold".to_owned(), Json::Object(threshold)),
            (
                "abstention".to_owned(),
                object([
                    (
                        "counts_toward_quorum",
                        self.abstention_counts_toward_quorum.into(),
                    ),
                    ("interpretation", self.abstention.as_str().into()),
                ]),
            ),
            self.commitment.section(),
        ]
    }
}
