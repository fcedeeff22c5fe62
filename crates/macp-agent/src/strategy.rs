//! Strategies: who evaluates, votes and commits in a decision, and by which rule.
//!
//! A strategy only decides. Acting on it is the participant's:
//!
//! | strategy | is asked at | and then |
//! |---|---|---|
//! | [`Evaluator`] | each proposal, until voting begins | evaluates that proposal |
//! | [`Voter`] | each evaluation | votes on the evaluated proposal |
//! | [`Committer`] | each vote | commits |
//!
//! A participant acts once: one evaluation and one vote a proposal, one commitment. It remembers what
//! it did, reads in the history what it did before it was started again, and repeats a message under
//! its first id, so that nothing counts twice. While it is
//! [replaying](crate::Context::is_replaying) or the session is suspended no strategy is asked; what
//! is due is taken up afterwards.
//!
//! A refusal that the rules of the session make possible at any time ends nothing:
//!
//! | refusal | means | then |
//! |---|---|---|
//! | `SESSION_NOT_OPEN` | suspended or just ended | tries again when resumed |
//! | `POLICY_DENIED` | the policy asks for more | tries again at the next occasion |
//! | `INVALID_ENVELOPE`, `FORBIDDEN` | somebody was faster, or it is not ours to do | logs it and leaves it |
//!
//! Every other failure is one of the handler.

mod attempt;
mod committer;
mod evaluator;
mod voter;

pub use committer::{Committer, CommitterFn, Conclusion, MajorityCommitter, committer_fn};
pub use evaluator::{Evaluation, Evaluator, EvaluatorFn, evaluator_fn};
pub use voter::{Ballot, MajorityVoter, Voter, VoterFn, voter_fn};

use crate::HandlerError;

/// What a strategy answers: `None` for not now.
pub type Decision<T> = Result<Option<T>, HandlerError>;

#[cfg(test)]
mod tests;
