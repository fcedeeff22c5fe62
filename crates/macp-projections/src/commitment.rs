//! Commitments: the outcome that an action stands for, and references to other commitments.

mod outcome;
mod reference;

pub use outcome::{OutcomePolarity, check_outcome, infer_outcome};
pub use reference::{check_reference, is_canonical_hash};
