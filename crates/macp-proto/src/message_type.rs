use crate::words::open_words;

open_words! {
    /// What an envelope carries (`message_type`).
    ///
    /// The set is open, because extension modes define their own. A word may stand for different
    /// payloads in different modes: `Proposal` and `Reject` do.
    pub enum MessageType {
        /// Opens a session.
        SessionStart = "SessionStart",
        /// Seals a session's outcome.
        Commitment = "Commitment",
        /// An ambient notice, outside any session and never recorded.
        Signal = "Signal",
        /// A progress notice, ambient or about one session, never recorded.
        Progress = "Progress",
        /// The runtime's own record of a cancellation; clients cannot send it.
        SessionCancel = "SessionCancel",
        /// The runtime's own record of a suspension; clients cannot send it.
        SessionSuspend = "SessionSuspend",
        /// The runtime's own record of a resumption; clients cannot send it.
        SessionResume = "SessionResume",
        /// A proposal, in decision and proposal mode.
        Proposal = "Proposal",
        /// An evaluation of a proposal, in decision mode.
        Evaluation = "Evaluation",
        /// An objection to a proposal, in decision mode.
        Objection = "Objection",
        /// A vote on a proposal, in decision mode.
        Vote = "Vote",
        /// A proposal that replaces another, in proposal mode.
        CounterProposal = "CounterProposal",
        /// Acceptance of a proposal, in proposal mode.
        Accept = "Accept",
        /// A rejection, in proposal and quorum mode.
        Reject = "Reject",
        /// Withdrawal of one's own proposal, in proposal mode.
        Withdraw = "Withdraw",
        /// The request that opens a task.
        TaskRequest = "TaskRequest",
        /// Acceptance of a task.
        TaskAccept = "TaskAccept",
        /// A declined or returned task.
        TaskReject = "TaskReject",
        /// Progress on a task.
        TaskUpdate = "TaskUpdate",
        /// The report that a task is done.
        TaskComplete = "TaskComplete",
        /// The report that a task failed.
        TaskFail = "TaskFail",
        /// An offer to hand over.
        HandoffOffer = "HandoffOffer",
        /// Context for an offer.
        HandoffContext = "HandoffContext",
        /// Acceptance of an offer.
        HandoffAccept = "HandoffAccept",
        /// A declined offer.
        HandoffDecline = "HandoffDecline",
        /// The request that opens a quorum's ballot.
        ApprovalRequest = "ApprovalRequest",
        /// An approving ballot, in quorum mode.
        Approve = "Approve",
        /// An abstaining ballot, in quorum mode.
        Abstain = "Abstain",
        /// A value contributed in multi-round mode.
        Contribute = "Contribute",
        ..
        /// Any other message type.
        Other
    }
}
