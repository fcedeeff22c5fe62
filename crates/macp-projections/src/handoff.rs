//! Handoff mode: responsibility handed to another participant (RFC-MACP-0010).

mod machine;
mod queries;
mod readiness;

use crate::projection::ModeState;
use crate::{Map, Projection};
use macp_proto::Mode;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The state of a handoff session.
pub type HandoffProjection = Projection<HandoffState>;

/// How far a handoff has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum HandoffPhase {
    /// Waiting for the first offer.
    #[default]
    Pending,
    /// An offer waits for its answer.
    OfferPending,
    /// The pending offer's context is being shared.
    ContextSharing,
    /// An offer was accepted.
    Accepted,
    /// The last offer was declined; another may follow.
    Declined,
    /// The outcome is sealed.
    Committed,
}

impl fmt::Display for HandoffPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pending => "Pending",
            Self::OfferPending => "OfferPending",
            Self::ContextSharing => "ContextSharing",
            Self::Accepted => "Accepted",
            Self::Declined => "Declined",
            Self::Committed => "Committed",
        })
    }
}

/// Where one offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HandoffStatus {
    /// Waiting for an answer.
    Offered,
    /// Waiting for an answer, with context.
    ContextSent,
    /// Accepted. Final.
    Accepted,
    /// Declined. Final.
    Declined,
}

impl HandoffStatus {
    /// Whether the offer still waits for its answer.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Offered | Self::ContextSent)
    }
}

impl fmt::Display for HandoffStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Offered => "offered",
            Self::ContextSent => "context_sent",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
        })
    }
}

/// An offer, as it was last made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HandoffRecord {
    /// Its id.
    pub handoff_id: String,
    /// Who is asked to take over.
    pub target_participant: String,
    /// What is handed over.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// Who offers.
    pub sender: String,
    /// Where it stands.
    pub status: HandoffStatus,
    /// The content type of the context that was shared last.
    pub context_content_type: Option<String>,
    /// Who accepted.
    pub accepted_by: Option<String>,
    /// Who declined.
    pub declined_by: Option<String>,
    /// Whether the runtime accepted because the target let the time pass (RFC-MACP-0010 §5.1).
    pub implicit: bool,
}

/// Handoff mode's part of a [`HandoffProjection`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct HandoffState {
    phase: HandoffPhase,
    handoffs: Map<String, HandoffRecord>,
}

impl ModeState for HandoffState {
    const MODE: Mode = Mode::Handoff;
    const COMMITTED: HandoffPhase = HandoffPhase::Committed;
    type Phase = HandoffPhase;

    fn open_phase(&self) -> HandoffPhase {
        self.phase
    }
}
