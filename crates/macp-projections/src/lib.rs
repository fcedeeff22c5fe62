//! Deterministic projections of MACP sessions, offline replay and governance rules, with no I/O.

mod anomaly;
pub mod decision;
mod double;
mod projection;
mod recorded;

pub use anomaly::{Anomaly, AnomalyKind};
pub use decision::DecisionProjection;
pub use projection::{
    Applied, ApplyError, Binding, Commitment, ModeState, Projection, Superseded, Transcript,
    TranscriptEntry,
};
pub use recorded::Recorded;

/// A map that remembers in which order its keys came.
type Map<K, V> = indexmap::IndexMap<K, V, hashbrown::DefaultHashBuilder>;
