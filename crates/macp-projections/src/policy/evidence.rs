use super::{Algorithm, CriticalObjectionAction, DecisionRules, Policy, QuorumKind, SchemaVersion};
use macp_proto::{DenyCode, Recommendation, Severity, Vote};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a decision session has on record, as far as policies look at it.
///
/// ```
/// use macp_projections::policy::{Algorithm, DecisionEvidence, DecisionRules, Policy};
/// use macp_proto::{DenyCode, Vote};
///
/// let roster = ["alice".to_owned(), "bob".to_owned()];
/// let policy = Policy::new("policy.all", DecisionRules::new(Algorithm::Unanimous));
///
/// let mut evidence = DecisionEvidence::new(&roster);
/// evidence.vote("p1", "alice", Vote::Approve);
/// assert_eq!(policy.denials(&evidence, true), [DenyCode::ThresholdNotMet]);
/// assert_eq!(policy.denials(&evidence, false), [DenyCode::DeclineNotBacked]);
///
/// evidence.vote("p1", "bob", Vote::Approve);
/// assert!(policy.denials(&evidence, true).is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct DecisionEvidence<'a> {
    participants: &'a [String],
    // By proposal and voter: weights are summed in this order, and sums of doubles depend on it.
    votes: BTreeMap<(&'a str, &'a str), Vote>,
    qualifying_evaluations: usize,
    highest_confidence: f64,
    critical_objections: u64,
}

impl<'a> DecisionEvidence<'a> {
    /// Nothing yet, in a session with these participants.
    pub fn new(participants: &'a [String]) -> Self {
        Self {
            participants,
            votes: BTreeMap::new(),
            qualifying_evaluations: 0,
            highest_confidence: f64::NEG_INFINITY,
            critical_objections: 0,
        }
    }

    /// Adds a sender's vote on a proposal. A later one replaces it, which no runtime allows.
    pub fn vote(&mut self, proposal_id: &'a str, sender: &'a str, vote: Vote) {
        self.votes.insert((proposal_id, sender), vote);
    }

    /// Adds an evaluation. `REVIEW` never counts.
    pub fn evaluation(&mut self, recommendation: Recommendation, confidence: f64) {
        if recommendation != Recommendation::Review {
            self.qualifying_evaluations += 1;
            self.highest_confidence = self.highest_confidence.max(confidence);
        }
    }

    /// Adds an objection. Only critical ones count.
    pub fn objection(&mut self, severity: Severity) {
        if severity == Severity::Critical {
            self.critical_objections += 1;
        }
    }

    fn count(&self, wanted: Vote) -> usize {
        self.votes.values().filter(|vote| **vote == wanted).count()
    }

    fn voters(&self) -> usize {
        let voters: BTreeSet<_> = self.votes.keys().map(|(_, sender)| sender).collect();
        voters.len()
    }
}

impl Policy<DecisionRules> {
    /// Why the policy refuses this outcome now, in the order of the runtime's refusal; empty if it
    /// does not (RFC-MACP-0007 §6, RFC-MACP-0012 §4.1).
    ///
    /// The mode has its own say first: there must be a proposal.
    pub fn denials(&self, evidence: &DecisionEvidence<'_>, positive: bool) -> Vec<DenyCode> {
        let rules = self.rules();
        if rules.check_domains().is_err() {
            return vec![DenyCode::InvalidRules];
        }
        let veto = rules.standing_veto(evidence);
        // A decline that critical objections authorize needs nothing from the votes.
        if veto == Some(CriticalObjectionAction::FinalizeDecline) && !positive {
            return Vec::new();
        }
        let mut denials = Vec::new();
        denials.extend(rules.evaluation_gate(evidence));
        denials.extend(veto.map(|action| match action {
            CriticalObjectionAction::Hold => DenyCode::VetoHold,
            CriticalObjectionAction::Deny | CriticalObjectionAction::FinalizeDecline => {
                DenyCode::Veto
            }
        }));
        if rules.require_vote_quorum && !rules.has_vote_quorum(evidence) {
            denials.push(DenyCode::QuorumNotMet);
        }
        if rules.voting.algorithm != Algorithm::None {
            denials.extend(rules.tally_gate(evidence, self.version(), positive));
        }
        denials
    }
}

/// What the votes come to.
enum Tally {
    Passed,
    Failed,
    /// Nobody whose vote decides anything voted for or against.
    Empty,
}

impl DecisionRules {
    fn standing_veto(&self, evidence: &DecisionEvidence<'_>) -> Option<CriticalObjectionAction> {
        let rules = self.objections;
        let stands = rules.critical_severity_vetoes
            && evidence.critical_objections >= rules.veto_threshold.into();
        stands.then_some(rules.critical_objection_action)
    }

