use super::Decision;
use super::attempt::Acting;
use crate::{Context, HandlerResult, Participant};
use macp_projections::DecisionProjection;
use macp_projections::decision::{DecisionPhase, DecisionState, ProposalRecord};
use macp_proto::modes::decision::ProposalPayload;
use macp_proto::{InvalidValue, Recommendation};
use std::sync::Arc;

/// Evaluates proposals.
pub trait Evaluator: Send + Sync + 'static {
    /// The evaluation of a proposal; `None` leaves it alone for now.
    fn evaluate(
        &self,
        context: Context<DecisionState>,
        proposal: ProposalRecord,
    ) -> impl Future<Output = Decision<Evaluation>> + Send;
}

/// What an [`Evaluator`] says of a proposal.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// What it recommends.
    pub recommendation: Recommendation,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// Why.
    pub reason: String,
}

impl Evaluation {
    /// An evaluation without a reason. The confidence is checked when it is sent: from 0 to 1.
    pub fn new(recommendation: Recommendation, confidence: f64) -> Self {
        Self {
            recommendation,
            confidence,
            reason: String::new(),
        }
    }

    /// Reads a recommendation in any case, as a language model may write it.
    ///
    /// ```
    /// use macp_agent::strategy::Evaluation;
    /// use macp_proto::Recommendation;
    ///
    /// let evaluation = Evaluation::parse(" approve\n", 0.8)?;
    /// assert_eq!(evaluation.recommendation, Recommendation::Approve);
    /// assert!(Evaluation::parse("maybe", 0.8).is_err());
    /// # Ok::<(), macp_proto::InvalidValue>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it is no recommendation.
    pub fn parse(recommendation: &str, confidence: f64) -> Result<Self, InvalidValue> {
        let recommendation = recommendation.trim().to_ascii_uppercase().parse()?;
        Ok(Self::new(recommendation, confidence))
    }

    /// Why.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }
}

/// An [`Evaluator`] made of a function: [`evaluator_fn`].
#[derive(Clone, Copy, Debug)]
pub struct EvaluatorFn<F>(F);

/// Makes an [`Evaluator`] of a function.
///
/// ```
/// use macp_agent::strategy::{Evaluation, evaluator_fn};
/// use macp_proto::Recommendation;
///
/// let cautious = evaluator_fn(|_ctx, proposal| async move {
///     Ok((!proposal.rationale.is_empty()).then(|| Evaluation::new(Recommendation::Approve, 0.9)))
/// });
/// ```
pub fn evaluator_fn<F, Fut>(evaluate: F) -> EvaluatorFn<F>
where
    F: Fn(Context<DecisionState>, ProposalRecord) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Decision<Evaluation>> + Send,
{
    EvaluatorFn(evaluate)
}

impl<F, Fut> Evaluator for EvaluatorFn<F>
where
    F: Fn(Context<DecisionState>, ProposalRecord) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Decision<Evaluation>> + Send,
{
    fn evaluate(
        &self,
        context: Context<DecisionState>,
        proposal: ProposalRecord,
    ) -> impl Future<Output = Decision<Evaluation>> + Send {
        (self.0)(context, proposal)
    }
}

impl Participant<DecisionState> {
    /// Evaluates each proposal once: see [`strategy`](crate::strategy).
    pub fn evaluator(self, evaluator: impl Evaluator) -> Self {
        let acting = Acting::new(evaluator);
        let (resumed, caught_up) = (acting.clone(), acting.clone());
        self.on(move |context, proposal: ProposalPayload| {
            evaluate(acting.clone(), context, proposal.proposal_id)
        })
        .on_resumed(move |context| evaluate_all(resumed.clone(), context))
        .on_caught_up(move |context| evaluate_all(caught_up.clone(), context))
    }
}

async fn evaluate_all<E: Evaluator>(
    acting: Arc<Acting<E>>,
    context: Context<DecisionState>,
) -> HandlerResult {
    let proposals = context.projection().proposals();
    let proposals: Vec<String> = proposals.map(|p| p.proposal_id.clone()).collect();
    for proposal_id in proposals {
        evaluate(acting.clone(), context.clone(), proposal_id).await?;
    }
    Ok(())
}

async fn evaluate<E: Evaluator>(
    acting: Arc<Acting<E>>,
    context: Context<DecisionState>,
    proposal_id: String,
) -> HandlerResult {
    let (projection, me) = (context.projection(), context.participant_id());
    if acting.rests(&context, &proposal_id) || !is_due(projection, me, &proposal_id) {
        return Ok(());
    }
    let Some(proposal) = projection.proposal(&proposal_id).cloned() else {
        return Ok(());
    };
    let answer = acting.strategy.evaluate(context.clone(), proposal).await?;
    let Some(evaluation) = answer else {
        return Ok(());
    };
    let message_id = acting.message_id(&proposal_id);
    let sent = context
        .session()
        .evaluate(
            &proposal_id,
            evaluation.recommendation,
            evaluation.confidence,
        )
        .reason(evaluation.reason)
        .message_id(message_id)
        .await;
    acting.settle(&proposal_id, sent)
}

/// Nobody is heard any more once voting has begun, and nobody twice.
fn is_due(projection: &DecisionProjection, me: &str, proposal_id: &str) -> bool {
    projection.phase() < DecisionPhase::Voting
        && !projection
            .evaluations()
            .iter()
            .any(|evaluation| evaluation.sender == me && evaluation.proposal_id == proposal_id)
}
