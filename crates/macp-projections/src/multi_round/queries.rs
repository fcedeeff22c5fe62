use super::{ContributionRecord, MultiRoundState};
use crate::{CommitReadiness, Projection};

/// What a multi-round session holds.
impl Projection<MultiRoundState> {
    /// Every contribution, in order.
    pub fn contributions(&self) -> &[ContributionRecord] {
        &self.state.contributions
    }

    /// What each contributor says now, in the order of their first contributions.
    pub fn current_values(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&str, &str)> + ExactSizeIterator {
        self.state
            .current
            .iter()
            .map(|(sender, value)| (sender.as_str(), value.as_str()))
    }

    /// What one contributor says now.
    pub fn value_of(&self, sender: &str) -> Option<&str> {
        self.state.current.get(sender).map(String::as_str)
    }

    /// How often anyone said something new.
    pub fn round(&self) -> u64 {
        self.state.round
    }

    /// The value that every participant contributed.
    ///
    /// `None` while somebody is missing or differs, and as long as the `SessionStart`, which names
    /// the participants, was not seen.
    pub fn converged_value(&self) -> Option<&str> {
        let everyone = !self.participants().is_empty()
            && self
                .participants()
                .iter()
                .all(|participant| self.state.current.contains_key(participant));
        let mut values = self.state.current.values();
        let first = values.next().filter(|_| everyone)?;
        values.all(|value| value == first).then_some(first)
    }

    /// Whether all participants agree, so that the initiator may commit.
    pub fn is_converged(&self) -> bool {
        self.converged_value().is_some()
    }

    /// Which outcome the runtime would accept next: either, once all agree. No policy has a say
    /// in it, and only the initiator may commit.
    pub fn commit_readiness(&self) -> CommitReadiness {
        if self.is_converged() && !self.is_committed() {
            CommitReadiness::BOTH
        } else {
            CommitReadiness::NONE
        }
    }
}
