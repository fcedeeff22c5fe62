use super::{Initiation, Link, Participant, dispatch, sealed};
use crate::bootstrap::{Bootstrap, CancelEndpoint, Kickoff};
use crate::context::Shared;
use crate::dispatch::Dispatcher;
use crate::handlers::Handlers;
use crate::{CancelCallback, Ended, Ending, Error, ErrorPolicy, StopHandle};
use futures_util::{StreamExt as _, stream};
use macp_modes::{SendOnly, Session, SessionMode};
use macp_projections::{ModeState, Projection};
use macp_proto::{InvalidValue, SessionId};
use macp_transport::{Client, Credentials, SessionEvent, Subscription};
use std::fmt;
use std::time::Duration;
use tracing::Instrument as _;

/// How long a participant that ends waits for the answer to the request that stopped it.
const CALLBACK_GRACE: Duration = Duration::from_secs(1);

/// The link of a participant to its runtime.
pub struct Online<S: SessionMode> {
    client: Client,
    session_id: SessionId,
    participant_id: Option<String>,
    patience: Option<Duration>,
    initiation: Option<Initiation<S>>,
    cancel: Option<CancelEndpoint>,
}

impl<S: SessionMode> sealed::Link for Online<S> {}

impl<S: SessionMode> Link<S> for Online<S> {
    type Acts = Session<S, SendOnly>;
}

impl<S: SessionMode> Participant<S> {
    /// A participant of a session that exists or will: it joins as whom the client's credentials
    /// speak for.
    pub fn new(client: &Client, session_id: &SessionId) -> Self {
        Self::with_link(Online {
            client: client.clone(),
            session_id: session_id.clone(),
            participant_id: None,
            patience: None,
            initiation: None,
            cancel: None,
        })
    }

    /// The participant that a bootstrap file describes, over the connection of `client`: with the
    /// file's credentials, whoever the client speaks as, with its initiator's start and kickoff,
    /// and with its cancel callback.
    ///
    /// # Errors
    ///
    /// When the file's mode is not this participant's.
    pub fn from_bootstrap(client: &Client, bootstrap: &Bootstrap) -> Result<Self, InvalidValue> {
        if bootstrap.mode != S::MODE {
            return Err(InvalidValue::new(
                "mode",
                format_args!("is {}", bootstrap.mode),
                format!("must be {}, which this program is for", S::MODE),
            ));
        }
        let client = client.with_credentials(bootstrap.credentials.clone());
        let mut participant = Self::new(&client, &bootstrap.session_id);
        participant.link.participant_id = Some(bootstrap.participant_id.clone());
        participant
            .link
            .cancel
            .clone_from(&bootstrap.cancel_callback);
        if let Some(initiator) = &bootstrap.initiator {
            let start = initiator
                .session_start
                .to_session_start(&bootstrap.session_id);
            let initiation = Initiation::new(start);
            participant = participant.initiate(match initiator.kickoff.clone() {
                None => initiation,
                Some(Kickoff::Decision(payload)) => initiation.kickoff(payload),
                Some(Kickoff::Proposal(payload)) => initiation.kickoff(payload),
            });
        }
        Ok(participant)
    }

    /// Starts the session, when the participant is run.
    pub fn initiate(mut self, initiation: Initiation<S>) -> Self {
        self.link.initiation = Some(initiation);
        self
    }

    /// How long to wait for a session that does not exist yet: 30 s unless set.
    pub fn wait_for_session(mut self, patience: Duration) -> Self {
        self.link.patience = Some(patience);
        self
    }

    /// Stops the participant when somebody posts to this endpoint: see [`CancelCallback`].
    pub fn cancel_callback(mut self, endpoint: CancelEndpoint) -> Self {
        self.link.cancel = Some(endpoint);
        self
    }

    /// The session it takes part in.
    pub fn session_id(&self) -> &SessionId {
        &self.link.session_id
    }

    /// Who it is: whom its credentials speak for, as far as they tell.
    pub fn participant_id(&self) -> Option<&str> {
        let sender = || self.link.client.credentials().and_then(Credentials::sender);
        self.link.participant_id.as_deref().or_else(sender)
    }

