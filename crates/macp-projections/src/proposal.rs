//! Proposal mode: negotiation by proposals and counter-proposals (RFC-MACP-0008).

mod machine;
mod queries;
mod readiness;

use crate::names::names;
use crate::projection::ModeState;
use crate::{Map, Projection};
use macp_proto::Mode;
use serde::{Deserialize, Serialize};

/// The state of a proposal session.
pub type ProposalProjection = Projection<ProposalState>;

names! {
    /// How far a negotiation has come.
    ///
    /// Convergence is not a phase here, because it depends on the bound policy.
    #[derive(Default)]
    pub enum ProposalPhase {
        /// Proposals are on the table, or about to be.
        #[default]
        Negotiating = "Negotiating",
        /// Some proposal is rejected for good. The negotiation may go on nevertheless.
        TerminalRejected = "TerminalRejected",
        /// The outcome is sealed.
        Committed = "Committed",
    }
}

names! {
    /// What became of a proposal.
    pub enum ProposalStatus {
        /// It may be accepted and rejected.
        Open = "open",
        /// It was rejected for good.
        Rejected = "rejected",
        /// Its author took it back.
        Withdrawn = "withdrawn",
    }
}

/// A proposal or counter-proposal, as it was last defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProposalRecord {
    /// Its id.
    pub proposal_id: String,
    /// Its title.
    pub title: String,
    /// What it says.
    pub summary: String,
    /// Its tags; a counter-proposal has none.
    pub tags: Vec<String>,
    /// The proposal that this counter-proposal wants to replace.
    pub supersedes: Option<String>,
    /// What became of it.
    pub status: ProposalStatus,
    /// Its author.
    pub sender: String,
}

/// An `Accept`, as logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AcceptRecord {
    /// The accepted proposal.
    pub proposal_id: String,
    /// Why.
    pub reason: String,
    /// Who accepts.
    pub sender: String,
}

/// A `Reject`, as logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RejectRecord {
    /// The rejected proposal.
    pub proposal_id: String,
    /// Whether its sender rejects for good. A policy may make every rejection terminal; that is
    /// not seen here.
    pub terminal: bool,
    /// Why.
    pub reason: String,
    /// Who rejects.
    pub sender: String,
}

/// Proposal mode's part of a [`ProposalProjection`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ProposalState {
    proposals: Map<String, ProposalRecord>,
    accepts: Vec<AcceptRecord>,
    rejections: Vec<RejectRecord>,
    /// What each sender accepts now: the latest `Accept`, unless that proposal was withdrawn.
    current_accepts: Map<String, String>,
}

impl ModeState for ProposalState {
    const MODE: Mode = Mode::Proposal;
    const COMMITTED: ProposalPhase = ProposalPhase::Committed;
    type Phase = ProposalPhase;

    fn open_phase(&self) -> ProposalPhase {
        let any_rejected = self
            .proposals
            .values()
            .any(|proposal| proposal.status == ProposalStatus::Rejected);
        if any_rejected {
            ProposalPhase::TerminalRejected
        } else {
            ProposalPhase::Negotiating
        }
    }
}
