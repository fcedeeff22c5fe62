use crate::action::{Action, ActionPayload, now_unix_ms, sender_of};
use crate::{Error, SessionStart};
use macp_projections::{ModeState, Projection};
use macp_proto::v1::Envelope;
use macp_proto::{DEFAULT_POLICY_VERSION, InvalidValue, Mode, SessionId, SessionState};
use macp_transport::{Accepted, Client, SessionMetadata};
use std::fmt;

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

/// One session of a mode: its actions, and a projection of what was sent through it.
///
/// Use it through its mode's name: [`DecisionSession`](crate::DecisionSession),
/// [`ProposalSession`](crate::ProposalSession), [`TaskSession`](crate::TaskSession),
/// [`HandoffSession`](crate::HandoffSession), [`QuorumSession`](crate::QuorumSession) or
/// [`MultiRoundSession`](crate::MultiRoundSession).
///
/// An action takes `&mut self`, so that messages are applied in the order they were accepted in.
pub struct Session<S: ModeState> {
    client: Client,
    id: SessionId,
    initiator: String,
    participants: Vec<String>,
    versions: Versions,
    projection: Projection<S>,
}

impl<S: SessionMode> Session<S> {
    /// Starts a session (RFC-MACP-0001 §7.1). The client's credentials are its initiator.
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
        envelope.sender.clone_from(&initiator);
        envelope.timestamp_unix_ms = now_unix_ms();
        client.send(envelope.clone()).await?;

        let mut projection = Projection::new();
        projection.apply(envelope)?;
        Ok(Self {
            client: client.clone(),
            id,
            initiator,
            participants: payload.participants,
            versions: Versions {
                mode: payload.mode_version,
                configuration: payload.configuration_version,
                policy: resolved_policy(payload.policy_version),
            },
            projection,
        })
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
        let metadata = client.get_session(session_id).await?;
        if metadata.mode != S::MODE {
            return Err(InvalidValue::new(
                "mode",
                format_args!("session {session_id} is of mode {}", metadata.mode),
                format!("must be {}", S::MODE),
            )
            .into());
        }
        Ok(Self {
            client: client.clone(),
            id: session_id.clone(),
            initiator: metadata.initiator,
            participants: metadata.participants,
            versions: Versions {
                mode: metadata.mode_version,
                configuration: metadata.configuration_version,
                policy: resolved_policy(metadata.policy_version),
            },
            projection: Projection::new(),
        })
    }

    /// Sends any payload of this mode.
    ///
    /// The named actions build on it; use it for a payload you already have.
    pub fn send<P: ActionPayload>(&mut self, payload: P) -> Action<'_, S, P> {
        Action::new(self, payload)
    }

    /// Calls the session off (RFC-MACP-0001 §7.2).
    ///
    /// Cancelling a session that has ended is accepted and changes nothing: the acknowledgement's
    /// state tells how it ended.
    pub async fn cancel(&self, reason: &str) -> Result<Accepted, Error> {
        Ok(self.client.cancel_session(&self.id, reason).await?)
    }

    /// Pauses the session; its time to live stands still (RFC-MACP-0001 §7.5).
    pub async fn suspend(&self, reason: &str) -> Result<Accepted, Error> {
        Ok(self.client.suspend_session(&self.id, reason).await?)
    }

    /// Resumes a paused session.
    pub async fn resume(&self, reason: &str) -> Result<Accepted, Error> {
        Ok(self.client.resume_session(&self.id, reason).await?)
    }

    /// What the runtime says of the session now.
    pub async fn metadata(&self) -> Result<SessionMetadata, Error> {
        Ok(self.client.get_session(&self.id).await?)
    }

    /// The session's state at the runtime now.
    pub async fn state(&self) -> Result<SessionState, Error> {
        Ok(self.metadata().await?.state)
    }

    pub(crate) fn record(&mut self, envelope: Envelope) -> Result<(), Error> {
        self.projection.apply(envelope)?;
        Ok(())
    }
}

impl<S: ModeState> Session<S> {
    /// The session's id.
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// The session's mode.
    pub fn mode(&self) -> Mode {
        S::MODE
    }

    /// Who started it.
    pub fn initiator(&self) -> &str {
        &self.initiator
    }

    /// Its roster.
    pub fn participants(&self) -> &[String] {
        &self.participants
    }

    /// The versions it is bound to.
    pub fn versions(&self) -> &Versions {
        &self.versions
    }

    /// The client it sends through.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The state that follows from what was sent through this value.
    pub fn projection(&self) -> &Projection<S> {
        &self.projection
    }

    /// Gives the projection away, for use after the session.
    pub fn into_projection(self) -> Projection<S> {
        self.projection
    }
}

impl<S: ModeState> fmt::Debug for Session<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("mode", &S::MODE)
            .field("initiator", &self.initiator)
            .field("versions", &self.versions)
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
