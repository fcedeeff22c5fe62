//! Handoff mode: responsibility handed to another participant (RFC-MACP-0010).

mod machine;
mod queries;
mod readiness;

use crate::names::names;
use crate::projection::ModeState;
use crate::{Map, Projection};
use macp_proto::Mode;
use serde::{Deserialize, Serialize};

/// The state of a handoff session.
pub type HandoffProjection = Projection<HandoffState>;

names! {
    /// How far a handoff has come.
    #[derive(Default)]
    pub enum HandoffPhase {
        /// Waiting for the first offer.
        #[default]
        Pending = "Pending",
        /// An offer waits for its answer.
        OfferPending = "OfferPending",
        /// The pending offer's context is being shared.
        ContextSharing = "ContextSharing",
        /// An offer was accepted.
        Accepted = "Accepted",
        /// The last offer was declined; another may follow.
        Declined = "Declined",
        /// The outcome is sealed.
        Committed = "Committed",
    }
}

names! {
    /// Where one offer stands.
    pub enum HandoffStatus {
        /// Waiting for an answer.
        Offered = "offered",
        /// Waiting for an answer, with context.
        ContextSent = "context_sent",
        /// Accepted. Final.
        Accepted = "accepted",
        /// Declined. Final.
        Declined = "declined",
    }
}

impl HandoffStatus {
    /// Whether the offer still waits for its answer.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Offered | Self::ContextSent)
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
