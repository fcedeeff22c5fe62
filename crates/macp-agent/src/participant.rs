mod initiation;
mod offline;
mod online;

pub use initiation::Initiation;
pub use offline::Offline;
pub use online::Online;

use crate::dispatch::Dispatcher;
use crate::handlers::{Handlers, on, on_with};
use crate::{Context, Ending, Error, ErrorPolicy, HandlerResult, StopHandle};
use futures_core::Stream;
use futures_util::{FutureExt as _, StreamExt as _};
use macp_modes::SessionMode;
use macp_projections::ModeState;
use macp_proto::Payload;
use std::fmt;
use std::pin::pin;

/// An agent in one session: what it does, and the loop that does it.
///
/// It follows the session from its start, whoever sends what, and calls its handlers in order, one
/// at a time. It ends when the session ends, resolved, cancelled or expired, and says which; or
/// when it is stopped.
///
/// For each message:
///
/// 1. it is applied to the projection, so handlers see the state that it led to;
/// 2. the handlers for its payload are called, then those for any message, in the order they were
///    added;
/// 3. if the phase is another one than before, its handlers are called, then those for any phase;
/// 4. a `Commitment` resolves the session: the handlers for its end are called.
///
/// A handler may have state of its own: it is never called again before it is done. It gets a
/// [`Context`], and fails with any error. What happens then is the participant's [`ErrorPolicy`].
///
/// ```no_run
/// use macp_agent::Participant;
/// use macp_projections::decision::DecisionState;
/// use macp_proto::modes::decision::ProposalPayload;
/// use macp_proto::{Recommendation, SessionId};
/// use macp_transport::Client;
///
/// async fn evaluate(client: &Client, session_id: &SessionId) -> Result<(), macp_agent::Error> {
///     let ended = Participant::<DecisionState>::new(client, session_id)
///         .on(|ctx, proposal: ProposalPayload| async move {
///             let mut session = ctx.session();
///             session.evaluate(proposal.proposal_id, Recommendation::Approve, 0.9).await?;
///             Ok(())
///         })
///         .on_end(|ctx, ending| async move {
///             println!("{}: {ending}", ctx.session_id());
///             Ok(())
///         })
///         .run()
///         .await?;
///     println!("{:?}", ended.commitment());
///     Ok(())
/// }
/// ```
#[must_use = "a participant does nothing until it is run"]
pub struct Participant<S: SessionMode, L: Link<S> = Online<S>> {
    link: L,
    handlers: Handlers<S, L::Acts>,
    policy: ErrorPolicy,
    stop: StopHandle,
}

/// How a participant reaches its session: [`Online`], or [`Offline`] for a rehearsal.
///
/// The trait is sealed.
pub trait Link<S: ModeState>: sealed::Link {
    /// What handlers act through.
    type Acts: Clone + Send + Sync + 'static;
}

mod sealed {
    pub trait Link {}
}

impl<S: SessionMode, L: Link<S>> Participant<S, L> {
    fn with_link(link: L) -> Self {
        Self {
            link,
            handlers: Handlers::new(),
            policy: ErrorPolicy::default(),
            stop: StopHandle::new(),
        }
    }

    /// Calls `handler` for each message with this payload, decoded. Who sent it is in
    /// [`Context::message`].
    ///
    /// The payload's type is that of the handler's second argument. One of another mode does not
    /// compile:
    ///
    /// ```compile_fail,E0080
    /// # use macp_agent::Participant;
    /// # use macp_projections::decision::DecisionState;
    /// use macp_proto::modes::task::TaskRequestPayload;
    ///
    /// # fn main() {
    /// let participant = Participant::<DecisionState, _>::offline("alice")
    ///     .on(|_, request: TaskRequestPayload| async { Ok(()) });
    /// # }
    /// ```
    pub fn on<P, Fut>(
        mut self,
        handler: impl FnMut(Context<S, L::Acts>, P) -> Fut + Send + 'static,
    ) -> Self
    where
        P: Payload,
        Fut: Future<Output = HandlerResult> + Send + 'static,
    {
        self.handlers.on(handler);
        self
    }

    /// Calls `handler` for each message: see [`Context::message`].
    pub fn on_message<Fut>(
        mut self,
        handler: impl FnMut(Context<S, L::Acts>) -> Fut + Send + 'static,
    ) -> Self
    where
        Fut: Future<Output = HandlerResult> + Send + 'static,
    {
        self.handlers.any_message.push(on(handler));
        self
    }

