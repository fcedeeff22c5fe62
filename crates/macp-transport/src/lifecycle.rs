//! How the sessions that are followed come, pause and end.
//!
//! A session stream says nothing about that, so one `WatchSessions` serves all subscriptions of a
//! client and identity: it lives while there is one, and passes each event on to those who follow
//! the session.

use crate::client::Client;
use crate::credentials::IdentityKey;
use crate::stream::connection::StateSender;
use crate::telemetry;
use crate::watch::{Driver, SessionChange, SessionChangeKind, Sessions, Step};
use macp_proto::SessionId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::task::AbortHandle;

/// How many events of one session wait for a subscriber that does not read.
const EVENTS: usize = 8;

/// The hubs of a client, by the identity that watches.
#[derive(Default)]
pub(crate) struct Hubs(Mutex<HashMap<IdentityKey, Weak<Hub>>>);

impl Hubs {
    /// The hub of this handle's identity; started when nobody else uses it.
    pub(crate) fn hub(&self, client: &Client) -> Arc<Hub> {
        let key = client.credentials().map(crate::Credentials::key);
        let key = key.unwrap_or_default();
        let mut hubs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One that was refused for good is no use to a newcomer, whose token may be a fresh one.
        if let Some(hub) = hubs.get(&key).and_then(Weak::upgrade)
            && hub.status.borrow().watching != Watching::Never
        {
            return hub;
        }
        hubs.retain(|_, hub| hub.strong_count() > 0);
        let hub = Arc::new(Hub::start(client));
        hubs.insert(key, Arc::downgrade(&hub));
        hub
    }
}

/// One shared watch.
pub(crate) struct Hub {
    followed: Followed,
    status: watch::Receiver<Status>,
    task: AbortHandle,
}

/// The events of each session that is followed.
type BySession = HashMap<Box<str>, broadcast::Sender<SessionChangeKind>>;

#[derive(Clone, Default)]
struct Followed(Arc<Mutex<BySession>>);

/// Where the shared watch stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// Counts how often events may have been missed: each time the watch opens.
    pub(crate) epoch: u64,
    pub(crate) watching: Watching,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Watching {
    #[default]
    NotYet,
    Yes,
    /// The runtime refuses or does not have it: lifecycles stay unknown.
    Never,
}

impl Hub {
    fn start(client: &Client) -> Self {
        let followed = Followed::default();
        let (status, receiver) = watch::channel(Status::default());
        let driver = Driver::new(client, StateSender::new());
        let task = tokio::spawn(run(driver, followed.clone(), status));
        Self {
            followed,
            status: receiver,
            task: task.abort_handle(),
        }
    }

    /// Starts to listen for one session's events.
    pub(crate) fn listen(self: &Arc<Self>, session_id: &SessionId) -> Listener {
        let events = {
            let mut followed = self.followed.lock();
            if let Some(sender) = followed.get(session_id.as_str()) {
                sender.subscribe()
            } else {
                let (sender, events) = broadcast::channel(EVENTS);
                followed.insert(session_id.as_str().into(), sender);
                events
            }
        };
        Listener {
            events,
            status: self.status.clone(),
            epoch: 0,
            _registration: Some(Registration {
                hub: self.clone(),
                session_id: session_id.clone(),
            }),
        }
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Followed {
    fn lock(&self) -> MutexGuard<'_, BySession> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the event could be delivered to whom it concerns.
    fn publish(&self, change: &SessionChange) -> bool {
        let Some(session) = &change.session else {
            return false;
        };
        if let Some(sender) = self.lock().get(session.session_id.as_str()) {
            // Without a receiver the registration is just being taken back.
            let _ = sender.send(change.kind);
        }
        true
    }
}

async fn run(mut driver: Driver<Sessions>, followed: Followed, status: watch::Sender<Status>) {
    let gap = || status.send_modify(|status| status.epoch += 1);
    while let Some(step) = driver.step().await {
        match step {
            Ok(Step::Opened) => {
                status.send_modify(|status| {
                    status.epoch += 1;
                    status.watching = Watching::Yes;
                });
            }
            // The snapshot is old news to those who read the state after this watch opened.
            Ok(Step::Item { initial: true, .. }) => {}
            Ok(Step::Item { item, .. }) => {
                // The runtime no longer knows whom this was about: everybody has to look.
                if !followed.publish(&item) {
                    gap();
                }
            }
            Ok(Step::Broke) => status.send_modify(|status| status.watching = Watching::NotYet),
            Err(error) => {
                tracing::warn!(
                    error = telemetry::kind(&error),
                    "cannot watch sessions: cancellation and expiry stay unseen"
                );
                status.send_modify(|status| status.watching = Watching::Never);
            }
        }
    }
    // Listeners tell a watch that will never be from one that is gone by its last status, so the
    // sender stays until the hub is dropped.
    status.closed().await;
}

/// One session's events, for one subscription.
pub(crate) struct Listener {
    events: broadcast::Receiver<SessionChangeKind>,
    status: watch::Receiver<Status>,
    /// The gaps that were noticed.
    epoch: u64,
    /// Dropped last: it looks whether `events` was the session's last receiver.
    _registration: Option<Registration>,
}

/// What a [`Listener`] hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Changed(SessionChangeKind),
    /// Events may have been missed: the session's state has to be read.
    Gap,
}

impl Listener {
    /// Waits until events are heard, or it is known that they never will. Says whether they are.
    /// Cancel-safe.
    pub(crate) async fn ready(&mut self) -> bool {
        let status = self
            .status
            .wait_for(|status| status.watching != Watching::NotYet)
            .await;
        status.is_ok_and(|status| status.watching == Watching::Yes)
    }

    /// Counts the gaps up to now as noticed.
    pub(crate) fn caught_up(&mut self) {
        self.epoch = self.status.borrow().epoch;
    }

    /// Waits for the next event, for ever when there will be none. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Notice {
        let noticed = self.epoch;
        let gap = async {
            let status = self.status.wait_for(|status| status.epoch != noticed).await;
            status.map(|status| status.epoch)
        };
        let notice = tokio::select! {
            biased;
            epoch = gap => epoch.ok().map(|epoch| {
                self.epoch = epoch;
                Notice::Gap
            }),
            event = self.events.recv() => match event {
                Ok(kind) => Some(Notice::Changed(kind)),
                Err(RecvError::Lagged(_)) => Some(Notice::Gap),
                Err(RecvError::Closed) => None,
            },
        };
        match notice {
            Some(notice) => notice,
            None => std::future::pending().await,
        }
    }
}

struct Registration {
    hub: Arc<Hub>,
    session_id: SessionId,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut followed = self.hub.followed.lock();
        if followed
            .get(self.session_id.as_str())
            .is_some_and(|sender| sender.receiver_count() == 0)
        {
            followed.remove(self.session_id.as_str());
        }
    }
}

#[cfg(test)]
impl Listener {
    /// A listener that hears what a test says.
    pub(crate) fn scripted() -> (
        broadcast::Sender<SessionChangeKind>,
        watch::Sender<Status>,
        Self,
    ) {
        let (sender, events) = broadcast::channel(EVENTS);
        let (status, receiver) = watch::channel(Status {
            epoch: 1,
            watching: Watching::Yes,
        });
        let listener = Self {
            events,
            status: receiver,
            epoch: 1,
            _registration: None,
        };
        (sender, status, listener)
    }
}
