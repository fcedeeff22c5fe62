//! How the sessions that are followed come, pause and end.
//!
//! A session stream says nothing about that, so one `WatchSessions` serves all subscriptions of a
//! client and identity: it lives while there is one and a little longer, and passes each event on
//! to those who follow the session.

use crate::client::Client;
use crate::credentials::IdentityKey;
use crate::error::Error;
use crate::stream::connection::StateSender;
use crate::telemetry;
use crate::watch::{Driver, SessionChange, SessionChangeKind, Sessions, Step};
use macp_proto::{SessionId, SessionState};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::task::AbortHandle;

/// How many events of one session wait for a subscriber that does not read.
const EVENTS: usize = 8;
/// How long to wait after a refusal, which a new token or a restarted runtime may have mended.
const AFTER_A_REFUSAL: Duration = Duration::from_secs(60);
/// How long a watch stays open that nobody needs: opening one brings a snapshot of all sessions,
/// which is a lot for who follows one session after the other.
const LINGER: Duration = Duration::from_secs(5);

/// The hubs of a client, by the identity that watches.
#[derive(Default)]
pub(crate) struct Hubs(Mutex<HashMap<IdentityKey, Weak<Hub>>>);

impl Hubs {
    /// The hub of this handle's identity; started when nobody else uses it.
    pub(crate) fn hub(&self, client: &Client) -> Arc<Hub> {
        let key = client.credentials().map(crate::Credentials::key);
        let key = key.unwrap_or_default();
        let mut hubs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One that was refused is no use to a newcomer, whose token may be a fresh one.
        if let Some(hub) = hubs.get(&key).and_then(Weak::upgrade)
            && hub.status.borrow().watching != Watching::Refused
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
    lingering: AtomicBool,
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
    /// It is being opened for the first time.
    #[default]
    NotYet,
    Yes,
    /// It broke, or could not be opened: the runtime is knocked at.
    Broken,
    /// The runtime refused it: lifecycles are unknown until it is granted.
    Refused,
}

impl Hub {
    fn start(client: &Client) -> Self {
        let followed = Followed::default();
        let (status, receiver) = watch::channel(Status::default());
        let client = client.clone();
        let watch = move || Driver::<Sessions>::new(&client, StateSender::new());
        let task = tokio::spawn(run(watch, followed.clone(), status));
        Self {
            followed,
            status: receiver,
            task: task.abort_handle(),
            lingering: AtomicBool::new(false),
        }
    }

    /// Lives on for a while, for whoever follows a session next.
    fn linger(self: &Arc<Self>) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if self.lingering.swap(true, Ordering::Relaxed) {
            return;
        }
        let hub = self.clone();
        runtime.spawn(async move {
            tokio::time::sleep(LINGER).await;
            hub.lingering.store(false, Ordering::Relaxed);
        });
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
            unheard: false,
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
    fn publish(&self, change: &SessionChange, initial: bool) -> bool {
        let Some(session) = &change.session else {
            return false;
        };
        if let Some(sender) = self.lock().get(session.session_id.as_str()) {
            let kind = if initial {
                leading_to(session.state).unwrap_or(change.kind)
            } else {
                change.kind
            };
            // Without a receiver the registration is just being taken back.
            let _ = sender.send(kind);
        }
        true
    }
}

/// The change that brings a session into a state. The snapshot calls every session created, whose
/// state says where it is by now.
fn leading_to(state: SessionState) -> Option<SessionChangeKind> {
    match state {
        SessionState::Open => Some(SessionChangeKind::Created),
        SessionState::Suspended => Some(SessionChangeKind::Suspended),
        SessionState::Resolved => Some(SessionChangeKind::Resolved),
        SessionState::Expired => Some(SessionChangeKind::Expired),
        SessionState::Cancelled => Some(SessionChangeKind::Cancelled),
        _ => None,
    }
}

/// What brings the events.
trait Watcher: Send {
    /// The next one; `None` after an error.
    fn step(&mut self) -> impl Future<Output = Option<Result<Step<SessionChange>, Error>>> + Send;
}

impl Watcher for Driver<Sessions> {
    async fn step(&mut self) -> Option<Result<Step<SessionChange>, Error>> {
        Driver::step(self).await
    }
}

/// Passes the events of one watch after the other on, until the hub is dropped.
async fn run<W: Watcher>(
    watch: impl Fn() -> W + Send,
    followed: Followed,
    status: watch::Sender<Status>,
) {
    loop {
        let mut watcher = watch();
        while let Some(step) = watcher.step().await {
            match step {
                Ok(step) => passed_on(step, &followed, &status),
                Err(error) => {
                    tracing::warn!(
                        error = telemetry::kind(&error),
                        "cannot watch sessions: cancellation and expiry stay unseen"
                    );
                    status.send_modify(|status| status.watching = Watching::Refused);
                }
            }
        }
        tokio::time::sleep(AFTER_A_REFUSAL).await;
    }
}

fn passed_on(step: Step<SessionChange>, followed: &Followed, status: &watch::Sender<Status>) {
    match step {
        Step::Opened => status.send_modify(|status| {
            status.epoch += 1;
            status.watching = Watching::Yes;
        }),
        Step::Item { item, initial } => {
            // The runtime no longer knows whom this was about: everybody has to look.
            if !followed.publish(&item, initial) {
                status.send_modify(|status| status.epoch += 1);
            }
        }
        Step::Broke => status.send_modify(|status| {
            // Who has waited for the first one looks without it.
            if status.watching == Watching::NotYet {
                status.epoch += 1;
            }
            status.watching = Watching::Broken;
        }),
    }
}

/// One session's events, for one subscription.
pub(crate) struct Listener {
    events: broadcast::Receiver<SessionChangeKind>,
    status: watch::Receiver<Status>,
    /// The gaps that were noticed.
    epoch: u64,
    /// Whether it was noticed that the watch is refused.
    unheard: bool,
    /// Dropped last: it looks whether `events` was the session's last receiver.
    _registration: Option<Registration>,
}

/// What a [`Listener`] hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Changed(SessionChangeKind),
    /// Events may have been missed: the session's state has to be read.
    Gap,
    /// The watch is refused: there are no events until the next gap.
    Unheard,
}

