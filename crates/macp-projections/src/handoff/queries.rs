use super::{HandoffRecord, HandoffState, HandoffStatus};
use crate::Projection;

/// What a handoff session holds.
impl Projection<HandoffState> {
    /// The offers, in the order of their first appearance.
    pub fn handoffs(&self) -> impl DoubleEndedIterator<Item = &HandoffRecord> + ExactSizeIterator {
        self.state.handoffs.values()
    }

    /// One offer.
    pub fn handoff(&self, handoff_id: &str) -> Option<&HandoffRecord> {
        self.state.handoffs.get(handoff_id)
    }

    /// Whether any offer was accepted.
    pub fn has_accepted_offer(&self) -> bool {
        self.handoffs()
            .any(|handoff| handoff.status == HandoffStatus::Accepted)
    }

    /// Whether this offer was accepted.
    pub fn is_accepted(&self, handoff_id: &str) -> bool {
        self.status_of(handoff_id) == Some(HandoffStatus::Accepted)
    }

    /// Whether this offer was declined.
    pub fn is_declined(&self, handoff_id: &str) -> bool {
        self.status_of(handoff_id) == Some(HandoffStatus::Declined)
    }

    /// Whether the runtime accepted this offer in its target's place, after the policy's timeout.
    pub fn is_implicitly_accepted(&self, handoff_id: &str) -> bool {
        self.handoff(handoff_id)
            .is_some_and(|handoff| handoff.status == HandoffStatus::Accepted && handoff.implicit)
    }

    /// The newest offer that waits for its answer.
    pub fn active_offer(&self) -> Option<&HandoffRecord> {
        self.pending_handoffs().next_back()
    }

    /// The offers that wait for their answers. A runtime lets one wait at a time.
    pub fn pending_handoffs(&self) -> impl DoubleEndedIterator<Item = &HandoffRecord> {
        self.handoffs()
            .filter(|handoff| handoff.status.is_pending())
    }

    /// The targets of declined offers, once each, in the order of the offers.
    pub fn declined_targets(&self) -> impl Iterator<Item = &str> {
        let declined = || {
            self.handoffs()
                .filter(|handoff| handoff.status == HandoffStatus::Declined)
                .map(|handoff| handoff.target_participant.as_str())
        };
        declined()
            .enumerate()
            .filter(move |(at, target)| !declined().take(*at).any(|earlier| earlier == *target))
            .map(|(_, target)| target)
    }

    /// Whether no offer is pending or accepted and `target` has not declined.
    ///
    /// Whether `target` may take part at all is not asked: [`Self::eligible_targets`] is the
    /// runtime's rule.
    pub fn can_offer_to(&self, target: &str) -> bool {
        self.handoffs().all(|handoff| {
            handoff.status == HandoffStatus::Declined && handoff.target_participant != target
        })
    }

    fn status_of(&self, handoff_id: &str) -> Option<HandoffStatus> {
        self.handoff(handoff_id).map(|handoff| handoff.status)
    }
}
