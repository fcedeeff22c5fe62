use crate::action::{Action, ActionPayload};
use crate::delivery::{sender_of, stamp};
use crate::{Error, OwnSends, SessionStart, View};
use macp_projections::{ModeState, Projection};
use macp_proto::v1::Envelope;
use macp_proto::{DEFAULT_POLICY_VERSION, InvalidValue, Mode, SessionId, SessionState};
use macp_transport::{Accepted, Client, SessionMetadata};
use std::fmt;
use std::sync::Arc;

/// A mode that sessions can be held in: its state, and the roster it needs.
///
/// Implemented by the states of `macp-projections`.
pub trait SessionMode: ModeState {
    /// Refuses a roster that the runtime would refuse for this mode.
    fn check_roster(_participants: &[String], _initiator: &str) -> Result<(), InvalidValue> {
        Ok(())
    }
}

/// The versions a session was started with, which a commitment must repeat (RFC-MACP-0001 §7.3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Versions {
    /// The mode's version.
    pub mode: String,
    /// The configuration's version: opaque to the protocol.
    pub configuration: String,
    /// The id of the bound policy.
    pub policy: String,
}

/// One session of a mode: its actions, and a view of its state.
///
/// Use it through its mode's name: [`DecisionSession`](crate::DecisionSession),
/// [`ProposalSession`](crate::ProposalSession), [`TaskSession`](crate::TaskSession),
/// [`HandoffSession`](crate::HandoffSession), [`QuorumSession`](crate::QuorumSession) or
/// [`MultiRoundSession`](crate::MultiRoundSession).
///
/// An action takes `&mut self`, so that messages are applied in the order they were accepted in.
pub struct Session<S: ModeState, V = OwnSends<S>> {
    client: Client,
    facts: Arc<Facts>,
    view: V,
    mode: std::marker::PhantomData<S>,
}

/// What is bound when a session starts and never changes.
#[derive(Debug, PartialEq)]
pub(crate) struct Facts {
    pub(crate) id: SessionId,
    pub(crate) initiator: String,
    pub(crate) participants: Vec<String>,
    pub(crate) versions: Versions,
}

impl Facts {
    /// What the runtime says of a session, which must be of mode `S`.
    pub(crate) fn of<S: ModeState>(
        id: &SessionId,
        metadata: SessionMetadata,
    ) -> Result<Self, InvalidValue> {
        if metadata.mode != S::MODE {
            return Err(InvalidValue::new(
                "mode",
                format_args!("session {id} is of mode {}", metadata.mode),
                format!("must be {}", S::MODE),
            ));
        }
        Ok(Self {
            id: id.clone(),
            initiator: metadata.initiator,
            participants: metadata.participants,
            versions: Versions {
                mode: metadata.mode_version,
                configuration: metadata.configuration_version,
                policy: resolved_policy(metadata.policy_version),
            },
        })
    }
}

impl<S: SessionMode> Session<S> {
    /// Starts a session (RFC-MACP-0001 §7.1). The client's credentials are its initiator.
    ///
    /// Repeated under the same [`session_id`](SessionStart::session_id) and
    /// [`message_id`](SessionStart::message_id), it gives the session that exists: with the roster,
    /// the versions and the initiator of its first start, where this one says otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when the start breaks a rule, before anything is sent;
    /// [`Error::Client`] when the runtime refuses, for example with `MODE_NOT_SUPPORTED`,
    /// `UNKNOWN_POLICY_VERSION`, `SESSION_ALREADY_EXISTS` or `RATE_LIMITED`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future may leave a session started. Give the start a
    /// [`session_id`](SessionStart::session_id) and a [`message_id`](SessionStart::message_id) to
    /// be able to repeat it.
    pub async fn start(client: &Client, start: SessionStart) -> Result<Self, Error> {
        let initiator = sender_of(client.credentials())?.to_owned();
        start.check::<S>(&initiator)?;
        let (id, message_id, payload) = start.into_parts();
        let mut envelope = Envelope::in_session(&id, &S::MODE, &message_id, &payload);
        stamp(&mut envelope, &initiator);
        let envelope = Arc::new(envelope);
        let accepted = client.send(envelope.clone()).await?;

        let facts = Facts {
            id,
            initiator,
            participants: payload.participants,
            versions: Versions {
                mode: payload.mode_version,
                configuration: payload.configuration_version,
                policy: resolved_policy(payload.policy_version),
            },
        };
        if accepted.duplicate {
            // The session is what its first start made it, which need not have been this one.
            let session = Self::attach(client, &facts.id).await?;
            if *session.facts != facts {
                return Ok(session);
            }
        }
        let mut projection = Projection::new();
        projection.apply(Arc::unwrap_or_clone(envelope))?;
        Ok(Self::new(
            client.clone(),
            Arc::new(facts),
            OwnSends { projection },
        ))
    }

