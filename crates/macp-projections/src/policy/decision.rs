use super::commitment::CommitmentRules;
use super::descriptor::{ModeRules, Policy, SchemaVersion, private};
use super::json::{Json, Members, object, same_members};
use super::read::Section;
use super::{Algorithm, CriticalObjectionAction, Number, QuorumKind};
use macp_proto::{InvalidValue, Mode};

/// The rules of a decision policy (RFC-MACP-0012 §4.1).
///
/// ```
/// use macp_projections::policy::{Algorithm, CriticalObjectionAction, DecisionRules, Policy};
///
/// let rules = DecisionRules::new(Algorithm::Weighted)
///     .threshold(0.6)
///     .weights([("alice", 2.0), ("bob", 1.0)])
///     .critical_objections(CriticalObjectionAction::FinalizeDecline, 1)
///     .minimum_confidence(0.8);
/// let descriptor = Policy::new("policy.release", rules).to_descriptor()?;
/// assert_eq!(descriptor.schema_version, 3);
/// # Ok::<(), macp_proto::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct DecisionRules {
    /// How votes are tallied.
    pub voting: VotingRules,
    /// What critical objections do (`objection_handling`).
    pub objections: ObjectionRules,
    /// What evaluations are asked for.
    pub evaluation: EvaluationRules,
    /// Who may commit.
    pub commitment: CommitmentRules,
    /// Whether either outcome needs the participation floor of `voting.quorum`.
    pub require_vote_quorum: bool,
    /// Whether a negative outcome may pass although the tally approves; it still needs a decisive
    /// vote against. Of schema version 2 and later.
    pub allow_decline_over_approval: bool,
}

/// How a decision's votes are tallied (`voting`).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct VotingRules {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The share of approvals that passes, above 0 and up to 1.
    pub threshold: Number,
    /// The participation floor, in force only with `require_vote_quorum`.
    pub quorum: Option<VotingQuorum>,
    weights: Option<Weights>,
}

/// In the order given, which is the order they are written in.
#[derive(Clone, Debug)]
struct Weights(Vec<(String, Number)>);

impl PartialEq for Weights {
    fn eq(&self, other: &Self) -> bool {
        same_members(&self.0, &other.0)
    }
}

impl Default for VotingRules {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::None,
            threshold: 0.5.into(),
            quorum: None,
            weights: None,
        }
    }
}

impl VotingRules {
    /// The weights, a sender and its weight each; empty where the policy gives none.
    ///
    /// A sender without a weight counts as a voter and decides nothing.
    pub fn weights(&self) -> impl Iterator<Item = (&str, Number)> {
        let weights = self.weights.iter().flat_map(|weights| &weights.0);
        weights.map(|(sender, weight)| (sender.as_str(), *weight))
    }
}

/// How many must vote, abstainers included (`voting.quorum`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VotingQuorum {
    kind: QuorumKind,
    value: Number,
}

impl VotingQuorum {
    /// A floor of this kind. The value is not negative; other SDKs write 0 as an integer, so we do.
    pub fn new(kind: QuorumKind, value: impl Into<Number>) -> Self {
        let value = value.into();
        Self {
            kind,
            value: if value.as_f64() == 0.0 {
                0.into()
            } else {
                value
            },
        }
    }

    /// How the value is meant.
    pub fn kind(self) -> QuorumKind {
        self.kind
    }

    /// The value.
    pub fn value(self) -> Number {
        self.value
    }
}

/// What critical objections do (`objection_handling`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectionRules {
    /// Whether critical objections veto at all.
    pub critical_severity_vetoes: bool,
    /// How many critical objections it takes, at least 1; one sender may raise several.
    pub veto_threshold: u32,
    /// What the veto does.
    pub critical_objection_action: CriticalObjectionAction,
}

impl Default for ObjectionRules {
    fn default() -> Self {
        Self {
            critical_severity_vetoes: false,
            veto_threshold: 1,
            critical_objection_action: CriticalObjectionAction::Deny,
        }
    }
}

/// What evaluations a decision asks for (`evaluation`), checked at the `Commitment`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct EvaluationRules {
    /// The confidence that one qualifying evaluation must reach, 0 to 1. Of no effect without
    /// `required_before_voting`.
    pub minimum_confidence: Number,
    /// Whether a qualifying evaluation, one that is not `REVIEW`, must exist.
    pub required_before_voting: bool,
}

impl Default for EvaluationRules {
    fn default() -> Self {
        Self {
            minimum_confidence: 0.0.into(),
            required_before_voting: false,
        }
    }
}

impl DecisionRules {
    /// Rules with this tally.
    pub fn new(algorithm: Algorithm) -> Self {
        let mut rules = Self::default();
        rules.voting.algorithm = algorithm;
        rules
    }

    /// Sets the share of approvals that passes, above 0 and up to 1; 0.5 unless set.
    ///
    /// [`Algorithm::Majority`] takes 0.5 or more, [`Algorithm::Supermajority`] only more than 0.5.
    #[must_use]
    pub fn threshold(mut self, threshold: impl Into<Number>) -> Self {
        self.voting.threshold = threshold.into();
        self
    }

