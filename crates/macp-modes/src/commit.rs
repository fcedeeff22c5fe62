use crate::action::{Action, ActionContext, ActionPayload};
use crate::{Session, SessionMode, View};
use macp_projections::commitment::{self, OutcomePolarity};
use macp_proto::v1::{CommitmentPayload, CommitmentRef};
use macp_proto::{CommitmentId, InvalidValue};

impl<S: SessionMode, V: View<S>> Session<S, V> {
    /// Seals the session's outcome (RFC-MACP-0001 §7.3).
    ///
    /// `action` names the outcome, such as `decision.approved`; `authority_scope` says by what
    /// authority. A [`reason`](Action::reason) is required. The outcome's polarity follows from the
    /// action's ending unless [`outcome`](Action::outcome) gives it, the versions are those the
    /// session is bound to, and the commitment id is random unless given.
    ///
    /// # Errors
    ///
    /// Besides those of every [`Action`]: `INVALID_ENVELOPE` while the mode is not ready,
    /// `FORBIDDEN` for a sender without the authority, and `POLICY_DENIED` with
    /// [`denials`](crate::Error::denials) when the bound policy refuses.
    pub fn commit(
        &mut self,
        action: impl Into<String>,
        authority_scope: impl Into<String>,
    ) -> Action<'_, S, V, CommitmentPayload> {
        let action = action.into();
        let versions = self.versions();
        let payload = CommitmentPayload {
            commitment_id: CommitmentId::random().into(),
            authority_scope: authority_scope.into(),
            reason: String::new(),
            mode_version: versions.mode.clone(),
            policy_version: versions.policy.clone(),
            configuration_version: versions.configuration.clone(),
            outcome_positive: commitment::infer_outcome(&action).is_positive(),
            action,
            supersedes: None,
        };
        Action::new(self, payload)
    }
}

impl<S: SessionMode, V: View<S>> Action<'_, S, V, CommitmentPayload> {
    /// Why. Required: the runtime refuses a commitment without a reason.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.payload.reason = reason.into();
        self
    }

    /// Whether the outcome is positive, where the action's ending does not say so.
    ///
    /// An ending in `rejected`, `failed` or `declined` must be negative, one in `selected`,
    /// `accepted`, `completed` or `approved` positive.
    pub fn outcome(mut self, outcome: OutcomePolarity) -> Self {
        self.payload.outcome_positive = outcome.is_positive();
        self
    }

    /// The commitment's id, instead of a random one.
    pub fn commitment_id(mut self, id: CommitmentId) -> Self {
        self.payload.commitment_id = id.into();
        self
    }

    /// The commitment of another session that this one replaces (RFC-MACP-0001 §7.3).
    pub fn supersedes(mut self, reference: CommitmentRef) -> Self {
        self.payload.supersedes = Some(reference);
        self
    }
}

impl ActionPayload for CommitmentPayload {
    fn check(&self, _context: ActionContext<'_>) -> Result<(), InvalidValue> {
        InvalidValue::if_blank("commitment_id", &self.commitment_id)?;
        InvalidValue::if_blank("action", &self.action)?;
        InvalidValue::if_blank("authority_scope", &self.authority_scope)?;
        InvalidValue::if_blank("reason", &self.reason)?;
        commitment::check_outcome(&self.action, OutcomePolarity::of(self.outcome_positive))?;
        self.supersedes
            .as_ref()
            .map_or(Ok(()), commitment::check_reference)
    }
}
