//! What changes at the runtime, as streams that reopen themselves.

use crate::client::{Client, Opened};
use crate::credentials::Credentials;
use crate::error::Error;
use crate::pacing::{Pacing, may_reopen};
use crate::rpc::Rpc;
use crate::session::SessionMetadata;
use crate::stream::connection::{ConnectionState, ConnectionWatch, StateSender};
use crate::telemetry;
use futures_core::Stream;
use macp_proto::v1;
use macp_proto::v1::session_lifecycle_event::EventType;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

impl Client {
    /// Watches sessions come, change and end: everybody's (RFC-MACP-0006).
    ///
    /// First comes a snapshot: every session that the runtime holds, in its present state, as
    /// [`WatchEvent::Initial`]. A session that starts while the snapshot is being sent may be
    /// marked like one of it.
    pub fn watch_sessions(&self) -> Watch<Sessions> {
        Watch::new(self)
    }

    /// Watches signals and progress messages, ambient and of sessions, from when it is first
    /// polled. The runtime keeps none: what is sent during a gap is lost.
    pub fn watch_signals(&self) -> Watch<Signals> {
        Watch::new(self)
    }

    /// Watches the registry of policies: all of them first, and again after each change.
    pub fn watch_policies(&self) -> Watch<Policies> {
        Watch::new(self)
    }

    /// Watches the registry of modes change; read it with [`list_modes`](Self::list_modes) and
    /// [`list_ext_modes`](Self::list_ext_modes). Needs no credentials.
    pub fn watch_mode_registry(&self) -> Watch<ModeRegistry> {
        Watch::new(self)
    }

    /// Watches the runtime's roots change; read them with [`list_roots`](Self::list_roots).
    /// Needs no credentials. Runtime 0.13 never reports a change.
    pub fn watch_roots(&self) -> Watch<Roots> {
        Watch::new(self)
    }
}

/// What a [`Watch`] brings.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WatchEvent<T> {
    /// Part of the snapshot with which the runtime begins: how things are, not a change.
    Initial(T),
    /// A change.
    Changed(T),
    /// The watch broke and is open again. What changed in between is not told; a new snapshot
    /// follows where the runtime sends one, to compare with what is known.
    Gap,
}

/// A stream of changes at the runtime.
///
/// It opens when it is first polled, and again by itself when it breaks, with pauses that grow
/// until something arrives. An error is what reopening cannot mend, such as a refused token; the
/// stream then ends. A slow reader holds the runtime back and, once the runtime's own buffer is
/// full, sees a [`WatchEvent::Gap`]: nothing grows here. Dropping it ends the RPC.
#[must_use = "a stream does nothing until it is polled"]
pub struct Watch<K: Kind> {
    client: Client,
    state: Option<StateSender>,
    connection: ConnectionWatch,
    running: Option<Running<K>>,
}

type Running<K> =
    Pin<Box<dyn Stream<Item = Result<WatchEvent<<K as sealed::Kind>::Item>, Error>> + Send>>;

impl<K: Kind> Watch<K> {
    fn new(client: &Client) -> Self {
        let state = StateSender::new();
        Self {
            client: client.clone(),
            connection: state.watch(),
            state: Some(state),
            running: None,
        }
    }

    /// Watches as `credentials`, whoever the client speaks as. To be set before the first poll.
    pub fn credentials(mut self, credentials: &Credentials) -> Self {
        self.client = self.client.with_credentials(credentials.clone());
        self
    }

    /// Where the stream stands: connecting, live, waiting.
    pub fn connection(&self) -> ConnectionWatch {
        self.connection.clone()
    }
}

impl<K: Kind> Stream for Watch<K> {
    type Item = Result<WatchEvent<K::Item>, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Some(state) = this.state.take() {
            this.running = Some(Box::pin(events::<K>(Driver::new(&this.client, state))));
        }
        match &mut this.running {
            Some(running) => running.as_mut().poll_next(cx),
            None => Poll::Ready(None),
        }
    }
}

impl<K: Kind> fmt::Debug for Watch<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("rpc", &K::RPC)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

fn events<K: Kind>(driver: Driver<K>) -> impl Stream<Item = Result<WatchEvent<K::Item>, Error>> {
    futures_util::stream::unfold((driver, false), |(mut driver, mut opened)| async move {
        loop {
            let event = match driver.step().await? {
                Ok(Step::Opened) if opened => Ok(WatchEvent::Gap),
                Ok(Step::Opened) => {
                    opened = true;
                    continue;
                }
                Ok(Step::Broke) => continue,
                Ok(Step::Item {
                    item,
                    initial: true,
                }) => Ok(WatchEvent::Initial(item)),
                Ok(Step::Item { item, .. }) => Ok(WatchEvent::Changed(item)),
                Err(error) => Err(error),
            };
            return Some((event, (driver, opened)));
        }
    })
}

