//! Quorum mode: approval by a number of participants (RFC-MACP-0011).

mod machine;
mod queries;
mod readiness;

use crate::names::names;
use crate::projection::ModeState;
use crate::{Map, Projection};
use macp_proto::Mode;
use serde::{Deserialize, Serialize};

/// The state of a quorum session.
pub type QuorumProjection = Projection<QuorumState>;

names! {
    /// How far an approval has come.
    #[derive(Default)]
    pub enum QuorumPhase {
        /// Waiting for the request.
        #[default]
        Pending = "Pending",
        /// Ballots are welcome.
        Voting = "Voting",
        /// The outcome is sealed.
        Committed = "Committed",
    }
}

names! {
    /// What a ballot says.
    pub enum Ballot {
        /// In favour.
        Approve = "approve",
        /// Against.
        Reject = "reject",
        /// Neither: counts as a ballot, never as an approval.
        Abstain = "abstain",
    }
}

/// A request for approval, as it was last made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestRecord {
    /// Its id.
    pub request_id: String,
    /// What should be approved.
    pub action: String,
    /// What it is about.
    pub summary: String,
    /// How many approvals it asks for; a bound policy may replace that number.
    pub required_approvals: u32,
    /// Who asks.
    pub sender: String,
}

/// A ballot; whose and on what is the key it is found under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BallotRecord {
    /// What it says.
    pub vote: Ballot,
    /// Why.
    pub reason: String,
}

/// Quorum mode's part of a [`QuorumProjection`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct QuorumState {
    phase: QuorumPhase,
    requests: Map<String, RequestRecord>,
    /// By request, then by sender.
    ballots: Map<String, Map<String, BallotRecord>>,
}

impl ModeState for QuorumState {
    const MODE: Mode = Mode::Quorum;
    const COMMITTED: QuorumPhase = QuorumPhase::Committed;
    type Phase = QuorumPhase;

    fn open_phase(&self) -> QuorumPhase {
        self.phase
    }
}
