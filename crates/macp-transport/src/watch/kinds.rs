//! What can be watched.

use super::sealed::{self, Beginning};
use crate::client::{Client, Opened};
use crate::error::Error;
use crate::rpc::Rpc;
use crate::session::SessionMetadata;
use macp_proto::v1;
use macp_proto::v1::session_lifecycle_event::EventType;

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

    /// The runtime dates the snapshot's entries back to the start of their session, which is also
    /// the date of a change that it reports within the millisecond.
    fn is_initial(item: &Self::Item, beginning: Beginning) -> bool {
        !beginning.is_over()
            && item.kind == SessionChangeKind::Created
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

    fn is_initial(_item: &Self::Item, _beginning: Beginning) -> bool {
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

    fn is_initial(_item: &Self::Item, beginning: Beginning) -> bool {
        beginning.is_first()
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

    fn is_initial(_item: &Self::Item, beginning: Beginning) -> bool {
        beginning.is_first()
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

    fn is_initial(_item: &Self::Item, beginning: Beginning) -> bool {
        beginning.is_first()
    }
}

/// The roots changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RootsChange {
    /// When, in milliseconds since the Unix epoch, by the runtime's clock.
    pub observed_at: i64,
}
