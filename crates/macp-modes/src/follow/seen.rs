use crate::{Change, Error, History};
use macp_projections::{ApplyError, ModeState, Projection};
use macp_proto::SessionState;
use macp_transport::SessionEvent;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use tokio::sync::watch;

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
    pub(super) fn nothing() -> Self {
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

    pub(super) fn take(&mut self, event: Result<SessionEvent, macp_transport::Error>) {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                self.status = FollowStatus::Lost(Arc::new(error.into()));
                return;
            }
        };
        match self.history.take(event) {
            Ok(Change::Accepted(_) | Change::Unwatched | Change::Other) => {}
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
pub struct SeenRef<'a, S: ModeState>(pub(super) watch::Ref<'a, Seen<S>>);

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

#[cfg(test)]
mod tests {
    use super::*;
    use macp_projections::decision::DecisionState;
    use macp_proto::modes::decision::ProposalPayload;
    use macp_proto::v1::Envelope;
    use macp_proto::{MessageId, Mode, SessionId};

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
