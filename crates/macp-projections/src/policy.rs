//! Governance policies (RFC-MACP-0012): typed rules for the five standard modes.
//!
//! A [`Policy`] of one mode's rules builds the
//! [`PolicyDescriptor`](macp_proto::v1::PolicyDescriptor) that a runtime registers, and reads one
//! back. Every rule that registration would refuse is refused here first, by its name.
//!
//! ```
//! use macp_projections::policy::{Algorithm, CommitmentRules, DecisionRules, Policy};
//!
//! let rules = DecisionRules::new(Algorithm::Supermajority)
//!     .threshold(0.67)
//!     .quorum_count(3)
//!     .require_vote_quorum(true)
//!     .commitment(CommitmentRules::designated_roles(["release-manager"]));
//! let policy = Policy::new("policy.release", rules).description("Two thirds of three or more");
//! let descriptor = policy.to_descriptor()?;
//! assert_eq!(Policy::from_descriptor(&descriptor)?, policy);
//!
//! let error = Policy::new("policy.release", DecisionRules::new(Algorithm::Supermajority))
//!     .to_descriptor()
//!     .unwrap_err();
//! assert_eq!(error.field(), "voting.threshold");
//! # Ok::<(), macp_proto::InvalidValue>(())
//! ```
//!
//! What a bound policy says about the next `Commitment` is answered without a runtime:
//! `denials` (of a decision [`Policy`], and of the other modes' rules) lists the denials of one outcome,
//! [`CommitmentRules::may_commit`] says who may send it, and [`effective_threshold`] gives a
//! quorum's bar.

mod admission;
mod built_in;
mod commitment;
mod decision;
mod descriptor;
mod evidence;
mod handoff;
mod json;
mod number;
mod proposal;
mod quorum;
mod read;
mod task;
mod words;

pub use admission::{check_candidate, check_registration};
pub use built_in::{STD_MAJORITY, STD_SUPERMAJORITY, STD_UNANIMOUS, built_in};
pub use commitment::CommitmentRules;
pub use decision::{DecisionRules, EvaluationRules, ObjectionRules, VotingQuorum, VotingRules};
pub use descriptor::{ModeRules, Policy, SchemaVersion};
pub use evidence::DecisionEvidence;
pub use handoff::HandoffRules;
pub use number::Number;
pub use proposal::ProposalRules;
pub use quorum::{EffectiveThreshold, QuorumRules, Threshold, ThresholdKind, effective_threshold};
pub use task::TaskRules;
pub use words::{
    Algorithm, Authority, Criterion, CriticalObjectionAction, Interpretation, QuorumKind,
};

use json::{Json, Members};

/// The rules that the runtime stores for this text: whatever is not a JSON object counts as `{}`.
fn stored_rules(text: &str) -> Members {
    match Json::parse(text) {
        Ok(Json::Object(members)) => members,
        _ => Members::new(),
    }
}
