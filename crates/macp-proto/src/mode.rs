use crate::words::open_words;

open_words! {
    /// The mode of a session: which messages it takes and when it may be committed.
    ///
    /// The set is open, because a runtime may register extension modes.
    pub enum Mode {
        /// Proposals, evaluations, objections and votes (RFC-MACP-0007).
        Decision = "macp.mode.decision.v1",
        /// Negotiation by proposals and counter-proposals (RFC-MACP-0008).
        Proposal = "macp.mode.proposal.v1",
        /// One task, delegated and reported on (RFC-MACP-0009).
        Task = "macp.mode.task.v1",
        /// Responsibility handed to another participant (RFC-MACP-0010).
        Handoff = "macp.mode.handoff.v1",
        /// Approval by a number of participants (RFC-MACP-0011).
        Quorum = "macp.mode.quorum.v1",
        /// Convergence on one value over several rounds: the runtime's built-in extension mode.
        MultiRound = "ext.multi_round.v1",
        ..
        /// Any other mode id.
        Extension
    }
}

impl Mode {
    /// Whether this is one of the five standard modes, the only ones with decision receipts.
    pub fn is_standard(&self) -> bool {
        !matches!(self, Self::MultiRound | Self::Extension(_))
    }
}

#[cfg(test)]
mod tests {
    use super::Mode;

    #[test]
    fn five_modes_are_standard() {
        assert_eq!(
            Mode::KNOWN.iter().filter(|mode| mode.is_standard()).count(),
            5
        );
        assert!(!Mode::from("macp.mode.foo.v1").is_standard());
    }
}
