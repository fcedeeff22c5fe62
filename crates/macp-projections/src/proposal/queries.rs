use super::{AcceptRecord, ProposalRecord, ProposalState, ProposalStatus, RejectRecord};
use crate::Projection;

/// What a proposal session holds and adds up to.
impl Projection<ProposalState> {
    /// The proposals, in the order of their first appearance.
    pub fn proposals(
        &self,
    ) -> impl DoubleEndedIterator<Item = &ProposalRecord> + ExactSizeIterator {
        self.state.proposals.values()
    }

    /// One proposal.
    pub fn proposal(&self, proposal_id: &str) -> Option<&ProposalRecord> {
        self.state.proposals.get(proposal_id)
    }

    /// Every `Accept`, in order, with those that were replaced or whose proposal was withdrawn.
    pub fn accepts(&self) -> &[AcceptRecord] {
        &self.state.accepts
    }

    /// Every `Reject`, in order.
    pub fn rejections(&self) -> &[RejectRecord] {
        &self.state.rejections
    }

    /// Who accepts which proposal now: each sender's latest `Accept`, if it is still in force.
    pub fn current_accepts(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&str, &str)> + ExactSizeIterator {
        self.state
            .current_accepts
            .iter()
            .map(|(sender, proposal_id)| (sender.as_str(), proposal_id.as_str()))
    }

    /// Which proposal `sender` accepts now.
    pub fn current_accept_of(&self, sender: &str) -> Option<&str> {
        self.state.current_accepts.get(sender).map(String::as_str)
    }

    /// The proposals that were not withdrawn. Rejected ones stay: they may still be accepted.
    pub fn live_proposals(&self) -> impl DoubleEndedIterator<Item = &ProposalRecord> {
        self.proposals()
            .filter(|proposal| proposal.status != ProposalStatus::Withdrawn)
    }

    /// The proposals that were neither withdrawn nor rejected for good.
    pub fn active_proposals(&self) -> impl DoubleEndedIterator<Item = &ProposalRecord> {
        self.proposals()
            .filter(|proposal| proposal.status == ProposalStatus::Open)
    }

    /// The proposal that appeared last.
    pub fn latest_proposal(&self) -> Option<&ProposalRecord> {
        self.proposals().next_back()
    }

    /// The one proposal that everyone who accepts anything accepts now.
    ///
    /// Those who accepted nothing are not asked, nor is it checked that the proposal is known:
    /// [`Self::converged_proposal`] is the runtime's rule.
    pub fn accepted_proposal(&self) -> Option<&str> {
        let mut accepted = self.current_accepts().map(|(_, proposal_id)| proposal_id);
        let first = accepted.next()?;
        accepted.all(|other| other == first).then_some(first)
    }

    /// Whether anyone accepts this proposal now.
    pub fn is_accepted(&self, proposal_id: &str) -> bool {
        self.current_accepts()
            .any(|(_, accepted)| accepted == proposal_id)
    }

    /// Whether any proposal is rejected for good.
    pub fn has_terminal_rejection(&self) -> bool {
        self.proposals()
            .any(|proposal| proposal.status == ProposalStatus::Rejected)
    }

    /// Whether this proposal is rejected for good.
    pub fn is_terminally_rejected(&self, proposal_id: &str) -> bool {
        self.proposal(proposal_id)
            .is_some_and(|proposal| proposal.status == ProposalStatus::Rejected)
    }
}
