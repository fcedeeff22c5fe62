use crate::Error;
use futures_util::StreamExt as _;
use macp_projections::{Applied, ModeState, Projection};
use macp_proto::v1::Envelope;
use macp_proto::{SessionId, SessionState};
use macp_transport::{Client, SessionEvent, Subscription};
use std::fmt;

/// Follows a session message by message, and keeps its projection.
///
/// The projection is fed by the accepted history alone, in accepted order, whoever sent what. It
/// survives what a [`Subscription`] survives: broken connections, restarts of the runtime and
/// redelivery.
///
/// Use it where every message matters, in order. To ask for conditions, from many places at once,
/// a session that [follows](crate::Session::join) is simpler.
pub struct Follower<S: ModeState> {
    subscription: Subscription,
    progressing: Progressing<S>,
}

/// A projection and how far along the history it is.
#[derive(Clone, Debug)]
pub(crate) struct Progressing<S: ModeState> {
    pub(crate) projection: Projection<S>,
    pub(crate) sequence: u64,
}

/// What happened in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A message was accepted. [`Follower::last`] is it, and says what it changed.
    Accepted(Applied),
    /// The runtime no longer has what came before: the history is gone up to `lowest`.
    ///
    /// The projection lacks those messages. The session may have ended meanwhile, which the next
    /// change says.
    HistoryCompacted {
        /// The ordinal of the last message that is gone.
        lowest: u64,
    },
    /// The session was suspended.
    Suspended,
    /// The session was resumed.
    Resumed,
    /// The session ended like this. Nothing follows.
    Ended(SessionState),
    /// Something that this version does not know.
    Other,
}

impl<S: ModeState> Follower<S> {
    /// Follows a session from its start, as a participant, its initiator or an observer.
    ///
    /// A session that does not exist yet is waited for, as long as the subscription waits.
    pub fn new(client: &Client, session_id: &SessionId) -> Self {
        Self {
            subscription: client.subscribe(session_id),
            progressing: Progressing::new(),
        }
    }

    /// The next change; `None` after the session has ended.
    ///
    /// # Errors
    ///
    /// [`Error::Client`] ends the following, unless it is worth another try, which has been made
    /// by then; [`Error::Projection`] concerns one message, which then changed nothing, and the
    /// following goes on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<Change, Error>> {
        let event = match self.subscription.next().await? {
            Ok(event) => event,
            Err(error) => return Some(Err(error.into())),
        };
        Some(self.progressing.take(event))
    }

    /// The state that follows from the history so far.
    pub fn projection(&self) -> &Projection<S> {
        &self.progressing.projection
    }

    /// The message that was accepted last.
    pub fn last(&self) -> Option<&Envelope> {
        self.progressing.projection.transcript().last()
    }

    /// Its position among the accepted messages, 1 for the session's start; 0 before any.
    pub fn sequence(&self) -> u64 {
        self.progressing.sequence
    }
}

impl<S: ModeState> Progressing<S> {
    pub(crate) fn new() -> Self {
        Self {
            projection: Projection::new(),
            sequence: 0,
        }
    }

    pub(crate) fn take(&mut self, event: SessionEvent) -> Result<Change, Error> {
        Ok(match event {
            SessionEvent::Envelope { sequence, envelope } => {
                self.sequence = sequence;
                Change::Accepted(self.projection.apply(envelope)?)
            }
            SessionEvent::HistoryCompacted { lowest, .. } => Change::HistoryCompacted { lowest },
            SessionEvent::Suspended => Change::Suspended,
            SessionEvent::Resumed => Change::Resumed,
            SessionEvent::Ended { state } => Change::Ended(state),
            _ => Change::Other,
        })
    }
}

impl<S: ModeState> fmt::Debug for Follower<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower")
            .field("mode", &S::MODE)
            .field("sequence", &self.sequence())
            .finish_non_exhaustive()
    }
}
