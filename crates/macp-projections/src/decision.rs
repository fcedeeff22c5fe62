//! Decision mode: proposals, evaluations, objections and votes (RFC-MACP-0007).

mod machine;
mod queries;
mod readiness;

use crate::names::names;
use crate::projection::ModeState;
use crate::{Map, Projection, Recorded, double};
use macp_proto::{Mode, Recommendation, Severity, Vote};
use serde::{Deserialize, Serialize};

/// The state of a decision session.
pub type DecisionProjection = Projection<DecisionState>;

names! {
    /// How far a decision has come. It only moves forward.
    #[derive(Default, PartialOrd, Ord)]
    pub enum DecisionPhase {
        /// Waiting for the first proposal.
        #[default]
        Proposal = "Proposal",
        /// Proposals, evaluations and objections are welcome.
        Evaluation = "Evaluation",
        /// The first vote was cast; only votes are welcome.
        Voting = "Voting",
        /// The outcome is sealed.
        Committed = "Committed",
    }
}

/// A proposal, as it was last defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProposalRecord {
    /// Its id.
    pub proposal_id: String,
    /// What is proposed.
    pub option: String,
    /// Why.
    pub rationale: String,
    /// Who proposed it.
    pub sender: String,
}

/// An evaluation of a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EvaluationRecord {
    /// The proposal it is about.
    pub proposal_id: String,
    /// What it recommends.
    pub recommendation: Recorded<Recommendation>,
    /// How sure its sender is, from 0 to 1; a history may also hold NaN.
    #[serde(with = "double")]
    pub confidence: f64,
    /// Why.
    pub reason: String,
    /// Whose evaluation it is.
    pub sender: String,
}

/// An objection to a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ObjectionRecord {
    /// The proposal it is about.
    pub proposal_id: String,
    /// How grave it is.
    pub severity: Recorded<Severity>,
    /// Why.
    pub reason: String,
    /// Who objects.
    pub sender: String,
}

/// A vote; whose and on what is the key it is found under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VoteRecord {
    /// The vote.
    pub vote: Recorded<Vote>,
    /// Why.
    pub reason: String,
}

/// Decision mode's part of a [`DecisionProjection`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DecisionState {
    phase: DecisionPhase,
    proposals: Map<String, ProposalRecord>,
    evaluations: Vec<EvaluationRecord>,
    objections: Vec<ObjectionRecord>,
    /// By proposal, then by sender.
    votes: Map<String, Map<String, VoteRecord>>,
}

impl ModeState for DecisionState {
    const MODE: Mode = Mode::Decision;
    const COMMITTED: DecisionPhase = DecisionPhase::Committed;
    type Phase = DecisionPhase;

    fn open_phase(&self) -> DecisionPhase {
        self.phase
    }
}
