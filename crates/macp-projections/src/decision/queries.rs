use super::{DecisionState, EvaluationRecord, ObjectionRecord, ProposalRecord, VoteRecord};
use crate::{Map, Projection, Recorded};
use macp_proto::{Recommendation, Severity, Vote};

/// What a decision session holds and adds up to.
///
/// The tallies know nothing of the bound policy, its weights or thresholds; `commit_readiness`
/// does. All of them keep answering after the commitment.
impl Projection<DecisionState> {
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

    /// Every evaluation, in order.
    pub fn evaluations(&self) -> &[EvaluationRecord] {
        &self.state.evaluations
    }

    /// Every objection, in order.
    pub fn objections(&self) -> &[ObjectionRecord] {
        &self.state.objections
    }

    /// The proposals that were voted on, in the order of their first votes.
    pub fn voted_proposals(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.state.votes.keys().map(String::as_str)
    }

    /// The votes on a proposal with who cast them, in order.
    pub fn votes_on(
        &self,
        proposal_id: &str,
    ) -> impl DoubleEndedIterator<Item = (&str, &VoteRecord)> {
        self.state
            .votes
            .get(proposal_id)
            .into_iter()
            .flatten()
            .map(|(sender, vote)| (sender.as_str(), vote))
    }

    /// How `sender` voted on a proposal.
    pub fn vote_of(&self, proposal_id: &str, sender: &str) -> Option<&VoteRecord> {
        self.state.votes.get(proposal_id)?.get(sender)
    }

    /// The number of approving votes of each proposal that was voted on.
    pub fn vote_totals(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&str, usize)> + ExactSizeIterator {
        self.state
            .votes
            .iter()
            .map(|(proposal_id, votes)| (proposal_id.as_str(), approvals(votes)))
    }

    /// The first proposal that more than half of all decisive votes of the session approve.
    ///
    /// Decisive is every vote but `ABSTAIN`, on whichever proposal. Exactly half is no majority
    /// here, although the runtime's `majority` algorithm is content with it.
    pub fn majority_winner(&self) -> Option<&str> {
        let decisive: usize = self.state.votes.values().map(decisive).sum();
        self.vote_totals()
            .find(|(_, approvals)| approvals * 2 > decisive)
            .map(|(proposal_id, _)| proposal_id)
    }

    /// The share of a proposal's decisive votes that approve it, from 0 to 1; 0 without any.
    pub fn vote_ratio(&self, proposal_id: &str) -> f64 {
        self.state.votes.get(proposal_id).map_or(0.0, |votes| {
            #[allow(
                clippy::cast_precision_loss,
                reason = "a session has fewer than 2^52 votes"
            )]
            match decisive(votes) {
                0 => 0.0,
                decisive => approvals(votes) as f64 / decisive as f64,
            }
        })
    }

    /// Whether anyone objects critically to anything, whether or not the bound policy lets such an
    /// objection veto.
    pub fn has_blocking_objection(&self) -> bool {
        self.state.objections.iter().any(is_critical)
    }

    /// Whether anyone objects critically to this proposal.
    pub fn has_blocking_objection_to(&self, proposal_id: &str) -> bool {
        self.state
            .objections
            .iter()
            .any(|objection| objection.proposal_id == proposal_id && is_critical(objection))
    }

    /// The evaluations that only ask for a closer look (`REVIEW`).
    pub fn review_evaluations(&self) -> impl DoubleEndedIterator<Item = &EvaluationRecord> {
        self.state.evaluations.iter().filter(|e| is_review(e))
    }

    /// The evaluations that take a stand: all but `REVIEW`.
    pub fn qualifying_evaluations(&self) -> impl DoubleEndedIterator<Item = &EvaluationRecord> {
        self.state.evaluations.iter().filter(|e| !is_review(e))
    }
}

fn approvals(votes: &Map<String, VoteRecord>) -> usize {
    votes
        .values()
        .filter(|record| approves(&record.vote))
        .count()
}

fn decisive(votes: &Map<String, VoteRecord>) -> usize {
    votes
        .values()
        .filter(|record| !abstains(&record.vote))
        .count()
}

/// Histories from elsewhere may spell an approval in several ways; the runtime's own has one.
fn approves(vote: &Recorded<Vote>) -> bool {
    match vote {
        Recorded::Known(vote) => *vote == Vote::Approve,
        Recorded::Other(text) => matches!(
            text.trim().to_uppercase().as_str(),
            "APPROVE" | "APPROVED" | "YES" | "ACCEPT" | "ACCEPTED"
        ),
    }
}

fn abstains(vote: &Recorded<Vote>) -> bool {
    match vote {
        Recorded::Known(vote) => *vote == Vote::Abstain,
        Recorded::Other(text) => text.trim().to_uppercase() == Vote::Abstain.as_str(),
    }
}

fn is_critical(objection: &ObjectionRecord) -> bool {
    match &objection.severity {
        Recorded::Known(severity) => *severity == Severity::Critical,
        Recorded::Other(text) => text.to_lowercase() == Severity::Critical.as_str(),
    }
}

fn is_review(evaluation: &EvaluationRecord) -> bool {
    match &evaluation.recommendation {
        Recorded::Known(recommendation) => *recommendation == Recommendation::Review,
        Recorded::Other(text) => text.to_uppercase() == Recommendation::Review.as_str(),
    }
}
