use super::DecisionState;
use crate::policy::{DecisionEvidence, DecisionRules, Policy};
use crate::{CommitReadiness, Projection};
use macp_proto::DenyCode;

/// What the bound policy makes of a decision session.
impl Projection<DecisionState> {
    /// Which outcome the runtime would accept next (RFC-MACP-0007 §6, RFC-MACP-0012 §4.1).
    ///
    /// There must be a proposal, and the policy must not refuse. `None` stands for a policy that
    /// refuses nothing, such as `policy.default`. Without the `SessionStart` the answer is
    /// neither, because the roster is unknown.
    ///
    /// ```
    /// use macp_projections::policy::{Algorithm, DecisionRules, Policy};
    /// use macp_projections::{CommitReadiness, DecisionProjection};
    ///
    /// let projection = DecisionProjection::new();
    /// let policy = Policy::new("policy.all", DecisionRules::new(Algorithm::Unanimous));
    /// assert_eq!(projection.commit_readiness(Some(&policy)), CommitReadiness::NONE);
    /// ```
    pub fn commit_readiness(&self, policy: Option<&Policy<DecisionRules>>) -> CommitReadiness {
        if self.is_committed()
            || self.binding.is_none()
            || self.state.proposals.is_empty()
            || self.is_poisoned()
        {
            return CommitReadiness::NONE;
        }
        let Some(policy) = policy else {
            return CommitReadiness::BOTH;
        };
        let evidence = self.evidence();
        CommitReadiness::of(|positive| policy.denials(&evidence, positive).is_empty())
    }

    /// Why the policy would refuse an outcome now; empty if it would not.
    pub fn denials(&self, policy: &Policy<DecisionRules>, positive: bool) -> Vec<DenyCode> {
        policy.denials(&self.evidence(), positive)
    }

    /// Whether the policy lets the critical objections on record stand in the way of a positive
    /// outcome.
    pub fn is_vetoed(&self, policy: &Policy<DecisionRules>) -> bool {
        self.denials(policy, true)
            .iter()
            .any(|denial| matches!(denial, DenyCode::Veto | DenyCode::VetoHold))
    }

    /// Whether an evaluation's confidence is no number, after which the runtime refuses every
    /// further message of the session.
    pub fn is_poisoned(&self) -> bool {
        self.state
            .evaluations
            .iter()
            .any(|evaluation| !evaluation.confidence.is_finite())
    }

    /// What policies look at. Words that no runtime admits are left out.
    fn evidence(&self) -> DecisionEvidence<'_> {
        let mut evidence = DecisionEvidence::new(self.participants());
        for (proposal_id, votes) in &self.state.votes {
            for (sender, record) in votes {
                if let Some(vote) = record.vote.known() {
                    evidence.vote(proposal_id, sender, *vote);
                }
            }
        }
        for evaluation in &self.state.evaluations {
            if let Some(recommendation) = evaluation.recommendation.known() {
                evidence.evaluation(*recommendation, evaluation.confidence);
            }
        }
        for objection in &self.state.objections {
            if let Some(severity) = objection.severity.known() {
                evidence.objection(*severity);
            }
        }
        evidence
    }
}
