//! The accepted history of a session, through whatever happens to the connection.

use super::connection::{ConnectionWatch, StateSender};
use super::events::Events;
use super::follow::{Driver, Feed, Inbound};
use super::raw;
use crate::client::{Client, Opened};
use crate::credentials::Credentials;
use crate::error::Error;
use futures_core::Stream;
use macp_proto::v1::{Envelope, StreamSessionRequest, StreamSessionResponse};
use macp_proto::{SessionId, SessionState};
use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;

impl Client {
    /// Follows a session: every accepted message with its ordinal, in order and once, from the
    /// first one on, until the session ends (RFC-MACP-0006 §3.2).
    ///
    /// For the session's initiator, its participants and observers.
    ///
    /// ```no_run
    /// # async fn example(client: macp_transport::Client, session_id: macp_proto::SessionId) -> Result<(), macp_transport::Error> {
    /// use futures_util::TryStreamExt as _;
    /// use macp_transport::SessionEvent;
    ///
    /// let mut session = client.subscribe(&session_id);
    /// while let Some(event) = session.try_next().await? {
    ///     match event {
    ///         SessionEvent::Envelope { sequence, envelope } => {
    ///             println!("{sequence}: {} by {}", envelope.message_type, envelope.sender);
    ///         }
    ///         SessionEvent::HistoryCompacted { lowest, .. } => println!("lost up to {lowest}"),
    ///         SessionEvent::Ended { state } => println!("{state}"),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn subscribe(&self, session_id: &SessionId) -> Subscription {
        let state = StateSender::new();
        Subscription {
            connection: state.watch(),
            plan: Some(Plan {
                client: self.clone(),
                session_id: session_id.clone(),
                after: 0,
                patience: Duration::from_secs(30),
                state,
            }),
            running: None,
        }
    }
}

/// What a [`Subscription`] brings.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// A message that the runtime accepted.
    Envelope {
        /// Its ordinal: 1 is the `SessionStart`. What to give to
        /// [`after`](Subscription::after) to go on behind it.
        sequence: u64,
        /// The message; its sender is the authenticated one.
        envelope: Envelope,
    },
    /// The runtime no longer has the messages after `after` up to and including `lowest`; it drops
    /// them when a session has ended. Whoever polls on gets what comes after them and how the
    /// session ended; whoever needs them stops here.
    HistoryCompacted {
        /// The last ordinal before the loss.
        after: u64,
        /// The last ordinal that is lost.
        lowest: u64,
    },
    /// The session is paused: nothing is accepted until it is resumed.
    Suspended,
    /// The session goes on.
    Resumed,
    /// The runtime refuses to tell this identity how sessions fare: a suspension, a cancellation
    /// or an expiry stays unheard. Messages go on arriving, and a commitment still ends it. The
    /// runtime is asked again once a minute; when it agrees, what was missed is found.
    Unwatched,
    /// The session has ended. Nothing follows.
    Ended {
        /// How: resolved, cancelled or expired.
        state: SessionState,
    },
}

/// The accepted history of a session as a stream: [`Client::subscribe`].
///
/// It opens when it is first polled. A connection that breaks, a runtime that restarts, a peer
/// that vanishes (found by keep-alive) or a reader that fell behind the runtime's buffer make it
/// open again after the last message delivered, with pauses that grow until something arrives; no
/// message is delivered twice or out of order. [`connection`](Self::connection) tells where it
/// stands meanwhile. An error is what opening again cannot mend, such as `FORBIDDEN`; the stream
/// then ends.
///
/// Cancellation, expiry, suspension and resumption come over another connection than the
/// messages: their place between messages is approximate, except that everything accepted before
/// the end is delivered before [`SessionEvent::Ended`].
///
/// Polling is cancel-safe. A slow reader holds the runtime back; nothing grows here. Dropping it
/// ends the RPC.
#[must_use = "a stream does nothing until it is polled"]
pub struct Subscription {
    connection: ConnectionWatch,
    plan: Option<Plan>,
    running: Option<Events<ClientFeed>>,
}

struct Plan {
    client: Client,
    session_id: SessionId,
    after: u64,
    patience: Duration,
    state: StateSender,
}

impl Subscription {
    /// Begins after the message with this ordinal; 0, the default, is the whole history.
    ///
    /// Settings take effect when they are made before the first poll.
    pub fn after(mut self, sequence: u64) -> Self {
        if let Some(plan) = &mut self.plan {
            plan.after = sequence;
        }
        self
    }

    /// How long to wait for a session that does not exist yet: 30 s unless set. Then the stream
    /// fails with `SESSION_NOT_FOUND`.
    pub fn wait_for_session(mut self, patience: Duration) -> Self {
        if let Some(plan) = &mut self.plan {
            plan.patience = patience;
        }
        self
    }

    /// Follows as `credentials`, whoever the client speaks as.
    pub fn credentials(mut self, credentials: &Credentials) -> Self {
        if let Some(plan) = &mut self.plan {
            plan.client = plan.client.with_credentials(credentials.clone());
        }
        self
    }

    /// Where the stream stands: connecting, live, waiting, over.
    pub fn connection(&self) -> ConnectionWatch {
        self.connection.clone()
    }
}

impl Stream for Subscription {
    type Item = Result<SessionEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Some(plan) = this.plan.take() {
            this.running = Some(plan.start());
        }
        match &mut this.running {
            Some(running) => Pin::new(running).poll_next(cx),
            None => Poll::Ready(None),
        }
    }
}

impl Plan {
    fn start(self) -> Events<ClientFeed> {
        let hub = self.client.shared().hubs.hub(&self.client);
        let driver = Driver::new(
            ClientFeed {
                client: self.client,
                session_id: self.session_id.clone(),
            },
            hub.listen(&self.session_id),
            self.after,
            self.patience,
            self.state,
        );
        Events::of(driver)
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

/// The runtime, over this client.
struct ClientFeed {
    client: Client,
    session_id: SessionId,
}

impl Feed for ClientFeed {
    type Inbound = ClientInbound;

    async fn open(&self, after: u64) -> Result<Self::Inbound, Error> {
        let (frames, stream) = raw::open(&self.client).await?;
        let subscribe = StreamSessionRequest {
            envelope: None,
            subscribe_session_id: self.session_id.as_str().to_owned(),
            after_sequence: after,
        };
        // A stream that closed meanwhile says why when it is read.
        let _ = frames.send(subscribe).await;
        Ok(ClientInbound {
            stream,
            frames: Some(frames),
        })
    }

    fn state(&self) -> Pin<Box<dyn Future<Output = Result<SessionState, Error>> + Send>> {
        let call = self.client.get_session(&self.session_id).into_future();
        Box::pin(async move { Ok(call.await?.state) })
    }
}

struct ClientInbound {
    stream: Opened<StreamSessionResponse>,
    frames: Option<mpsc::Sender<StreamSessionRequest>>,
}

impl Inbound for ClientInbound {
    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<StreamSessionResponse, Error>>> {
        self.stream.poll_message(cx)
    }

    fn half_close(&mut self) {
        self.frames = None;
    }
}
