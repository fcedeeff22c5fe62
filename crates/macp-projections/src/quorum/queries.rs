use super::{Ballot, BallotRecord, QuorumState, RequestRecord};
use crate::Projection;

/// What a quorum session holds and adds up to.
impl Projection<QuorumState> {
    /// The requests, in the order of their first appearance. A runtime accepts one a session.
    pub fn requests(&self) -> impl DoubleEndedIterator<Item = &RequestRecord> + ExactSizeIterator {
        self.state.requests.values()
    }

    /// One request.
    pub fn request(&self, request_id: &str) -> Option<&RequestRecord> {
        self.state.requests.get(request_id)
    }

    /// The requests with a ballot, in the order of their first ballots.
    pub fn balloted_requests(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.state.ballots.keys().map(String::as_str)
    }

    /// The ballots on a request with who cast them, in order.
    pub fn ballots_on(
        &self,
        request_id: &str,
    ) -> impl DoubleEndedIterator<Item = (&str, &BallotRecord)> {
        self.state
            .ballots
            .get(request_id)
            .into_iter()
            .flatten()
            .map(|(sender, ballot)| (sender.as_str(), ballot))
    }

    /// The ballot that `sender` cast on a request.
    pub fn ballot_of(&self, request_id: &str, sender: &str) -> Option<&BallotRecord> {
        self.state.ballots.get(request_id)?.get(sender)
    }

    /// How many approve; 0 for an unknown request.
    pub fn approval_count(&self, request_id: &str) -> usize {
        self.count(request_id, Ballot::Approve)
    }

    /// How many reject; 0 for an unknown request.
    pub fn rejection_count(&self, request_id: &str) -> usize {
        self.count(request_id, Ballot::Reject)
    }

    /// How many abstain; 0 for an unknown request.
    pub fn abstention_count(&self, request_id: &str) -> usize {
        self.count(request_id, Ballot::Abstain)
    }

    /// Who cast a ballot, abstainers included, in order.
    pub fn voted_senders(&self, request_id: &str) -> impl DoubleEndedIterator<Item = &str> {
        self.ballots_on(request_id).map(|(sender, _)| sender)
    }

    fn count(&self, request_id: &str, vote: Ballot) -> usize {
        self.ballots_on(request_id)
            .filter(|(_, ballot)| ballot.vote == vote)
            .count()
    }
}
