use super::commitment::CommitmentRules;
use super::descriptor::{ModeRules, private};
use super::json::{Members, object};
use super::read::Section;
use super::{Criterion, Number};
use macp_proto::{DenyCode, InvalidValue, Mode};

/// The rules of a proposal policy (RFC-MACP-0012 §4.3).
///
/// ```
/// use macp_projections::policy::{Criterion, Policy, ProposalRules};
///
/// let rules = ProposalRules::default().criterion(Criterion::Counterparty).max_rounds(3);
/// let descriptor = Policy::new("policy.negotiation", rules).to_descriptor()?;
/// assert!(descriptor.rules.starts_with(r#"{"acceptance": {"criterion": "counterparty"}"#));
/// # Ok::<(), macp_proto::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProposalRules {
    /// Whose acceptance makes a proposal converge.
    pub criterion: Criterion,
    /// How many counter-proposals a session takes; 0 for any number.
    pub max_rounds: u64,
    /// Whether every rejection is terminal, whatever its own flag says.
    pub terminal_on_any_reject: bool,
    /// Who may commit.
    pub commitment: CommitmentRules,
}

impl ProposalRules {
    /// Sets whose acceptance makes a proposal converge.
    #[must_use]
    pub fn criterion(mut self, criterion: Criterion) -> Self {
        self.criterion = criterion;
        self
    }

    /// Sets how many counter-proposals a session takes; 0 for any number.
    #[must_use]
    pub fn max_rounds(mut self, rounds: u64) -> Self {
        self.max_rounds = rounds;
        self
    }

    /// Makes every rejection terminal, or not.
    #[must_use]
    pub fn terminal_on_any_reject(mut self, terminal: bool) -> Self {
        self.terminal_on_any_reject = terminal;
        self
    }

    /// Sets who may commit.
    #[must_use]
    pub fn commitment(mut self, commitment: CommitmentRules) -> Self {
        self.commitment = commitment;
        self
    }

    /// Why the policy refuses this outcome after so many counter-proposals; empty if it does not.
    pub fn denials(&self, counter_proposals: u64, positive: bool) -> Vec<DenyCode> {
        let exceeded = self.max_rounds > 0 && counter_proposals > self.max_rounds;
        if positive && exceeded {
            vec![DenyCode::CriterionNotMet]
        } else {
            Vec::new()
        }
    }
}

impl ModeRules for ProposalRules {
    const MODE: Mode = Mode::Proposal;
}

impl private::Rules for ProposalRules {
    fn check(&self) -> Result<(), InvalidValue> {
        self.commitment.check()
    }

    fn read(rules: &Section<'_>) -> Result<Self, InvalidValue> {
        Ok(Self {
            criterion: rules
                .section("acceptance")?
                .word("criterion", Criterion::AllParties)?,
            max_rounds: rules
                .section("counter_proposal")?
                .integer("max_rounds", 0)?,
            terminal_on_any_reject: rules
                .section("rejection")?
                .boolean("terminal_on_any_reject")?,
            commitment: CommitmentRules::read_whole(rules)?,
        })
    }

    fn members(&self) -> Members {
        let rounds = Number::from(self.max_rounds);
        vec![
            (
                "acceptance".to_owned(),
                object([("criterion", self.criterion.as_str().into())]),
            ),
            (
                "counter_proposal".to_owned(),
                object([("max_rounds", rounds.into())]),
            ),
            (
                "rejection".to_owned(),
                object([("terminal_on_any_reject", self.terminal_on_any_reject.into())]),
            ),
            self.commitment.section(),
        ]
    }
}
