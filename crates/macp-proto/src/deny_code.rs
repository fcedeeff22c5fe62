use crate::words::open_words;

open_words! {
    /// Why a governance policy refused (RFC-MACP-0012): the `code` of one denial.
    pub enum DenyCode {
        /// No reason was given.
        Unspecified = "unspecified",
        /// Critical objections veto.
        Veto = "veto",
        /// Critical objections hold the decision.
        VetoHold = "veto_hold",
        /// Too few participants voted.
        QuorumNotMet = "quorum_not_met",
        /// The tally did not reach the threshold.
        ThresholdNotMet = "threshold_not_met",
        /// No evaluation was confident enough.
        ConfidenceBelowMinimum = "confidence_below_minimum",
        /// A qualifying evaluation is missing.
        EvaluationRequired = "evaluation_required",
        /// No decisive vote was cast.
        NoVotes = "no_votes",
        /// A decline although the tally approves.
        DeclineOverApproval = "decline_over_approval",
        /// A decline without a vote against.
        DeclineNotBacked = "decline_not_backed",
        /// The acceptance criterion is not met.
        CriterionNotMet = "criterion_not_met",
        /// A completion without the required output.
        OutputRequired = "output_required",
        /// A task may not be taken over again.
        ReassignmentNotAllowed = "reassignment_not_allowed",
        /// The policy's schema version is unknown to the runtime.
        UnsupportedSchemaVersion = "unsupported_schema_version",
        /// The policy's rules do not decode.
        InvalidRules = "invalid_rules",
        ..
        /// A code this version does not know.
        Other
    }
}