/// What happens to a watch.
#[derive(Debug)]
pub(crate) enum Step<T> {
    Opened,
    Item { item: T, initial: bool },
    Broke,
}

/// Keeps one watch open.
pub(crate) struct Driver<K: Kind> {
    client: Client,
    state: StateSender,
    pacing: Pacing,
    phase: Phase<K>,
}

enum Phase<K: Kind> {
    Closed {
        wait: Duration,
    },
    Open {
        stream: Box<Opened<K::Wire>>,
        first: bool,
    },
    Over,
}

impl<K: Kind> Driver<K> {
    pub(crate) fn new(client: &Client, state: StateSender) -> Self {
        Self {
            client: client.clone(),
            state,
            pacing: Pacing::default(),
            phase: Phase::Closed {
                wait: Duration::ZERO,
            },
        }
    }

    /// Goes on until something happens; `None` after an error.
    pub(crate) async fn step(&mut self) -> Option<Result<Step<K::Item>, Error>> {
        loop {
            match &mut self.phase {
                Phase::Over => return None,
                Phase::Closed { wait } => {
                    let wait = std::mem::take(wait);
                    tokio::time::sleep(wait).await;
                    self.state.set(ConnectionState::Connecting);
                    match K::open(&self.client).await {
                        Ok(stream) => {
                            self.pacing.opened();
                            self.state.set(ConnectionState::Live);
                            self.phase = Phase::Open {
                                stream: Box::new(stream),
                                first: true,
                            };
                            return Some(Ok(Step::Opened));
                        }
                        Err(error) => return Some(self.broke(Some(error))),
                    }
                }
                Phase::Open { stream, first } => match stream.message().await {
                    Ok(Some(wire)) => {
                        let Some(item) = K::item(wire) else { continue };
                        let initial = K::is_initial(&item, std::mem::take(first));
                        if !initial {
                            self.pacing.progressed();
                        }
                        return Some(Ok(Step::Item { item, initial }));
                    }
                    Ok(None) => return Some(self.broke(None)),
                    Err(error) => return Some(self.broke(Some(error))),
                },
            }
        }
    }

    fn broke(&mut self, error: Option<Error>) -> Result<Step<K::Item>, Error> {
        match error {
            Some(error) if !may_reopen(&error) => {
                self.phase = Phase::Over;
                self.state.set(ConnectionState::Ended);
                Err(error)
            }
            error => {
                let wait = self.pacing.failed();
                let failures = self.pacing.failures();
                tracing::debug!(
                    rpc = K::RPC.name(),
                    failures,
                    error = error.as_ref().map(telemetry::kind),
                    "watch broke"
                );
                self.phase = Phase::Closed { wait };
                self.state.set(ConnectionState::Waiting { failures });
                Ok(Step::Broke)
            }
        }
    }
}

/// What a [`Watch`] watches. The types that implement it are in this module; it is sealed.
pub trait Kind: sealed::Kind {}

impl<K: sealed::Kind> Kind for K {}

pub(crate) mod sealed {
    use super::{Client, Error, Opened, Rpc};

    pub trait Kind: 'static {
        const RPC: Rpc;
        type Wire: Send + 'static;
        type Item: std::fmt::Debug + Send + 'static;

        fn open(client: &Client) -> impl Future<Output = Result<Opened<Self::Wire>, Error>> + Send;

        /// A message without content says nothing.
        fn item(wire: Self::Wire) -> Option<Self::Item>;

        /// Whether an item belongs to the snapshot with which a stream begins.
        fn is_initial(item: &Self::Item, first: bool) -> bool;
    }
}

/// The part of an implementation that says how the watch appears in the generated stub.
macro_rules! stream {
    ($rpc:ident = $stub:ident: $request:ident -> $response:ident) => {
        const RPC: Rpc = Rpc::$rpc;
        type Wire = v1::$response;

        async fn open(client: &Client) -> Result<Opened<Self::Wire>, Error> {
            let credentials = client.credentials();
            if credentials.is_none() && Self::RPC.needs_credentials() {
                return Err(Error::MissingCredentials { rpc: Self::RPC });
            }
            client
                .open(
                    Self::RPC,
                    credentials,
                    v1::$request {},
                    |mut stub, request| async move { stub.$stub(request).await },
                )
                .await
        }
    };
}

/// [`Client::watch_sessions`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Sessions;

impl sealed::Kind for Sessions {
    stream!(WatchSessions = watch_sessions: WatchSessionsRequest -> WatchSessionsResponse);
    type Item = SessionChange;

    fn item(wire: Self::Wire) -> Option<Self::Item> {
        wire.event.map(SessionChange::from)
    }

    /// The runtime dates the snapshot's entries back to the start of their session.
    fn is_initial(item: &Self::Item, _first: bool) -> bool {
        item.kind == SessionChangeKind::Created
            && item
                .session
                .as_ref()
                .is_some_and(|session| session.started_at == item.observed_at)
    }
}

