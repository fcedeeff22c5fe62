use super::HandoffState;
use crate::{CommitReadiness, Projection};

/// What the runtime would accept next in a handoff session.
impl Projection<HandoffState> {
    /// Which outcome the runtime would accept next (RFC-MACP-0010 §5): either, as soon as any
    /// offer was answered, even with another one pending. No policy has a say in it.
    ///
    /// Where the bound policy accepts implicitly after a timeout, the runtime records that answer
    /// only right before the next message, so a pending offer may turn out to be accepted.
    pub fn commit_readiness(&self) -> CommitReadiness {
        let answered = self.handoffs().any(|handoff| !handoff.status.is_pending());
        if answered && self.binding.is_some() && !self.is_committed() {
            CommitReadiness::BOTH
        } else {
            CommitReadiness::NONE
        }
    }

    /// To whom the initiator may make an offer now, by the runtime's rules (RFC-MACP-0010 §5).
    pub fn eligible_targets(&self) -> impl Iterator<Item = &str> {
        self.participants()
            .iter()
            .map(String::as_str)
            .filter(|target| {
                !self.is_committed()
                    && self.initiator() != Some(*target)
                    && self.can_offer_to(target)
            })
    }

    /// Whose answer the session waits for.
    pub fn awaited_participant(&self) -> Option<&str> {
        self.active_offer()
            .filter(|_| !self.is_committed())
            .map(|offer| offer.target_participant.as_str())
    }
}
