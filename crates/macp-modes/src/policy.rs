use crate::{Error, Session, SessionMode};
use macp_projections::decision::DecisionState;
use macp_projections::handoff::HandoffState;
use macp_projections::policy::{
    DecisionRules, HandoffRules, ModeRules, Policy, ProposalRules, QuorumRules, TaskRules, built_in,
};
use macp_projections::proposal::ProposalState;
use macp_projections::quorum::QuorumState;
use macp_projections::task::TaskState;

/// A mode that governance policies have rules for (RFC-MACP-0012 §4): the five standard ones.
pub trait GovernedMode: SessionMode {
    /// The mode's rules.
    type Rules: ModeRules;
}

macro_rules! governed {
    ($($state:ty: $rules:ty),+ $(,)?) => {$(
        impl GovernedMode for $state {
            type Rules = $rules;
        }
    )+};
}

governed! {
    DecisionState: DecisionRules,
    ProposalState: ProposalRules,
    TaskState: TaskRules,
    HandoffState: HandoffRules,
    QuorumState: QuorumRules,
}

impl<S: GovernedMode, V> Session<S, V> {
    /// The policy that the session is bound to, for `commit_readiness` and the like.
    ///
    /// A policy that every runtime has costs nothing; any other is read from the runtime, one
    /// `GetPolicy` call. The session itself keeps the definition that it started with: where the id
    /// was registered anew meanwhile, this gives the new one.
    ///
    /// # Errors
    ///
    /// [`Error::Client`] when the runtime knows the policy no longer (`UNKNOWN_POLICY_VERSION`) or
    /// cannot be reached; [`Error::Invalid`] when its rules are not those of the session's mode.
    pub async fn policy(&self) -> Result<Policy<S::Rules>, Error> {
        let id = &self.versions().policy;
        let descriptor = match built_in(id) {
            Some(descriptor) => descriptor,
            None => self.client().get_policy(id).await?,
        };
        Ok(Policy::from_descriptor(&descriptor)?)
    }
}
