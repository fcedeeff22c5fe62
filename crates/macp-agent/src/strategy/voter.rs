use super::Decision;
use super::attempt::Acting;
use crate::{Context, HandlerResult, Participant};
use macp_projections::DecisionProjection;
use macp_projections::decision::DecisionState;
use macp_proto::modes::decision::EvaluationPayload;
use macp_proto::{InvalidValue, Recommendation, Vote};
use std::collections::BTreeSet;
use std::future::ready;
use std::sync::Arc;

/// Votes on proposals that were evaluated.
pub trait Voter: Send + Sync + 'static {
    /// The vote on a proposal; `None` waits for its next evaluation.
    fn vote(
        &self,
        context: Context<DecisionState>,
        proposal_id: String,
    ) -> impl Future<Output = Decision<Ballot>> + Send;
}

/// A vote and its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ballot {
    /// The vote.
    pub vote: Vote,
    /// Why.
    pub reason: String,
}

impl Ballot {
    /// A vote without a reason.
    pub fn new(vote: Vote) -> Self {
        Self {
            vote,
            reason: String::new(),
        }
    }

    /// Why.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }
}

/// A [`Voter`] made of a function: [`voter_fn`].
#[derive(Clone, Copy, Debug)]
pub struct VoterFn<F>(F);

/// Makes a [`Voter`] of a function.
///
/// ```
/// use macp_agent::strategy::{Ballot, voter_fn};
/// use macp_proto::Vote;
///
/// // Waits for two evaluations.
/// let patient = voter_fn(|ctx, _proposal_id| async move {
///     Ok((ctx.projection().evaluations().len() >= 2).then(|| Ballot::new(Vote::Approve)))
/// });
/// ```
pub fn voter_fn<F, Fut>(vote: F) -> VoterFn<F>
where
    F: Fn(Context<DecisionState>, String) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Decision<Ballot>> + Send,
{
    VoterFn(vote)
}

impl<F, Fut> Voter for VoterFn<F>
where
    F: Fn(Context<DecisionState>, String) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Decision<Ballot>> + Send,
{
    fn vote(
        &self,
        context: Context<DecisionState>,
        proposal_id: String,
    ) -> impl Future<Output = Decision<Ballot>> + Send {
        (self.0)(context, proposal_id)
    }
}

/// Votes with the majority of a proposal's evaluations.
///
/// Those that only ask for a closer look (`REVIEW`) do not count. As soon as one counts, it votes:
/// `APPROVE` if the share of approving ones is at least the threshold, else `ABSTAIN`. It never
/// votes `REJECT`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MajorityVoter {
    threshold: f64,
}

impl MajorityVoter {
    /// Half of the evaluations are enough.
    pub fn new() -> Self {
        Self { threshold: 0.5 }
    }

    /// Which share of approving evaluations is enough: from 0 to 1.
    ///
    /// # Errors
    ///
    /// For any other number.
    pub fn with_threshold(threshold: f64) -> Result<Self, InvalidValue> {
        if (0.0..=1.0).contains(&threshold) {
            return Ok(Self { threshold });
        }
        Err(InvalidValue::new(
            "threshold",
            format_args!("is {threshold}"),
            "must be from 0 to 1",
        ))
    }

    /// The vote on a proposal; `None` while no evaluation of it counts.
    pub fn decide(&self, projection: &DecisionProjection, proposal_id: &str) -> Option<Vote> {
        let (mut approving, mut counting) = (0_u32, 0_u32);
        for evaluation in projection.qualifying_evaluations() {
            if evaluation.proposal_id == proposal_id {
                counting += 1;
                approving += u32::from(evaluation.recommendation == Recommendation::Approve);
            }
        }
        if counting == 0 {
            return None;
        }
        let share = f64::from(approving) / f64::from(counting);
        Some(if share >= self.threshold {
            Vote::Approve
        } else {
            Vote::Abstain
        })
    }
}

impl Default for MajorityVoter {
    fn default() -> Self {
        Self::new()
    }
}

impl Voter for MajorityVoter {
    fn vote(
        &self,
        context: Context<DecisionState>,
        proposal_id: String,
    ) -> impl Future<Output = Decision<Ballot>> + Send {
        let vote = self.decide(context.projection(), &proposal_id);
        ready(Ok(vote.map(Ballot::new)))
    }
}

impl Participant<DecisionState> {
    /// Votes once on each proposal that is evaluated: see [`strategy`](crate::strategy).
    pub fn voter(self, voter: impl Voter) -> Self {
        let acting = Acting::new(voter);
        let (resumed, caught_up) = (acting.clone(), acting.clone());
        self.on(move |context, evaluation: EvaluationPayload| {
            vote(acting.clone(), context, evaluation.proposal_id)
        })
        .on_resumed(move |context| vote_on_all(resumed.clone(), context))
        .on_caught_up(move |context| vote_on_all(caught_up.clone(), context))
    }
}

async fn vote_on_all<V: Voter>(
    acting: Arc<Acting<V>>,
    context: Context<DecisionState>,
) -> HandlerResult {
    let evaluations = context.projection().evaluations().iter();
    let evaluated: BTreeSet<String> = evaluations.map(|e| e.proposal_id.clone()).collect();
    for proposal_id in evaluated {
        vote(acting.clone(), context.clone(), proposal_id).await?;
    }
    Ok(())
}

async fn vote<V: Voter>(
    acting: Arc<Acting<V>>,
    context: Context<DecisionState>,
    proposal_id: String,
) -> HandlerResult {
    let (projection, me) = (context.projection(), context.participant_id());
    if acting.rests(&context, &proposal_id) || projection.vote_of(&proposal_id, me).is_some() {
        return Ok(());
    }
    let answer = acting.strategy.vote(context.clone(), proposal_id.clone());
    let Some(ballot) = answer.await? else {
        return Ok(());
    };
    let message_id = acting.message_id(&proposal_id);
    let sent = context
        .session()
        .vote(&proposal_id, ballot.vote)
        .reason(ballot.reason)
        .message_id(message_id)
        .await;
    acting.settle(&proposal_id, sent)
}