    /// Sets the participation floor to a number of distinct voters. It is in force only with
    /// [`require_vote_quorum`](Self::require_vote_quorum).
    #[must_use]
    pub fn quorum_count(self, voters: impl Into<Number>) -> Self {
        self.quorum(VotingQuorum::new(QuorumKind::Count, voters))
    }

    /// Sets the participation floor to a percentage of the participants. It is in force only with
    /// [`require_vote_quorum`](Self::require_vote_quorum).
    #[must_use]
    pub fn quorum_percentage(self, percent: impl Into<Number>) -> Self {
        self.quorum(VotingQuorum::new(QuorumKind::Percentage, percent))
    }

    fn quorum(mut self, quorum: VotingQuorum) -> Self {
        self.voting.quorum = Some(quorum);
        self
    }

    /// Sets the weight of each sender, above 0. Whoever is not named decides nothing.
    #[must_use]
    pub fn weights<S, N>(mut self, weights: impl IntoIterator<Item = (S, N)>) -> Self
    where
        S: Into<String>,
        N: Into<Number>,
    {
        let weights = weights
            .into_iter()
            .map(|(sender, weight)| (sender.into(), weight.into()));
        self.voting.weights = Some(Weights(weights.collect()));
        self
    }

    /// Lets so many critical objections (at least 1) veto, and sets what the veto does.
    #[must_use]
    pub fn critical_objections(mut self, action: CriticalObjectionAction, threshold: u32) -> Self {
        self.objections = ObjectionRules {
            critical_severity_vetoes: true,
            veto_threshold: threshold,
            critical_objection_action: action,
        };
        self
    }

    /// Demands a qualifying evaluation, one that is not `REVIEW`, or not.
    #[must_use]
    pub fn evaluation_required(mut self, required: bool) -> Self {
        self.evaluation.required_before_voting = required;
        self
    }

    /// Demands a qualifying evaluation of at least this confidence, 0 to 1.
    #[must_use]
    pub fn minimum_confidence(mut self, confidence: impl Into<Number>) -> Self {
        // The runtime ignores a minimum without the demand.
        self.evaluation = EvaluationRules {
            minimum_confidence: confidence.into(),
            required_before_voting: true,
        };
        self
    }

    /// Sets who may commit.
    #[must_use]
    pub fn commitment(mut self, commitment: CommitmentRules) -> Self {
        self.commitment = commitment;
        self
    }

    /// Puts the participation floor in force for both outcomes, or not.
    #[must_use]
    pub fn require_vote_quorum(mut self, require: bool) -> Self {
        self.require_vote_quorum = require;
        self
    }

    /// Allows a negative outcome although the tally approves, or not.
    #[must_use]
    pub fn allow_decline_over_approval(mut self, allow: bool) -> Self {
        self.allow_decline_over_approval = allow;
        self
    }
}

impl Policy<DecisionRules> {
    /// Sets the version of the rule semantics; 3 unless set.
    #[must_use]
    pub fn schema_version(mut self, version: SchemaVersion) -> Self {
        self.schema_version = version;
        self
    }
}

impl ModeRules for DecisionRules {
    const MODE: Mode = Mode::Decision;
}

impl private::Rules for DecisionRules {
    const SCHEMA_VERSION: SchemaVersion = SchemaVersion::V3;

    fn check(&self) -> Result<(), InvalidValue> {
        self.voting.check()?;
        self.check_domains()?;
        self.commitment.check()
    }

    fn read(rules: &Section<'_>) -> Result<Self, InvalidValue> {
        let objections = rules.section("objection_handling")?;
        let evaluation = rules.section("evaluation")?;
        let commitment = rules.section("commitment")?;
        Ok(Self {
            voting: VotingRules::read(&rules.section("voting")?)?,
            objections: ObjectionRules {
                critical_severity_vetoes: objections.boolean("critical_severity_vetoes")?,
                veto_threshold: objections.integer("veto_threshold", 1)?,
                critical_objection_action: objections.known_word("critical_objection_action")?,
            },
            evaluation: EvaluationRules {
                minimum_confidence: evaluation.number("minimum_confidence", 0.0.into())?,
                required_before_voting: evaluation.boolean("required_before_voting")?,
            },
            commitment: CommitmentRules::read(rules)?,
            require_vote_quorum: commitment.boolean("require_vote_quorum")?,
            allow_decline_over_approval: commitment.boolean("allow_decline_over_approval")?,
        })
    }