impl Listener {
    /// Waits while the watch cannot be opened. Cancel-safe.
    pub(crate) async fn mended(&mut self) {
        let _ = self
            .status
            .wait_for(|status| status.watching != Watching::Broken)
            .await;
    }

    /// Whether it is known if there is a watch. A notice follows when it becomes known.
    pub(crate) fn is_settled(&self) -> bool {
        self.status.borrow().watching != Watching::NotYet
    }

    /// Counts the gaps up to now as noticed.
    pub(crate) fn caught_up(&mut self) {
        self.epoch = self.status.borrow().epoch;
    }

    /// Waits for the next event, for ever when there will be none. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Notice {
        let (noticed, unheard) = (self.epoch, self.unheard);
        let status = self.status.wait_for(|status| {
            status.epoch != noticed || (status.watching == Watching::Refused) != unheard
        });
        let notice = tokio::select! {
            biased;
            status = status => status.ok().map(|status| *status).map(|status| {
                self.unheard = status.watching == Watching::Refused;
                if self.unheard && !unheard {
                    return Notice::Unheard;
                }
                self.epoch = status.epoch;
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
        if followed.is_empty() {
            self.hub.linger();
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
            unheard: false,
            _registration: None,
        };
        (sender, status, listener)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;
    use crate::session::SessionMetadata;
    use macp_proto::{ErrorCode, v1};
    use std::collections::VecDeque;
    use tokio::time::{Instant, timeout};

    type Steps = VecDeque<Result<Step<SessionChange>, Error>>;

    /// A watch that says what it is told to, and then nothing.
    struct Scripted(Steps);

    impl Watcher for Scripted {
        async fn step(&mut self) -> Option<Result<Step<SessionChange>, Error>> {
            match self.0.pop_front() {
                Some(Err(error)) => {
                    self.0.push_front(Ok(Step::Broke));
                    Some(Err(error))
                }
                Some(Ok(Step::Broke)) => None,
                Some(step) => Some(step),
                None => std::future::pending().await,
            }
        }
    }

    fn created(session_id: &SessionId, state: v1::SessionState) -> Step<SessionChange> {
        let session = v1::GetSessionResponse {
            metadata: Some(v1::SessionMetadata {
                session_id: session_id.to_string(),
                state: state.into(),
                ..v1::SessionMetadata::default()
            }),
        };
        Step::Item {
            item: SessionChange {
                kind: SessionChangeKind::Created,
                session: session.metadata.map(SessionMetadata::from),
                observed_at: 0,
            },
            initial: true,
        }
    }

    /// A hub whose watches say, one after the other, what they are told to.
    fn hub(watches: impl IntoIterator<Item = Steps>) -> Arc<Hub> {
        let watches = Mutex::new(watches.into_iter().collect::<VecDeque<_>>());
        let followed = Followed::default();
        let (status, receiver) = watch::channel(Status::default());
        let watch = move || Scripted(watches.lock().unwrap().pop_front().unwrap_or_default());
        let task = tokio::spawn(run(watch, followed.clone(), status));
        Arc::new(Hub {
            followed,
            status: receiver,
            task: task.abort_handle(),
            lingering: AtomicBool::new(false),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_in_the_snapshot_is_told_as_what_it_is() {
        for (state, kind) in [
            (v1::SessionState::Open, SessionChangeKind::Created),
            (v1::SessionState::Suspended, SessionChangeKind::Suspended),
            (v1::SessionState::Expired, SessionChangeKind::Expired),
        ] {
            let session_id = SessionId::random();
            let hub = hub([Steps::from([
                Ok(Step::Opened),
                Ok(created(&SessionId::random(), state)),
                Ok(created(&session_id, state)),
            ])]);
            let mut listener = hub.listen(&session_id);
            assert_eq!(listener.next().await, Notice::Gap);
            assert_eq!(listener.next().await, Notice::Changed(kind));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_watch_is_told_once_and_tried_again() {
        let refusal = || Err(Refusal::new(ErrorCode::Forbidden, "").into());
        let hub = hub([
            Steps::from([refusal()]),
            Steps::from([refusal()]),
            Steps::from([Ok(Step::Opened)]),
        ]);
        let begun = Instant::now();
        let mut listener = hub.listen(&SessionId::random());
        assert!(!listener.is_settled());
        assert_eq!(listener.next().await, Notice::Unheard);
        assert!(listener.is_settled());
        assert!(timeout(AFTER_A_REFUSAL, listener.next()).await.is_err());
        assert_eq!(listener.next().await, Notice::Gap);
        assert_eq!(begun.elapsed(), 2 * AFTER_A_REFUSAL);
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_outlives_its_last_listener_for_a_while() {
        let hub = hub([Steps::from([Ok(Step::Opened)])]);
        let known = Arc::downgrade(&hub);
        for _ in 0..3 {
            drop(hub.listen(&SessionId::random()));
        }
        drop(hub);
        tokio::time::sleep(LINGER / 2).await;
        assert!(known.upgrade().is_some());
        tokio::time::sleep(LINGER).await;
        assert!(known.upgrade().is_none());
    }
}
