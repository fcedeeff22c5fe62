//! Quorum mode: approval by a number of participants (RFC-MACP-0011).

mod machine;
mod queries;
mod readiness;

use crate::projection::ModeState;
use crate::{Map, Projection};
use macp_proto::Mode;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The state of a quorum session.
pub type QuorumProjection = Projection<QuorumState>;

/// How far an approval has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum QuorumPhase {
    /// Waiting for the request.
    #[default]
    Pending,
    /// Ballots are welcome.
    Voting,
    /// The outcome is sealed.
    Committed,
}

impl fmt::Display for QuorumPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pending => "Pending",
            Self::Voting => "Voting",
            Self::Committed => "Committed",
        })
    }
}

/// What a ballot says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ballot {
    /// In favour.
    Approve,
    /// Against.
    Reject,
    /// Neither: counts as a ballot, never as an approval.
    Abstain,
}

impl fmt::Display for Ballot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Abstain => "abstain",
        })
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