    fn evaluation_gate(&self, evidence: &DecisionEvidence<'_>) -> Option<DenyCode> {
        if !self.evaluation.required_before_voting {
            return None;
        }
        let minimum = self.evaluation.minimum_confidence.as_f64();
        if minimum > 0.0 {
            (evidence.highest_confidence < minimum).then_some(DenyCode::ConfidenceBelowMinimum)
        } else {
            (evidence.qualifying_evaluations == 0).then_some(DenyCode::EvaluationRequired)
        }
    }

    fn has_vote_quorum(&self, evidence: &DecisionEvidence<'_>) -> bool {
        let Some(floor) = self.voting.quorum else {
            return true;
        };
        let value = floor.value().as_f64();
        match floor.kind() {
            QuorumKind::Count => double(evidence.voters()) >= value,
            QuorumKind::Percentage if evidence.participants.is_empty() => value <= 0.0,
            QuorumKind::Percentage => {
                let share = double(evidence.voters()) / double(evidence.participants.len());
                share * 100.0 >= value
            }
        }
    }

    fn tally_gate(
        &self,
        evidence: &DecisionEvidence<'_>,
        version: SchemaVersion,
        positive: bool,
    ) -> Option<DenyCode> {
        let tally = self.tally(evidence);
        if positive {
            return match tally {
                Tally::Passed => None,
                Tally::Failed => Some(DenyCode::ThresholdNotMet),
                Tally::Empty => (version >= SchemaVersion::V3 || self.require_vote_quorum)
                    .then_some(DenyCode::NoVotes),
            };
        }
        if matches!(tally, Tally::Passed) && !self.allow_decline_over_approval {
            return Some(DenyCode::DeclineOverApproval);
        }
        (!self.has_decisive_reject(evidence)).then_some(DenyCode::DeclineNotBacked)
    }

    fn tally(&self, evidence: &DecisionEvidence<'_>) -> Tally {
        let approvals = evidence.count(Vote::Approve);
        let rejections = evidence.count(Vote::Reject);
        if approvals + rejections == 0 {
            return Tally::Empty;
        }
        let threshold = self.voting.threshold.as_f64();
        let share = double(approvals) / double(approvals + rejections);
        let passed = match self.voting.algorithm {
            // There is nothing to tally; callers don't ask.
            Algorithm::None => true,
            Algorithm::Majority => share >= threshold,
            Algorithm::Supermajority if threshold > 0.5 => share >= threshold,
            Algorithm::Supermajority => share >= 2.0 / 3.0,
            Algorithm::Unanimous => rejections == 0 && everybody_approved(evidence),
            Algorithm::Plurality => approvals > rejections,
            Algorithm::Weighted => return self.weighted_tally(evidence),
        };
        if passed { Tally::Passed } else { Tally::Failed }
    }

    fn weighted_tally(&self, evidence: &DecisionEvidence<'_>) -> Tally {
        let weights: HashMap<&str, f64> = self
            .voting
            .weights()
            .map(|(sender, weight)| (sender, weight.as_f64()))
            .collect();
        let (mut approving, mut total) = (0.0, 0.0);
        for ((_, sender), vote) in &evidence.votes {
            let weight = weights.get(sender).copied().unwrap_or(0.0);
            match vote {
                Vote::Approve => {
                    approving += weight;
                    total += weight;
                }
                Vote::Reject => total += weight,
                Vote::Abstain => {}
            }
        }
        if total == 0.0 {
            Tally::Empty
        } else if total > 0.0 && approving / total >= self.voting.threshold.as_f64() {
            Tally::Passed
        } else {
            Tally::Failed
        }
    }

    /// A vote against by somebody whose vote counts: without one, nothing may be declined.
    fn has_decisive_reject(&self, evidence: &DecisionEvidence<'_>) -> bool {
        let mut rejecting = evidence
            .votes
            .iter()
            .filter(|(_, vote)| **vote == Vote::Reject)
            .map(|((_, sender), _)| *sender);
        if self.voting.algorithm != Algorithm::Weighted {
            return rejecting.next().is_some();
        }
        let electorate: BTreeSet<&str> = self
            .voting
            .weights()
            .filter(|(_, weight)| weight.as_f64() > 0.0)
            .map(|(sender, _)| sender)
            .collect();
        rejecting.any(|sender| electorate.contains(sender))
    }
}

fn everybody_approved(evidence: &DecisionEvidence<'_>) -> bool {
    let approving: BTreeSet<&str> = evidence
        .votes
        .iter()
        .filter(|(_, vote)| **vote == Vote::Approve)
        .map(|((_, sender), _)| *sender)
        .collect();
    evidence
        .participants
        .iter()
        .all(|one| approving.contains(one.as_str()))
}

/// The runtime compares in doubles, and a session has far fewer messages than 2^53.
#[expect(clippy::cast_precision_loss)]
fn double(count: usize) -> f64 {
    count as f64
}
