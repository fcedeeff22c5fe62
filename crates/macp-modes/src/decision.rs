use crate::action::{Action, ActionContext, ActionPayload, check_finite, reason_setter};
use crate::{OwnSends, Session, SessionMode, View};
use bytes::Bytes;
use macp_projections::decision::DecisionState;
use macp_proto::modes::decision::{
    EvaluationPayload, ObjectionPayload, ProposalPayload, VotePayload,
};
use macp_proto::{InvalidValue, Recommendation, Severity, Vote};

/// A session in decision mode (RFC-MACP-0007).
pub type DecisionSession<V = OwnSends<DecisionState>> = Session<DecisionState, V>;

impl SessionMode for DecisionState {}

impl<V: View<DecisionState>> DecisionSession<V> {
    /// Puts an option up for decision. `proposal_id` must be new to the session.
    pub fn propose(
        &mut self,
        proposal_id: impl Into<String>,
        option: impl Into<String>,
    ) -> Action<'_, DecisionState, V, ProposalPayload> {
        self.send(ProposalPayload {
            proposal_id: proposal_id.into(),
            option: option.into(),
            ..ProposalPayload::default()
        })
    }

    /// Evaluates a proposal. `confidence` is from 0 to 1.
    pub fn evaluate(
        &mut self,
        proposal_id: impl Into<String>,
        recommendation: Recommendation,
        confidence: f64,
    ) -> Action<'_, DecisionState, V, EvaluationPayload> {
        self.send(EvaluationPayload {
            proposal_id: proposal_id.into(),
            recommendation: recommendation.to_string(),
            confidence,
            reason: String::new(),
        })
    }

    /// Objects to a proposal, with [`Severity::Medium`] unless set.
    pub fn raise_objection(
        &mut self,
        proposal_id: impl Into<String>,
        reason: impl Into<String>,
    ) -> Action<'_, DecisionState, V, ObjectionPayload> {
        self.send(ObjectionPayload {
            proposal_id: proposal_id.into(),
            reason: reason.into(),
            severity: Severity::default().to_string(),
        })
    }

    /// Votes on a proposal; one vote a sender and proposal.
    pub fn vote(
        &mut self,
        proposal_id: impl Into<String>,
        vote: Vote,
    ) -> Action<'_, DecisionState, V, VotePayload> {
        self.send(VotePayload {
            proposal_id: proposal_id.into(),
            vote: vote.to_string(),
            reason: String::new(),
        })
    }
}

impl<V: View<DecisionState>> Action<'_, DecisionState, V, ProposalPayload> {
    /// Why this option.
    pub fn rationale(mut self, rationale: impl Into<String>) -> Self {
        self.payload.rationale = rationale.into();
        self
    }

    /// Anything that supports it; the protocol does not read it.
    pub fn supporting_data(mut self, data: impl Into<Bytes>) -> Self {
        self.payload.supporting_data = data.into();
        self
    }
}

impl<V: View<DecisionState>> Action<'_, DecisionState, V, ObjectionPayload> {
    /// How grave it is.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.payload.severity = severity.to_string();
        self
    }
}

reason_setter!(DecisionState: EvaluationPayload, VotePayload);

impl ActionPayload for ProposalPayload {
    fn check(&self, _context: ActionContext<'_>) -> Result<(), InvalidValue> {
        InvalidValue::if_blank("proposal_id", &self.proposal_id)?;
        InvalidValue::if_blank("option", &self.option)
    }
}

impl ActionPayload for EvaluationPayload {
    fn check(&self, _context: ActionContext<'_>) -> Result<(), InvalidValue> {
        InvalidValue::if_blank("proposal_id", &self.proposal_id)?;
        self.recommendation.parse::<Recommendation>()?;
        check_finite("confidence", self.confidence)?;
        if (0.0..=1.0).contains(&self.confidence) {
            return Ok(());
        }
        Err(InvalidValue::new(
            "confidence",
            format_args!("is {}", self.confidence),
            "must be from 0 to 1",
        ))
    }
}

impl ActionPayload for ObjectionPayload {
    fn check(&self, _context: ActionContext<'_>) -> Result<(), InvalidValue> {
        InvalidValue::if_blank("proposal_id", &self.proposal_id)?;
        self.severity.parse::<Severity>().map(drop)
    }
}

impl ActionPayload for VotePayload {
    fn check(&self, _context: ActionContext<'_>) -> Result<(), InvalidValue> {
        InvalidValue::if_blank("proposal_id", &self.proposal_id)?;
        self.vote.parse::<Vote>().map(drop)
    }
}