    /// Calls `handler` when the session comes into `phase`. It starts in its first phase without
    /// coming into it.
    pub fn on_phase<Fut>(
        mut self,
        phase: S::Phase,
        handler: impl FnMut(Context<S, L::Acts>) -> Fut + Send + 'static,
    ) -> Self
    where
        Fut: Future<Output = HandlerResult> + Send + 'static,
    {
        self.handlers.phase.push((phase, on(handler)));
        self
    }

    /// Calls `handler` when the session comes into another phase, with that phase.
    pub fn on_any_phase<Fut>(
        mut self,
        handler: impl FnMut(Context<S, L::Acts>, S::Phase) -> Fut + Send + 'static,
    ) -> Self
    where
        Fut: Future<Output = HandlerResult> + Send + 'static,
    {
        self.handlers.any_phase.push(on_with(handler));
        self
    }

    /// Calls `handler` when the session is suspended: it refuses messages until it is resumed.
    ///
    /// Suspension comes over another connection than the messages; its place among them is
    /// approximate.
    pub fn on_suspended<Fut>(
        mut self,
        handler: impl FnMut(Context<S, L::Acts>) -> Fut + Send + 'static,
    ) -> Self
    where
        Fut: Future<Output = HandlerResult> + Send + 'static,
    {
        self.handlers.suspended.push(on(handler));
        self
    }

    /// Calls `handler` when the session is resumed.
    pub fn on_resumed<Fut>(
        mut self,
        handler: impl FnMut(Context<S, L::Acts>) -> Fut + Send + 'static,
    ) -> Self
    where
        Fut: Future<Output = HandlerResult> + Send + 'static,
    {
        self.handlers.resumed.push(on(handler));
        self
    }

    /// Calls `handler` when the runtime no longer has the history up to the position it is given:
    /// the projection lacks those messages.
    pub fn on_history_compacted<Fut>(
        mut self,
        handler: impl FnMut(Context<S, L::Acts>, u64) -> Fut + Send + 'static,
    ) -> Self
    where
        Fut: Future<Output = HandlerResult> + Send + 'static,
    {
        self.handlers.compacted.push(on_with(handler));
        self
    }

    /// Calls `handler` when a participant that was started again has read all that it had sent
    /// before: see [`Context::is_replaying`]. It is not called for one that had sent nothing.
    pub fn on_caught_up<Fut>(
        mut self,
        handler: impl FnMut(Context<S, L::Acts>) -> Fut + Send + 'static,
    ) -> Self
    where
        Fut: Future<Output = HandlerResult> + Send + 'static,
    {
        self.handlers.caught_up.push(on(handler));
        self
    }

    /// Calls `handler` when the session has ended. It is not called when the participant is
    /// stopped.
    pub fn on_end<Fut>(
        mut self,
        handler: impl FnMut(Context<S, L::Acts>, Ending) -> Fut + Send + 'static,
    ) -> Self
    where
        Fut: Future<Output = HandlerResult> + Send + 'static,
    {
        self.handlers.end.push(on_with(handler));
        self
    }

    /// What happens when a handler fails: stop, unless set.
    pub fn on_error(mut self, policy: ErrorPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// A handle that stops this participant.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }
}

/// Feeds events to the handlers until the last one; `None` when they run out before.
async fn dispatch<S: ModeState, A: 'static, E>(
    dispatcher: &mut Dispatcher<S, A>,
    stop: &StopHandle,
    events: impl Stream<Item = E>,
    take: impl Fn(&mut Dispatcher<S, A>, E) -> Result<(), Error>,
) -> Result<Option<Ending>, Error> {
    let (mut events, mut stopped) = (pin!(events), pin!(stop.stopped()));
    while !stop.is_stopped() {
        let taken = events
            .next()
            .map(|event| event.map(|event| take(dispatcher, event)));
        let taken = tokio::select! {
            biased;
            taken = taken => taken,
            () = &mut stopped => break,
        };
        let Some(taken) = taken else {
            return Ok(None);
        };
        taken?;
        if let Some(ending) = dispatcher.handle().await? {
            return Ok(Some(ending));
        }
    }
    Ok(Some(Ending::Stopped))
}

impl<S: SessionMode, L: Link<S> + fmt::Debug> fmt::Debug for Participant<S, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Participant")
            .field("mode", &S::MODE)
            .field("link", &self.link)
            .field("policy", &self.policy)
            .field("stop", &self.stop)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
