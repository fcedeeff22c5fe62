use super::online::own_messages;
use macp_modes::{ActionPayload, Error, SendOnly, Session, SessionMode, SessionStart};
use macp_proto::{MessageId, SessionId};
use macp_transport::{Accepted, Client};
use std::fmt;
use std::pin::Pin;

type Sending = Pin<Box<dyn Future<Output = Result<Accepted, Error>> + Send>>;
type Kickoff<S> = Box<dyn FnOnce(Session<S, SendOnly>) -> Sending + Send>;

/// The session that a participant starts, and what it says first.
///
/// An initiator that is started again finds its session, and sends only what it has not said yet:
/// the kickoff, if it has said nothing but the start.
///
/// ```
/// use macp_agent::Initiation;
/// use macp_modes::SessionStart;
/// use macp_projections::decision::DecisionState;
/// use macp_proto::modes::decision::ProposalPayload;
///
/// let start = SessionStart::new("pick a deployment plan").participants(["coordinator", "alice"]);
/// let initiation = Initiation::<DecisionState>::new(start).kickoff(ProposalPayload {
///     proposal_id: "p1".into(),
///     option: "deploy v2.1".into(),
///     ..Default::default()
/// });
/// ```
#[must_use = "an initiation does nothing by itself"]
pub struct Initiation<S: SessionMode> {
    start: SessionStart,
    kickoff: Option<Kickoff<S>>,
}

impl<S: SessionMode> Initiation<S> {
    /// Starts a session. Its id is the participant's, whatever `start` says.
    pub fn new(start: SessionStart) -> Self {
        Self {
            start,
            kickoff: None,
        }
    }

    /// Sends this right after the start.
    pub fn kickoff<P: ActionPayload + Send + Sync + 'static>(mut self, payload: P) -> Self {
        self.kickoff = Some(Box::new(move |mut session| {
            Box::pin(async move { session.send(payload).await })
        }));
        self
    }

    pub(super) async fn send(
        self,
        client: &Client,
        session_id: &SessionId,
        participant_id: &str,
    ) -> Result<Session<S, SendOnly>, Error> {
        let start = self
            .start
            .session_id(session_id.clone())
            .message_id(MessageId::new(format!("{session_id}-start"))?);
        let session = Session::start(client, start).await?.send_only();
        // Its id is random: one that others can guess they can also use up.
        if let Some(kickoff) = self.kickoff
            && own_messages(&session, participant_id).await? == 0
        {
            kickoff(session.clone()).await?;
        }
        Ok(session)
    }
}

impl<S: SessionMode> fmt::Debug for Initiation<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Initiation")
            .field("start", &self.start)
            .field("has_kickoff", &self.kickoff.is_some())
            .finish()
    }
}