/// What happened to a session.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SessionChange {
    /// What happened.
    pub kind: SessionChangeKind,
    /// The session after it; `None` when the runtime has forgotten it already.
    pub session: Option<SessionMetadata>,
    /// When the runtime noticed, in milliseconds since the Unix epoch.
    pub observed_at: i64,
}

impl From<v1::SessionLifecycleEvent> for SessionChange {
    fn from(event: v1::SessionLifecycleEvent) -> Self {
        Self {
            kind: event.event_type.into(),
            session: event.session.map(SessionMetadata::from),
            observed_at: event.observed_at_unix_ms,
        }
    }
}

/// What can happen to a session (RFC-MACP-0001 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionChangeKind {
    /// It started, or it is in the snapshot: then its state says where it is now.
    Created,
    /// A `Commitment` sealed it.
    Resolved,
    /// Its time ran out.
    Expired,
    /// It was paused.
    Suspended,
    /// It goes on.
    Resumed,
    /// It was called off.
    Cancelled,
    /// Not stated (0), or a number that this version does not know.
    Unknown(i32),
}

impl From<i32> for SessionChangeKind {
    fn from(number: i32) -> Self {
        match EventType::try_from(number) {
            Ok(EventType::Created) => Self::Created,
            Ok(EventType::Resolved) => Self::Resolved,
            Ok(EventType::Expired) => Self::Expired,
            Ok(EventType::Suspended) => Self::Suspended,
            Ok(EventType::Resumed) => Self::Resumed,
            Ok(EventType::Cancelled) => Self::Cancelled,
            Ok(EventType::Unspecified) | Err(_) => Self::Unknown(number),
        }
    }
}

/// [`Client::watch_signals`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Signals;

impl sealed::Kind for Signals {
    stream!(WatchSignals = watch_signals: WatchSignalsRequest -> WatchSignalsResponse);
    type Item = ObservedSignal;

    fn item(wire: Self::Wire) -> Option<Self::Item> {
        Some(ObservedSignal {
            envelope: wire.envelope?,
            sender_authenticated: wire.sender_authenticated,
        })
    }

    fn is_initial(_item: &Self::Item, _first: bool) -> bool {
        false
    }
}

/// A signal or a progress message.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ObservedSignal {
    /// The message.
    pub envelope: v1::Envelope,
    /// Whether the runtime verified the sender, by a static token or a JWT. False for development
    /// identities: then the sender is only a claim.
    pub sender_authenticated: bool,
}

/// [`Client::watch_policies`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Policies;

impl sealed::Kind for Policies {
    stream!(WatchPolicies = watch_policies: WatchPoliciesRequest -> WatchPoliciesResponse);
    type Item = PoliciesSnapshot;

    fn item(wire: Self::Wire) -> Option<Self::Item> {
        Some(PoliciesSnapshot {
            policies: wire.descriptors,
            observed_at: wire.observed_at_unix_ms,
        })
    }

    fn is_initial(_item: &Self::Item, first: bool) -> bool {
        first
    }
}

/// All policies that are registered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PoliciesSnapshot {
    /// The policies.
    pub policies: Vec<v1::PolicyDescriptor>,
    /// When this was so, in milliseconds since the Unix epoch, by the runtime's clock.
    pub observed_at: i64,
}

/// [`Client::watch_mode_registry`].
#[derive(Debug)]
#[non_exhaustive]
pub struct ModeRegistry;

impl sealed::Kind for ModeRegistry {
    stream!(WatchModeRegistry = watch_mode_registry: WatchModeRegistryRequest -> WatchModeRegistryResponse);
    type Item = RegistryChange;

    fn item(wire: Self::Wire) -> Option<Self::Item> {
        let change = wire.change?;
        Some(RegistryChange {
            registry: change.registry,
            observed_at: change.observed_at_unix_ms,
        })
    }

    fn is_initial(_item: &Self::Item, first: bool) -> bool {
        first
    }
}

/// A registry that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistryChange {
    /// Which registry: `modes`.
    pub registry: String,
    /// When, in milliseconds since the Unix epoch, by the runtime's clock.
    pub observed_at: i64,
}

/// [`Client::watch_roots`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Roots;

impl sealed::Kind for Roots {
    stream!(WatchRoots = watch_roots: WatchRootsRequest -> WatchRootsResponse);
    type Item = RootsChange;

    fn item(wire: Self::Wire) -> Option<Self::Item> {
        Some(RootsChange {
            observed_at: wire.change?.observed_at_unix_ms,
        })
    }

    fn is_initial(_item: &Self::Item, first: bool) -> bool {
        first
    }
}

/// The roots changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RootsChange {
    /// When, in milliseconds since the Unix epoch, by the runtime's clock.
    pub observed_at: i64,
}
