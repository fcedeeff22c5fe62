mod seen;
mod wait;

pub use seen::{FollowStatus, Seen, SeenRef};
pub use wait::Wait;

use crate::session::Facts;
use crate::view::sealed;
use crate::{Error, Session, SessionMode, View};
use futures_core::Stream;
use futures_util::StreamExt as _;
use macp_projections::{ApplyError, Commitment, ModeState, Projection};
use macp_proto::v1::Envelope;
use macp_proto::{SessionId, SessionState};
use macp_transport::{Client, Subscription};
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// The view of a session that follows the accepted history: everybody's messages, in the order
/// the runtime accepted them in.
///
/// One subscription feeds it, however many clones of the session look at it and wait for
/// conditions. It ends when the session does, and with the last clone.
///
/// One's own sends come back with the history and are counted once. An action that has been
/// accepted may therefore be seen a moment later.
#[derive(Clone)]
pub struct Followed<S: ModeState> {
    seen: watch::Receiver<Seen<S>>,
    _following: Arc<AbortOnDrop>,
}

impl<S: ModeState> Followed<S> {
    fn start(mut subscription: Subscription) -> Self {
        let (sender, seen) = watch::channel(Seen::nothing());
        let task = tokio::spawn(async move {
            while let Some(event) = subscription.next().await {
                sender.send_modify(|seen| seen.take(event));
            }
        });
        Self {
            seen,
            _following: Arc::new(AbortOnDrop(task.abort_handle())),
        }
    }
}

impl<S: ModeState> sealed::View for Followed<S> {}

impl<S: ModeState> View<S> for Followed<S> {
    fn accepted(&mut self, _envelope: Envelope) -> Result<(), ApplyError> {
        Ok(())
    }
}

impl<S: ModeState> fmt::Debug for Followed<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Followed")
            .field(self.seen.borrow().status())
            .finish()
    }
}

impl<S: SessionMode> Session<S> {
    /// Follows this session from its start: its view is then the accepted history, everybody's
    /// messages included.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn follow(self) -> Session<S, Followed<S>> {
        let view = Followed::start(self.client().subscribe(self.id()));
        self.with_view(view)
    }
}

impl<S: SessionMode> Session<S, Followed<S>> {
    /// Joins a session that somebody else started, as a participant or an observer, and follows it
    /// from its start.
    ///
    /// Roster, initiator and versions come from the runtime, one `GetSession` call. A session that
    /// does not exist yet is waited for, as long as a subscription waits.
    ///
    /// # Errors
    ///
    /// [`Error::Client`] when the runtime refuses, with `FORBIDDEN`, or with `SESSION_NOT_FOUND`
    /// after the waiting; [`Error::Invalid`] when the session is of another mode.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn join(client: &Client, session_id: &SessionId) -> Result<Self, Error> {
        let mut view = Followed::<S>::start(client.subscribe(session_id));
        let there = |seen: &Seen<S>| seen.sequence() > 0 || seen.status().is_over();
        if let Ok(seen) = view.seen.wait_for(there).await
            && let FollowStatus::Lost(error) = seen.status()
        {
            return Err(Error::Lost(error.clone()));
        }
        let facts = Facts::of::<S>(session_id, client.get_session(session_id).await?)?;
        Ok(Self::new(client.clone(), Arc::new(facts), view))
    }

    /// What has been seen so far.
    pub fn seen(&self) -> SeenRef<'_, S> {
        SeenRef(self.view().seen.borrow())
    }

    /// The projection as it is now: a copy, to keep.
    pub fn snapshot(&self) -> Projection<S> {
        self.seen().projection().clone()
    }

    /// Waits until `condition` holds for the projection.
    ///
    /// It is asked once for each change, so it should be cheap; a thousand waiters cost one
    /// subscription.
    ///
    /// # Errors
    ///
    /// [`Error::Ended`] when the session ended without it, [`Error::Lost`] when it can be followed
    /// no longer, [`Error::DeadlinePassed`] after a [`deadline`](Wait::deadline).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub fn wait_until<'a>(
        &self,
        mut condition: impl FnMut(&Projection<S>) -> bool + Send + 'a,
    ) -> Wait<'a, S, ()> {
        self.wait_for(move |projection| condition(projection).then_some(()))
    }

    /// Waits until `find` finds something in the projection, and gives it.
    ///
    /// As [`wait_until`](Self::wait_until) otherwise.
    pub fn wait_for<'a, T>(
        &self,
        find: impl FnMut(&Projection<S>) -> Option<T> + Send + 'a,
    ) -> Wait<'a, S, T> {
        Wait::new(self.view().seen.clone(), find)
    }

    /// Waits until the mode is in a phase.
    ///
    /// As [`wait_until`](Self::wait_until) otherwise.
    pub fn wait_for_phase<'a>(&self, phase: S::Phase) -> Wait<'a, S, ()>
    where
        S::Phase: 'a,
    {
        self.wait_until(move |projection| projection.phase() == phase)
    }

    /// Waits for the commitment, and gives it.
    ///
    /// As [`wait_until`](Self::wait_until) otherwise.
    pub fn wait_for_commitment<'a>(&self) -> Wait<'a, S, Commitment> {
        self.wait_for(|projection| projection.commitment().cloned())
    }

    /// Waits for the end, and says how the session ended.
    ///
    /// # Errors
    ///
    /// [`Error::Lost`] when it can be followed no longer.
    pub async fn wait_for_end(&self) -> Result<SessionState, Error> {
        match self.wait_for(|_| None::<Infallible>).await {
            Err(Error::Ended { state }) => Ok(state),
            Err(error) => Err(error),
            Ok(never) => match never {},
        }
    }

    /// The positions that the history reaches, as it grows, and a last item when it is over.
    ///
    /// A slow reader skips to the newest: each item says how far [`seen`](Self::seen) has come. To
    /// take every message in turn, use a [`Follower`](crate::Follower).
    pub fn changes(&self) -> impl Stream<Item = u64> + Send + use<S> {
        let mut seen = self.view().seen.clone();
        seen.mark_changed();
        futures_util::stream::unfold(seen, |mut seen| async move {
            seen.changed().await.ok()?;
            let sequence = seen.borrow_and_update().sequence();
            Some((sequence, seen))
        })
    }
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
