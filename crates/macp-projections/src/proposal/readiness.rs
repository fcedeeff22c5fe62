use super::{ProposalRecord, ProposalState, ProposalStatus};
use crate::policy::{Criterion, Policy, ProposalRules};
use crate::{CommitReadiness, Projection};

/// What the bound policy makes of a proposal session.
impl Projection<ProposalState> {
    /// Which outcome the runtime would accept next (RFC-MACP-0008 §6, RFC-MACP-0012 §4.3).
    ///
    /// Some proposal must have converged or be rejected for good; then either outcome will do,
    /// unless the policy refuses. `None` stands for the defaults of every rule. Without the
    /// `SessionStart` the answer is neither, because the roster is unknown.
    pub fn commit_readiness(&self, policy: Option<&Policy<ProposalRules>>) -> CommitReadiness {
        let defaults = ProposalRules::default();
        let rules = policy.map_or(&defaults, Policy::rules);
        let settled = self.converged_proposal(rules.criterion).is_some()
            || self.is_rejected_under(rules.terminal_on_any_reject);
        if self.is_committed() || self.binding.is_none() || !settled {
            return CommitReadiness::NONE;
        }
        let counter_proposals = self.proposals().filter(|p| p.supersedes.is_some()).count();
        CommitReadiness::of(|positive| rules.denials(counter_proposals as u64, positive).is_empty())
    }

    /// The first live proposal that everyone whom `criterion` asks accepts now.
    ///
    /// ```
    /// use macp_projections::ProposalProjection;
    /// use macp_projections::policy::Criterion;
    ///
    /// let projection = ProposalProjection::new();
    /// assert!(projection.converged_proposal(Criterion::AllParties).is_none());
    /// ```
    pub fn converged_proposal(&self, criterion: Criterion) -> Option<&ProposalRecord> {
        self.live_proposals()
            .find(|proposal| self.has_converged(proposal, criterion))
    }

    fn has_converged(&self, proposal: &ProposalRecord, criterion: Criterion) -> bool {
        let accepts = |name: &str| self.current_accept_of(name) == Some(&proposal.proposal_id);
        let participants = self.participants();
        if participants.is_empty() {
            return false;
        }
        match criterion {
            Criterion::AllParties => participants.iter().all(|one| accepts(one)),
            Criterion::Counterparty => participants
                .iter()
                .filter(|one| **one != proposal.sender)
                .all(|one| accepts(one)),
            Criterion::Initiator => self.initiator().is_some_and(accepts),
        }
    }

    /// Whether a rejection is in force for good, under a policy that may make any of them so.
    fn is_rejected_under(&self, terminal_on_any_reject: bool) -> bool {
        if !terminal_on_any_reject {
            return self.has_terminal_rejection();
        }
        self.rejections().iter().any(|rejection| {
            self.proposal(&rejection.proposal_id)
                .is_some_and(|proposal| proposal.status != ProposalStatus::Withdrawn)
        })
    }
}
