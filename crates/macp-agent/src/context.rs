use crate::StopHandle;
use macp_modes::{History, SendOnly, Session, SessionMode, Versions};
use macp_projections::{ModeState, Projection};
use macp_proto::SessionId;
use macp_proto::v1::Envelope;
use std::fmt;
use std::sync::Arc;

/// What a handler works with: the session's state at its moment, the session's actions and facts.
///
/// A handler owns its context and may keep it or move it into a task; clones are cheap. The state
/// in it stays as it is while the participant goes on, which costs the participant a copy of its
/// projection when the next message comes. So keep contexts for exceptions, not for each message.
pub struct Context<S: ModeState, A = Session<S, SendOnly>> {
    pub(crate) scene: Arc<Scene<S, A>>,
    /// The message that it is about: an index into the transcript.
    pub(crate) message: Option<usize>,
}

/// What is the same for all handlers of one message, behind one count of its holders.
pub(crate) struct Scene<S: ModeState, A> {
    pub(crate) history: History<S>,
    pub(crate) suspended: bool,
    /// How many of its own messages, sent before it was started, the participant has not seen yet.
    pub(crate) own_to_come: u64,
    pub(crate) shared: Arc<Shared<A>>,
}

impl<S: ModeState, A> Clone for Scene<S, A> {
    fn clone(&self) -> Self {
        Self {
            history: self.history.clone(),
            suspended: self.suspended,
            own_to_come: self.own_to_come,
            shared: self.shared.clone(),
        }
    }
}

/// What all contexts of one participant share.
pub(crate) struct Shared<A> {
    pub(crate) participant_id: String,
    pub(crate) acts: A,
    pub(crate) stop: StopHandle,
}

impl<S: ModeState, A> Context<S, A> {
    /// The state that follows from the history, up to and with the message that this is about.
    pub fn projection(&self) -> &Projection<S> {
        self.scene.history.projection()
    }

    /// The message that this is about: who sent it, its id, its payload. `None` for what is about
    /// none, such as a suspension.
    pub fn message(&self) -> Option<&Envelope> {
        self.projection().transcript().get(self.message?)
    }

    /// The position of the last message, 1 for the session's start; 0 before any.
    pub fn sequence(&self) -> u64 {
        self.scene.history.sequence()
    }

    /// Who this participant is.
    pub fn participant_id(&self) -> &str {
        &self.scene.shared.participant_id
    }

    /// Whether the session is suspended: it refuses messages until it is resumed.
    pub fn is_suspended(&self) -> bool {
        self.scene.suspended
    }

    /// Whether this participant, started again, is still reading what happened before its own last
    /// message.
    ///
    /// It has probably acted upon what it reads now, and will read that it did. What is due
    /// nevertheless can wait for [`on_caught_up`](crate::Participant::on_caught_up).
    pub fn is_replaying(&self) -> bool {
        self.scene.own_to_come > 0
    }

    /// Stops the participant once this message is handled. The session goes on.
    pub fn stop(&self) {
        self.scene.shared.stop.stop();
    }

    /// A handle that stops the participant later.
    pub fn stop_handle(&self) -> StopHandle {
        self.scene.shared.stop.clone()
    }
}

impl<S: SessionMode> Context<S> {
    /// The session, to act in: `ctx.session().vote("p1", Vote::Approve).await?`.
    ///
    /// What is sent comes back with the history, a moment later.
    pub fn session(&self) -> Session<S, SendOnly> {
        self.scene.shared.acts.clone()
    }

    /// The session's id.
    pub fn session_id(&self) -> &SessionId {
        self.scene.shared.acts.id()
    }

    /// Who started the session.
    pub fn initiator(&self) -> &str {
        self.scene.shared.acts.initiator()
    }

    /// Whether this participant started the session.
    pub fn is_initiator(&self) -> bool {
        self.initiator() == self.participant_id()
    }

    /// The session's roster.
    pub fn participants(&self) -> &[String] {
        self.scene.shared.acts.participants()
    }

    /// The versions that the session is bound to.
    pub fn versions(&self) -> &Versions {
        self.scene.shared.acts.versions()
    }
}

impl<S: ModeState, A> Clone for Context<S, A> {
    fn clone(&self) -> Self {
        Self {
            scene: self.scene.clone(),
            message: self.message,
        }
    }
}

impl<S: ModeState, A> fmt::Debug for Context<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("participant_id", &self.scene.shared.participant_id)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}
