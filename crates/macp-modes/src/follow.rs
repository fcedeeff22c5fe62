use crate::session::Facts;
use crate::view::sealed;
use crate::{Change, Error, History, Session, SessionMode, View};
use futures_core::Stream;
use futures_util::StreamExt as _;
use macp_projections::{ApplyError, Commitment, ModeState, Projection};
use macp_proto::v1::Envelope;
use macp_proto::{SessionId, SessionState};
use macp_transport::{Client, SessionEvent, Subscription};
use std::convert::Infallible;
use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
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

/// What has been seen of a followed session.
#[derive(Clone, Debug)]
pub struct Seen<S: ModeState> {
    history: History<S>,
    status: FollowStatus,
    missed: Option<u64>,
    unreadable: Vec<ApplyError>,
}

/// Where a followed session is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FollowStatus {
    /// It takes messages, as far as is known.
    Open,
    /// It is suspended.
    Suspended,
    /// It ended like this; nothing more will be seen.
    Ended(SessionState),
    /// It can be followed no longer, for this reason; it may go on unseen.
    Lost(Arc<Error>),
}

impl FollowStatus {
    /// Whether nothing more will be seen.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Ended(_) | Self::Lost(_))
    }
}

impl<S: ModeState> Seen<S> {
    fn nothing() -> Self {
        Self {
            history: History::new(),
            status: FollowStatus::Open,
            missed: None,
            unreadable: Vec::new(),
        }
    }

    /// The state that follows from the history so far.
    pub fn projection(&self) -> &Projection<S> {
        self.history.projection()
    }

    /// How far the history reaches: the position of the last message, 1 for the session's start; 0
    /// before any. It counts what was [missed](Self::missed).
    pub fn sequence(&self) -> u64 {
        self.history.sequence()
    }

    /// Where the session is.
    pub fn status(&self) -> &FollowStatus {
        &self.status
    }

    /// The position up to which the runtime had dropped the history, if it had. The projection
    /// lacks those messages.
    pub fn missed(&self) -> Option<u64> {
        self.missed
    }

    /// The messages that do not decode, in order: the projection lacks them, and the following went
    /// on. The runtime accepts none such in the modes of this crate.
    pub fn unreadable(&self) -> &[ApplyError] {
        &self.unreadable
    }

    fn take(&mut self, event: Result<SessionEvent, macp_transport::Error>) {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                self.status = FollowStatus::Lost(Arc::new(error.into()));
                return;
            }
        };
        match self.history.take(event) {
            Ok(Change::Accepted(_) | Change::Other) => {}
            Ok(Change::HistoryCompacted { lowest }) => self.missed = Some(lowest),
            Ok(Change::Suspended) => self.status = FollowStatus::Suspended,
            Ok(Change::Resumed) => self.status = FollowStatus::Open,
            Ok(Change::Ended(state)) => self.status = FollowStatus::Ended(state),
            Err(error) => self.unreadable.push(error),
        }
    }
}

/// A look at what has been seen of a session. Keep it short: nothing new is taken in meanwhile.
///
/// It cannot be held across an `await` in a task that moves between threads.
pub struct SeenRef<'a, S: ModeState>(watch::Ref<'a, Seen<S>>);

impl<S: ModeState> Deref for SeenRef<'_, S> {
    type Target = Seen<S>;

    fn deref(&self) -> &Seen<S> {
        &self.0
    }
}

impl<S: ModeState> fmt::Debug for SeenRef<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
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
            .field(&self.seen.borrow().status)
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
        let there = |seen: &Seen<S>| seen.sequence() > 0 || seen.status.is_over();
        if let Ok(seen) = view.seen.wait_for(there).await
            && let FollowStatus::Lost(error) = &seen.status
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
        Wait {
            seen: self.view().seen.clone(),
            find: Box::new(find),
            deadline: None,
        }
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

/// What looks for something in a projection.
type Find<'a, S, T> = Box<dyn FnMut(&Projection<S>) -> Option<T> + Send + 'a>;

/// A wait for something in a followed session, from [`Session::wait_for`] and its kin.
#[must_use = "nothing is waited for until it is awaited"]
pub struct Wait<'a, S: ModeState, T> {
    seen: watch::Receiver<Seen<S>>,
    find: Find<'a, S, T>,
    deadline: Option<Duration>,
}

impl<S: ModeState, T> Wait<'_, S, T> {
    /// How long to wait. There is no limit otherwise.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    async fn unlimited(&mut self) -> Result<T, Error> {
        loop {
            {
                let seen = self.seen.borrow_and_update();
                if let Some(found) = (self.find)(seen.projection()) {
                    return Ok(found);
                }
                match &seen.status {
                    FollowStatus::Open | FollowStatus::Suspended => {}
                    FollowStatus::Ended(state) => return Err(Error::Ended { state: *state }),
                    FollowStatus::Lost(error) => return Err(Error::Lost(error.clone())),
                }
            }
            if self.seen.changed().await.is_err() {
                return Err(Error::Ended {
                    state: SessionState::Unknown(0),
                });
            }
        }
    }
}

impl<S: ModeState, T> fmt::Debug for Wait<'_, S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

impl<'a, S: ModeState, T: 'a> IntoFuture for Wait<'a, S, T> {
    type Output = Result<T, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            let Some(deadline) = self.deadline else {
                return self.unlimited().await;
            };
            tokio::time::timeout(deadline, self.unlimited())
                .await
                .unwrap_or(Err(Error::DeadlinePassed { deadline }))
        })
    }
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use macp_projections::decision::DecisionState;
    use macp_proto::modes::decision::ProposalPayload;
    use macp_proto::{MessageId, Mode};

    #[test]
    fn an_unreadable_message_is_told_and_ends_nothing() {
        let session = SessionId::new("release-2026-11-approval").unwrap();
        let mut seen = Seen::<DecisionState>::nothing();
        for (sequence, payload) in [(2, b"\x0a\xff".as_slice()), (3, b"")] {
            let id = MessageId::new(format!("m{sequence}")).unwrap();
            let proposal = ProposalPayload::default();
            let envelope = Envelope {
                payload: payload.into(),
                ..Envelope::in_session(&session, &Mode::Decision, &id, &proposal)
            };
            seen.take(Ok(SessionEvent::Envelope { sequence, envelope }));
        }
        let unreadable: Vec<_> = seen.unreadable().iter().map(|e| &*e.message_id).collect();
        assert_eq!(unreadable, ["m2"]);
        assert_eq!(seen.sequence(), 3);
        assert_eq!(seen.projection().transcript().len(), 1);
        assert!(matches!(seen.status(), FollowStatus::Open));
    }
}