    /// Takes part until the session ends, or the participant is stopped.
    ///
    /// # Errors
    ///
    /// [`Error::Session`] when the session cannot be started, joined or followed, for example with
    /// `FORBIDDEN`, or with `SESSION_NOT_FOUND` after [waiting](Self::wait_for_session);
    /// [`Error::Handler`], depending on the [`ErrorPolicy`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the handler that is running and leaves the session alone.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, and when a handler panics.
    pub async fn run(self) -> Result<Ended<S>, Error> {
        let participant_id = self.participant_id().ok_or_else(|| {
            macp_modes::Error::from(InvalidValue::new(
                "credentials",
                "have no sender",
                "a participant must know who it is; name it with `Credentials::expect_sender`",
            ))
        })?;
        let participant_id = participant_id.to_owned();
        let span = tracing::info_span!(
            "participant",
            "macp.sender.id" = participant_id,
            "macp.session.id" = %self.link.session_id,
        );
        let Self {
            link,
            handlers,
            policy,
            stop,
        } = self;
        async move {
            let callback = listen(link.cancel.as_ref(), &stop).await?;
            let ended = take_part(link, participant_id, handlers, policy, stop).await;
            if let Some(callback) = callback {
                callback.shutdown(CALLBACK_GRACE).await;
            }
            if let Ok(ended) = &ended {
                tracing::info!(ending = %ended.ending, "ended");
            } else {
                // The caller has the error, which may hold more than a log should.
                tracing::warn!("failed");
            }
            ended
        }
        .instrument(span)
        .await
    }
}

async fn listen(
    endpoint: Option<&CancelEndpoint>,
    stop: &StopHandle,
) -> Result<Option<CancelCallback>, Error> {
    let Some(endpoint) = endpoint else {
        return Ok(None);
    };
    match CancelCallback::stopping(endpoint, stop.clone()).await {
        Ok(callback) => Ok(Some(callback)),
        Err(source) => Err(Error::CancelCallback {
            host: endpoint.host.clone(),
            port: endpoint.port,
            source,
        }),
    }
}

async fn take_part<S: SessionMode>(
    link: Online<S>,
    participant_id: String,
    handlers: Handlers<S, Session<S, SendOnly>>,
    policy: ErrorPolicy,
    stop: StopHandle,
) -> Result<Ended<S>, Error> {
    let joined = tokio::select! {
        biased;
        () = stop.stopped() => return Ok(Ended::nothing()),
        joined = join(link, &participant_id) => joined?,
    };
    let Joined {
        session,
        own_to_come,
        first,
        events,
    } = joined;
    tracing::debug!(own_to_come, "joined");
    let shared = Shared {
        participant_id,
        acts: session,
        stop: stop.clone(),
    };
    let mut dispatcher = Dispatcher::new(handlers, policy, shared, own_to_come);
    let events = stream::iter([Ok(first)]).chain(events);
    match dispatch(&mut dispatcher, &stop, events, |dispatcher, event| {
        dispatcher.take(event?)
    })
    .await?
    {
        Some(ending) => Ok(dispatcher.ended(ending)),
        None => Err(Error::NoEnd { state: None }),
    }
}

/// A session that a participant has joined.
struct Joined<S: SessionMode> {
    session: Session<S, SendOnly>,
    own_to_come: u64,
    /// The first event, which tells that the session exists.
    first: SessionEvent,
    events: Subscription,
}

async fn join<S: SessionMode>(link: Online<S>, participant_id: &str) -> Result<Joined<S>, Error> {
    let (client, session_id) = (link.client, link.session_id);
    let started = match link.initiation {
        Some(initiation) => Some(
            initiation
                .send(&client, &session_id, participant_id)
                .await?,
        ),
        None => None,
    };
    let mut events = client.subscribe(&session_id);
    if let Some(patience) = link.patience {
        events = events.wait_for_session(patience);
    }
    let Some(first) = events.next().await.transpose()? else {
        return Err(Error::NoEnd { state: None });
    };
    let session = match started {
        Some(session) => session,
        None => Session::attach(&client, &session_id).await?.send_only(),
    };
    let own_to_come = own_messages(&session, participant_id).await?;
    Ok(Joined {
        session,
        own_to_come,
        first,
        events,
    })
}

/// How many messages of this participant the runtime has accepted, the session's start left aside.
pub(super) async fn own_messages<S: SessionMode>(
    session: &Session<S, SendOnly>,
    participant_id: &str,
) -> Result<u64, macp_modes::Error> {
    let metadata = session.metadata().await?;
    let own = metadata
        .activity
        .iter()
        .find(|activity| activity.participant == participant_id);
    Ok(own.map_or(0, |activity| activity.message_count.into()))
}

impl<S: ModeState> Ended<S> {
    /// The end of a participant that was stopped before it saw anything.
    fn nothing() -> Self {
        Self {
            ending: Ending::Stopped,
            projection: Projection::new(),
        }
    }
}

impl<S: SessionMode> fmt::Debug for Online<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Online")
            .field("session_id", &self.session_id)
            .field("initiation", &self.initiation)
            .field("cancel", &self.cancel)
            .finish_non_exhaustive()
    }
}
