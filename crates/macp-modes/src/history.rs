use macp_projections::{Applied, ApplyError, ModeState, Projection};
use macp_proto::SessionState;
use macp_transport::SessionEvent;

/// What has been seen of a session's history: the state that follows from it, and how far it goes.
///
/// The accepted history alone feeds it, in accepted order. A [`Follower`](crate::Follower) or a
/// session that [follows](crate::Session::join) has one and takes the events in by itself.
#[derive(Clone, Debug)]
pub struct History<S: ModeState> {
    projection: Projection<S>,
    sequence: u64,
}

/// What happened in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A message was accepted. [`Follower::last`](crate::Follower::last) is it, and this says what
    /// it changed.
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
    /// Suspension, cancellation and expiry stay unheard until further notice: the runtime refuses to
    /// tell them. See [`SessionEvent::Unwatched`].
    Unwatched,
    /// The session ended like this. Nothing follows.
    Ended(SessionState),
    /// Something that this version does not know.
    Other,
}

impl<S: ModeState> History<S> {
    /// Nothing was seen yet.
    pub fn new() -> Self {
        Self {
            projection: Projection::new(),
            sequence: 0,
        }
    }

    /// Takes the next event and says what it was.
    ///
    /// # Errors
    ///
    /// When it is a message that does not decode. It has a position in the history, and changed
    /// nothing otherwise.
    pub fn take(&mut self, event: SessionEvent) -> Result<Change, ApplyError> {
        Ok(match event {
            SessionEvent::Envelope { sequence, envelope } => {
                self.sequence = sequence;
                Change::Accepted(self.projection.apply(envelope)?)
            }
            SessionEvent::HistoryCompacted { lowest, .. } => {
                self.sequence = lowest;
                Change::HistoryCompacted { lowest }
            }
            SessionEvent::Suspended => Change::Suspended,
            SessionEvent::Resumed => Change::Resumed,
            SessionEvent::Unwatched => Change::Unwatched,
            SessionEvent::Ended { state } => Change::Ended(state),
            _ => Change::Other,
        })
    }

    /// The state that follows from what was seen.
    pub fn projection(&self) -> &Projection<S> {
        &self.projection
    }

    /// Gives the projection away.
    pub fn into_projection(self) -> Projection<S> {
        self.projection
    }

    /// How far it goes: the position of the last message, 1 for the session's start, whether that
    /// message was seen or the runtime no longer had it; 0 before any.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }
}

impl<S: ModeState> Default for History<S> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use macp_projections::decision::DecisionState;
    use macp_proto::modes::decision::ProposalPayload;
    use macp_proto::v1::Envelope;
    use macp_proto::{MessageId, Mode, SessionId};

    fn proposal() -> Envelope {
        let session = SessionId::new("release-2026-11-approval").unwrap();
        let id = MessageId::new("m1").unwrap();
        Envelope::in_session(&session, &Mode::Decision, &id, &ProposalPayload::default())
    }

    #[test]
    fn what_is_gone_counts_as_seen() {
        let mut history = History::<DecisionState>::new();
        let gone = SessionEvent::HistoryCompacted {
            after: 0,
            lowest: 7,
        };
        let change = history.take(gone).unwrap();
        assert_eq!(change, Change::HistoryCompacted { lowest: 7 });
        assert_eq!(history.sequence(), 7);
        let state = SessionState::Resolved;
        let ended = history.take(SessionEvent::Ended { state }).unwrap();
        assert_eq!(ended, Change::Ended(state));
        assert_eq!(history.sequence(), 7);
    }

    #[test]
    fn a_message_that_does_not_decode_has_its_position_and_nothing_else() {
        let mut history = History::<DecisionState>::new();
        let envelope = Envelope {
            payload: b"\x0a\xff".as_slice().into(),
            ..proposal()
        };
        let sequence = 3;
        let event = SessionEvent::Envelope { sequence, envelope };
        assert_eq!(history.take(event).unwrap_err().message_id, "m1");
        assert_eq!(history.sequence(), 3);
        assert!(history.projection().transcript().is_empty());
    }
}
