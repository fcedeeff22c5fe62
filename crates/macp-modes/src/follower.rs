use crate::{Change, Error, History};
use futures_util::StreamExt as _;
use macp_projections::{ModeState, Projection};
use macp_proto::SessionId;
use macp_proto::v1::Envelope;
use macp_transport::{Client, Subscription};
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
    history: History<S>,
}

impl<S: ModeState> Follower<S> {
    /// Follows a session from its start, as a participant, its initiator or an observer.
    ///
    /// A session that does not exist yet is waited for, as long as the subscription waits.
    pub fn new(client: &Client, session_id: &SessionId) -> Self {
        Self {
            subscription: client.subscribe(session_id),
            history: History::new(),
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
        Some(self.history.take(event).map_err(Error::from))
    }

    /// The state that follows from the history so far.
    pub fn projection(&self) -> &Projection<S> {
        self.history.projection()
    }

    /// The message that was accepted last.
    pub fn last(&self) -> Option<&Envelope> {
        self.history.projection().transcript().last()
    }

    /// How far the history reaches: the position of the last message, 1 for the session's start; 0
    /// before any.
    pub fn sequence(&self) -> u64 {
        self.history.sequence()
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