    /// Takes part in a session that somebody else started.
    ///
    /// Roster, initiator and versions come from the runtime, one `GetSession` call. The projection
    /// starts empty and sees this session's own sends only.
    ///
    /// # Errors
    ///
    /// [`Error::Client`] when the runtime refuses, with `SESSION_NOT_FOUND` or `FORBIDDEN`;
    /// [`Error::Invalid`] when the session is of another mode.
    pub async fn attach(client: &Client, session_id: &SessionId) -> Result<Self, Error> {
        let facts = Facts::of::<S>(session_id, client.get_session(session_id).await?)?;
        let view = OwnSends {
            projection: Projection::new(),
        };
        Ok(Self::new(client.clone(), Arc::new(facts), view))
    }

    /// The state that follows from what was sent through this value.
    pub fn projection(&self) -> &Projection<S> {
        &self.view.projection
    }

    /// Gives the projection away, for use after the session.
    pub fn into_projection(self) -> Projection<S> {
        self.view.projection
    }
}

impl<S: SessionMode, V: View<S>> Session<S, V> {
    pub(crate) fn new(client: Client, facts: Arc<Facts>, view: V) -> Self {
        Self {
            client,
            facts,
            view,
            mode: std::marker::PhantomData,
        }
    }

    /// The same session with another view.
    pub(crate) fn with_view<W: View<S>>(self, view: W) -> Session<S, W> {
        Session::new(self.client, self.facts, view)
    }

    pub(crate) fn view(&self) -> &V {
        &self.view
    }

    /// Sends any payload of this mode.
    ///
    /// The named actions build on it; use it for a payload you already have.
    pub fn send<P: ActionPayload>(&mut self, payload: P) -> Action<'_, S, V, P> {
        Action::new(self, payload)
    }

    /// Calls the session off (RFC-MACP-0001 §7.2).
    ///
    /// Cancelling a session that has ended is accepted and changes nothing: the acknowledgement's
    /// state tells how it ended.
    pub async fn cancel(&self, reason: impl Into<String>) -> Result<Accepted, Error> {
        Ok(self.client.cancel_session(self.id(), reason).await?)
    }

    /// Pauses the session; its time to live stands still (RFC-MACP-0001 §7.5).
    pub async fn suspend(&self, reason: impl Into<String>) -> Result<Accepted, Error> {
        Ok(self.client.suspend_session(self.id(), reason).await?)
    }

    /// Resumes a paused session.
    pub async fn resume(&self, reason: impl Into<String>) -> Result<Accepted, Error> {
        Ok(self.client.resume_session(self.id(), reason).await?)
    }

    /// What the runtime says of the session now.
    pub async fn metadata(&self) -> Result<SessionMetadata, Error> {
        Ok(self.client.get_session(self.id()).await?)
    }

    /// The session's state at the runtime now.
    pub async fn state(&self) -> Result<SessionState, Error> {
        Ok(self.metadata().await?.state)
    }

    pub(crate) fn accepted(&mut self, envelope: Envelope) -> Result<(), Error> {
        Ok(self.view.accepted(envelope)?)
    }
}

impl<S: ModeState, V> Session<S, V> {
    /// The session's id.
    pub fn id(&self) -> &SessionId {
        &self.facts.id
    }

    /// The session's mode.
    pub fn mode(&self) -> Mode {
        S::MODE
    }

    /// Who started it.
    pub fn initiator(&self) -> &str {
        &self.facts.initiator
    }

    /// Its roster.
    pub fn participants(&self) -> &[String] {
        &self.facts.participants
    }

    /// The versions it is bound to.
    pub fn versions(&self) -> &Versions {
        &self.facts.versions
    }

    /// The client it sends through.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl<S: ModeState, V: Clone> Clone for Session<S, V> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            facts: self.facts.clone(),
            view: self.view.clone(),
            mode: std::marker::PhantomData,
        }
    }
}

impl<S: ModeState, V> fmt::Debug for Session<S, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("mode", &S::MODE)
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

/// The policy id that an empty one stands for.
fn resolved_policy(policy_version: String) -> String {
    if policy_version.is_empty() {
        DEFAULT_POLICY_VERSION.to_owned()
    } else {
        policy_version
    }
}