    fn members(&self) -> Members {
        let objections = [
            (
                "critical_severity_vetoes",
                self.objections.critical_severity_vetoes.into(),
            ),
            (
                "veto_threshold",
                Number::from(self.objections.veto_threshold).into(),
            ),
            (
                "critical_objection_action",
                self.objections.critical_objection_action.as_str().into(),
            ),
        ];
        let evaluation = [
            (
                "minimum_confidence",
                self.evaluation.minimum_confidence.into(),
            ),
            (
                "required_before_voting",
                self.evaluation.required_before_voting.into(),
            ),
        ];
        let mut commitment = self.commitment.members();
        commitment.push((
            "require_vote_quorum".to_owned(),
            self.require_vote_quorum.into(),
        ));
        commitment.push((
            "allow_decline_over_approval".to_owned(),
            self.allow_decline_over_approval.into(),
        ));
        vec![
            ("voting".to_owned(), Json::Object(self.voting.members())),
            ("objection_handling".to_owned(), object(objections)),
            ("evaluation".to_owned(), object(evaluation)),
            ("commitment".to_owned(), Json::Object(commitment)),
        ]
    }
}

impl DecisionRules {
    /// The domains that the runtime checks again when it evaluates a bound policy.
    pub(super) fn check_domains(&self) -> Result<(), InvalidValue> {
        if self.objections.veto_threshold < 1 {
            return Err(InvalidValue::new(
                "objection_handling.veto_threshold",
                "is 0",
                "must be at least 1, or it would veto without an objection",
            ));
        }
        let confidence = self.evaluation.minimum_confidence;
        if !(0.0..=1.0).contains(&confidence.as_f64()) {
            return Err(InvalidValue::new(
                "evaluation.minimum_confidence",
                format_args!("is {confidence}"),
                "must be between 0 and 1",
            ));
        }
        Ok(())
    }
}

impl VotingRules {
    fn check(&self) -> Result<(), InvalidValue> {
        self.check_threshold()?;
        if self.algorithm == Algorithm::Weighted && self.weights.is_none() {
            return Err(InvalidValue::new(
                "voting.weights",
                "is not given",
                "algorithm weighted needs the weight of at least one sender",
            ));
        }
        if let Some(weights) = &self.weights {
            weights.check()?;
        }
        let Some(VotingQuorum { value, .. }) = self.quorum else {
            return Ok(());
        };
        if !value.as_f64().is_finite() || value.as_f64() < 0.0 {
            return Err(InvalidValue::new(
                "voting.quorum.value",
                format_args!("is {value}"),
                "must be a finite number that is not negative",
            ));
        }
        Ok(())
    }

    fn check_threshold(&self) -> Result<(), InvalidValue> {
        let wrong = |rule| {
            let problem = format_args!("is {}", self.threshold).to_string();
            Err(InvalidValue::new("voting.threshold", problem, rule))
        };
        let threshold = self.threshold.as_f64();
        if !(threshold > 0.0 && threshold <= 1.0) {
            return wrong("must be above 0 and at most 1");
        }
        match self.algorithm {
            Algorithm::Majority if threshold < 0.5 => {
                wrong("algorithm majority needs a threshold of at least 0.5")
            }
            Algorithm::Supermajority if threshold <= 0.5 => {
                wrong("algorithm supermajority needs a threshold above 0.5")
            }
            _ => Ok(()),
        }
    }

    fn read(section: &Section<'_>) -> Result<Self, InvalidValue> {
        let quorum = section.section("quorum")?;
        let read = VotingQuorum::new(
            quorum.word("type", QuorumKind::Count)?,
            quorum.number("value", 0.into())?,
        );
        Ok(Self {
            algorithm: section.known_word("algorithm")?,
            threshold: section.number("threshold", 0.5.into())?,
            quorum: section.has("quorum").then_some(read),
            weights: section.numbers("weights")?.map(Weights),
        })
    }

    fn members(&self) -> Members {
        let mut members = vec![
            ("algorithm".to_owned(), self.algorithm.as_str().into()),
            ("threshold".to_owned(), self.threshold.into()),
        ];
        if let Some(quorum) = self.quorum {
            let floor = [
                ("type", quorum.kind.as_str().into()),
                ("value", quorum.value.into()),
            ];
            members.push(("quorum".to_owned(), object(floor)));
        }
        if let Some(Weights(weights)) = &self.weights {
            let weights = weights
                .iter()
                .map(|(sender, weight)| (sender.clone(), (*weight).into()));
            members.push(("weights".to_owned(), Json::Object(weights.collect())));
        }
        members
    }
}

impl Weights {
    fn check(&self) -> Result<(), InvalidValue> {
        if self.0.is_empty() {
            return Err(InvalidValue::new(
                "voting.weights",
                "is empty",
                "must hold at least one sender, or be left out",
            ));
        }
        for (sender, weight) in &self.0 {
            let value = weight.as_f64();
            if !(value.is_finite() && value > 0.0) {
                return Err(InvalidValue::new(
                    format!("voting.weights[{sender:?}]"),
                    format_args!("is {weight}"),
                    "must be a finite number above 0; leave out whoever shall not decide",
                ));
            }
        }
        let mut senders: Vec<&str> = self.0.iter().map(|(sender, _)| sender.as_str()).collect();
        senders.sort_unstable();
        if let Some([twice, _]) = senders.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(InvalidValue::new(
                format!("voting.weights[{twice:?}]"),
                "is given twice",
                "a sender has one weight",
            ));
        }
        Ok(())
    }
}
