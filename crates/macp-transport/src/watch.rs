//! What changes at the runtime, as streams that reopen themselves.

mod beginning;
mod driver;
mod kinds;

pub(crate) use driver::{Driver, Step};
pub use kinds::{
    ModeRegistry, ObservedSignal, Policies, PoliciesSnapshot, RegistryChange, Roots, RootsChange,
    SessionChange, SessionChangeKind, Sessions, Signals,
};

use crate::client::Client;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::stream::connection::{ConnectionWatch, StateSender};
use futures_core::Stream;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

impl Client {
    /// Watches sessions come, change and end: everybody's (RFC-MACP-0006).
    ///
    /// First comes a snapshot: every session that the runtime holds, in its present state, as
    /// [`WatchEvent::Initial`]. A session that starts while the snapshot is being sent, or as the
    /// very first thing within two seconds of it, may be marked like one of it.
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

/// What a [`Watch`] watches. The types that implement it are in this module; it is sealed.
pub trait Kind: sealed::Kind {}

impl<K: sealed::Kind> Kind for K {}

pub(crate) mod sealed {
    pub(crate) use super::beginning::Beginning;
    use super::{Client, Error};
    use crate::client::Opened;
    use crate::rpc::Rpc;

    pub trait Kind: 'static {
        const RPC: Rpc;
        type Wire: Send + 'static;
        type Item: std::fmt::Debug + Send + 'static;

        fn open(client: &Client) -> impl Future<Output = Result<Opened<Self::Wire>, Error>> + Send;

        /// A message without content says nothing.
        fn item(wire: Self::Wire) -> Option<Self::Item>;

        /// Whether an item belongs to the snapshot with which a stream begins.
        fn is_initial(item: &Self::Item, beginning: Beginning) -> bool;
    }
}
