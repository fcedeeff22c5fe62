//! Multi-round mode: contributions until all agree, the runtime's built-in extension mode.

mod machine;
mod queries;

use crate::names::names;
use crate::projection::ModeState;
use crate::{Map, Projection};
use macp_proto::Mode;
use serde::{Deserialize, Serialize};

/// The state of a multi-round session.
pub type MultiRoundProjection = Projection<MultiRoundState>;

names! {
    /// How far a multi-round session has come.
    #[derive(Default)]
    pub enum MultiRoundPhase {
        /// Contributions are welcome, until all agree.
        #[default]
        Contributing = "Contributing",
        /// The outcome is sealed.
        Committed = "Committed",
    }
}

/// How a contribution's payload was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContributionEncoding {
    /// As a protobuf message, the current form.
    Protobuf,
    /// As a JSON object with a `value`, the form of old.
    Json,
}

/// A contribution, as logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContributionRecord {
    /// What it says; `None` if the payload reads in neither form, which no runtime accepts.
    pub value: Option<String>,
    /// How the payload was written.
    pub encoding: ContributionEncoding,
    /// Who contributes.
    pub sender: String,
    /// The envelope's message id.
    pub message_id: String,
}

/// Multi-round mode's part of a [`MultiRoundProjection`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct MultiRoundState {
    contributions: Vec<ContributionRecord>,
    /// What each sender says now.
    current: Map<String, String>,
    round: u64,
}

impl ModeState for MultiRoundState {
    const MODE: Mode = Mode::MultiRound;
    const COMMITTED: MultiRoundPhase = MultiRoundPhase::Committed;
    type Phase = MultiRoundPhase;

    fn open_phase(&self) -> MultiRoundPhase {
        MultiRoundPhase::Contributing
    }
}
