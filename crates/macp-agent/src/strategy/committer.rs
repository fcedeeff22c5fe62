use super::Decision;
use super::attempt::Acting;
use crate::{Context, HandlerResult, Participant};
use macp_projections::DecisionProjection;
use macp_projections::commitment::OutcomePolarity;
use macp_projections::decision::DecisionState;
use macp_proto::modes::decision::VotePayload;
use std::future::ready;
use std::sync::Arc;

/// What a committer is done with: there is one commitment only.
const SUBJECT: &str = "outcome";

/// Seals the outcome once there is one.
pub trait Committer: Send + Sync + 'static {
    /// The outcome to commit; `None` waits for the next vote.
    fn commit(
        &self,
        context: Context<DecisionState>,
    ) -> impl Future<Output = Decision<Conclusion>> + Send;
}

/// The outcome that a [`Committer`] seals. The versions are the session's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conclusion {
    /// What was decided, such as `decision.approved`.
    pub action: String,
    /// By what authority.
    pub authority_scope: String,
    /// Why.
    pub reason: String,
    /// Whether the outcome is positive; `None` infers it from the action's ending.
    pub outcome: Option<OutcomePolarity>,
}

impl Conclusion {
    /// An outcome whose polarity follows from the action's ending. None of the texts may be blank.
    pub fn new(
        action: impl Into<String>,
        authority_scope: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            action: action.into(),
            authority_scope: authority_scope.into(),
            reason: reason.into(),
            outcome: None,
        }
    }

    /// Whether the outcome is positive, where the action's ending does not say so.
    pub fn outcome(mut self, outcome: OutcomePolarity) -> Self {
        self.outcome = Some(outcome);
        self
    }
}

/// A [`Committer`] made of a function: [`committer_fn`].
#[derive(Clone, Copy, Debug)]
pub struct CommitterFn<F>(F);

/// Makes a [`Committer`] of a function.
///
/// ```
/// use macp_agent::strategy::{Conclusion, committer_fn};
///
/// let unanimous = committer_fn(|ctx| async move {
///     let everybody = ctx.participants().len();
///     let approved = ctx.projection().vote_totals().any(|(_, approvals)| approvals == everybody);
///     Ok(approved.then(|| Conclusion::new("decision.approved", "release", "unanimous")))
/// });
/// ```
pub fn committer_fn<F, Fut>(commit: F) -> CommitterFn<F>
where
    F: Fn(Context<DecisionState>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Decision<Conclusion>> + Send,
{
    CommitterFn(commit)
}

impl<F, Fut> Committer for CommitterFn<F>
where
    F: Fn(Context<DecisionState>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Decision<Conclusion>> + Send,
{
    fn commit(
        &self,
        context: Context<DecisionState>,
    ) -> impl Future<Output = Decision<Conclusion>> + Send {
        (self.0)(context)
    }
}

/// Commits when a proposal has the majority of the decisive votes, and enough of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MajorityCommitter {
    quorum_size: usize,
    action: String,
    authority_scope: String,
}

impl MajorityCommitter {
    /// One approving vote is enough, the action is `commit` and the authority scope `session`.
    pub fn new() -> Self {
        Self {
            quorum_size: 1,
            action: "commit".to_owned(),
            authority_scope: "session".to_owned(),
        }
    }

    /// How many votes must approve the winner.
    pub fn quorum_size(mut self, votes: usize) -> Self {
        self.quorum_size = votes;
        self
    }

    /// The action to commit.
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.action = action.into();
        self
    }

    /// By what authority to commit.
    pub fn authority_scope(mut self, authority_scope: impl Into<String>) -> Self {
        self.authority_scope = authority_scope.into();
        self
    }

    /// The outcome; `None` while there is none.
    pub fn decide(&self, projection: &DecisionProjection) -> Option<Conclusion> {
        let winner = projection.majority_winner()?;
        let (_, approvals) = projection.vote_totals().find(|(id, _)| *id == winner)?;
        (approvals >= self.quorum_size).then(|| {
            Conclusion::new(
                &self.action,
                &self.authority_scope,
                format!("majority winner: {winner}"),
            )
        })
    }
}

impl Default for MajorityCommitter {
    fn default() -> Self {
        Self::new()
    }
}

impl Committer for MajorityCommitter {
    fn commit(
        &self,
        context: Context<DecisionState>,
    ) -> impl Future<Output = Decision<Conclusion>> + Send {
        ready(Ok(self.decide(context.projection())))
    }
}

impl Participant<DecisionState> {
    /// Commits once: see [`strategy`](crate::strategy).
    pub fn committer(self, committer: impl Committer) -> Self {
        let acting = Acting::new(committer);
        let (resumed, caught_up) = (acting.clone(), acting.clone());
        self.on(move |context, _: VotePayload| commit(acting.clone(), context))
            .on_resumed(move |context| commit(resumed.clone(), context))
            .on_caught_up(move |context| commit(caught_up.clone(), context))
    }
}

async fn commit<C: Committer>(
    acting: Arc<Acting<C>>,
    context: Context<DecisionState>,
) -> HandlerResult {
    if acting.rests(&context, SUBJECT) {
        return Ok(());
    }
    let Some(conclusion) = acting.strategy.commit(context.clone()).await? else {
        return Ok(());
    };
    let message_id = acting.message_id(SUBJECT);
    let mut session = context.session();
    let mut action = session
        .commit(conclusion.action, conclusion.authority_scope)
        .reason(conclusion.reason)
        .message_id(message_id);
    if let Some(outcome) = conclusion.outcome {
        action = action.outcome(outcome);
    }
    let sent = action.await;
    acting.settle(SUBJECT, sent)
}
