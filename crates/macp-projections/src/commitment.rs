//! Commitments: their canonical hash, references from one to another, and the outcome that an
//! action stands for (RFC-MACP-0013).

pub(crate) mod canonical;
mod hash;
mod outcome;
mod reference;
mod verify;
mod wire;

pub use hash::CommitmentHash;
pub use outcome::{OutcomePolarity, check_outcome, infer_outcome};
pub use reference::{check_reference, is_canonical_hash, reference_to};
pub use verify::{Unverifiable, Verification, decode_covered, verify};
