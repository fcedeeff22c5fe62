//! Deterministic projections of MACP sessions, offline replay and governance rules, with no I/O.
//!
//! * [`Projection`] is the state of one session, built from its accepted history;
//!   [`AnyProjection`] picks the mode from the first envelope, and [`Replay`] shows the state after
//!   each one. The modes' own states and queries are in [`decision`], [`proposal`], [`task`],
//!   [`handoff`], [`quorum`] and [`multi_round`].
//! * [`policy`] has the governance rules, and says what they allow.
//! * [`transcript`] reads and writes histories as JSON lines, [`payload`] decodes any message, and
//!   [`commitment`] hashes and infers outcomes.
//!
//! Nothing here does I/O by itself, reads a clock or is async.

mod anomaly;
mod any;
mod base64_bytes;
pub mod commitment;
pub mod decision;
mod double;
pub mod handoff;
pub mod multi_round;
mod names;
pub mod payload;
pub mod policy;
mod projection;
pub mod proposal;
pub mod quorum;
mod readiness;
#[cfg(feature = "receipts")]
pub mod receipt;
mod recorded;
mod replay;
pub mod task;
pub mod transcript;
mod wire;

pub use anomaly::{Anomaly, AnomalyKind};
pub use any::{AnyProjection, StartError, UnknownMode};
pub use decision::DecisionProjection;
pub use handoff::HandoffProjection;
pub use multi_round::MultiRoundProjection;
pub use projection::{
    Applied, ApplyError, Binding, Commitment, ModeState, Projection, Superseded, Transcript,
};
pub use proposal::ProposalProjection;
pub use quorum::QuorumProjection;
pub use readiness::CommitReadiness;
pub use recorded::Recorded;
pub use replay::{Replay, Replayable, Step};
pub use task::TaskProjection;

/// A map that remembers in which order its keys came.
type Map<K, V> = indexmap::IndexMap<K, V, hashbrown::DefaultHashBuilder>;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/policy.md")]
struct PolicyPage;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/commitments.md")]
struct CommitmentsPage;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/projections.md")]
struct ProjectionsPage;
