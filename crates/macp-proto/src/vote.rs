use crate::words::closed_words;

closed_words! {
    /// A vote in decision mode (RFC-MACP-0007).
    pub enum Vote as "vote" {
        /// In favour.
        Approve = "APPROVE",
        /// Against.
        Reject = "REJECT",
        /// Neither: counts as a voter, not as a decisive vote.
        Abstain = "ABSTAIN",
    }
}

closed_words! {
    /// What an evaluation recommends in decision mode (RFC-MACP-0007).
    pub enum Recommendation as "recommendation" {
        /// Go ahead.
        Approve = "APPROVE",
        /// Look closer first: such an evaluation never counts as a qualifying one.
        Review = "REVIEW",
        /// Stop until something is resolved.
        Block = "BLOCK",
        /// Do not go ahead.
        Reject = "REJECT",
    }
}

closed_words! {
    /// How grave an objection is in decision mode (RFC-MACP-0007).
    #[derive(Default)]
    pub enum Severity as "severity" {
        /// Worth noting.
        Low = "low",
        /// The default.
        #[default]
        Medium = "medium",
        /// Serious.
        High = "high",
        /// May veto, where the bound policy says so.
        Critical = "critical",
    }
}
