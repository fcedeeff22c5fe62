//! The state machine behind a subscription.

use super::connection::{ConnectionState, StateSender};
use super::raw::SessionStreamItem;
use super::subscription::SessionEvent;
use super::tracker::Tracker;
use crate::error::Error;
use crate::lifecycle::{Listener, Notice};
use crate::pacing::{Pacing, may_reopen};
use crate::telemetry;
use crate::watch::SessionChangeKind;
use macp_proto::v1::{Envelope, StreamSessionResponse};
use macp_proto::{ErrorCode, MessageType, SessionState};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// Where the history comes from.
pub(super) trait Feed: Send + 'static {
    type Inbound: Inbound;

    /// Subscribes after an ordinal. The runtime has the subscription when it reads the first
    /// frame, which may be later than this returns.
    fn open(&self, after: u64) -> impl Future<Output = Result<Self::Inbound, Error>> + Send;

    /// The session's state now.
    fn state(&self) -> StateRead;
}

/// An open subscription.
pub(super) trait Inbound: Send {
    /// The next frame; `None` at an orderly end.
    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<StreamSessionResponse, Error>>>;

    /// Sends no more. The runtime answers with everything it has accepted and an orderly end.
    fn half_close(&mut self);
}

type StateRead = Pin<Box<dyn Future<Output = Result<SessionState, Error>> + Send>>;

/// Follows one session.
pub(super) struct Driver<F: Feed> {
    feed: F,
    listener: Listener,
    tracker: Tracker,
    pacing: Pacing,
    state: StateSender,
    phase: Phase<F::Inbound>,
    lifecycle: Lifecycle,
    /// Whether something of the session was read. A change that is heard proves nothing: it may have
    /// overtaken the answer that there is no such session.
    found: bool,
    /// Reads the session's state, while that may have changed unheard.
    reading: Option<StateRead>,
    /// Whether the open stream was asked for after the session had ended: it brings all there is.
    last: bool,
    /// Whether a change was heard since `reading` began, which is newer than what it will say.
    outdated: bool,
    /// Events that wait to be taken.
    ready: VecDeque<SessionEvent>,
    patience: Duration,
    /// When the wait for a session that does not exist ends; set when the wait begins.
    give_up: Option<Instant>,
}

/// What the subscription is doing.
enum Phase<I> {
    /// Pausing, then opening.
    Closed {
        until: Instant,
    },
    /// Waiting for the session to be created.
    Awaiting {
        missing: Error,
        retry: Instant,
    },
    /// Reading.
    Open(I),
    Over,
}

/// What is known about the session's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lifecycle {
    Unknown,
    Open,
    Suspended,
    /// Ended, as an event says. The runtime may be about to deliver the last message, so its
    /// state is read before the history is taken for complete.
    Ending(SessionState),
    /// Ended, and the history is complete.
    Ended(SessionState),
}

/// What woke an open subscription.
enum Wake {
    Frame(Option<Result<StreamSessionResponse, Error>>),
    Notice(Notice),
    State(Result<SessionState, Error>),
}

type Step = Result<(), Error>;

impl<F: Feed> Driver<F> {
    pub(super) fn new(
        feed: F,
        listener: Listener,
        after: u64,
        patience: Duration,
        state: StateSender,
    ) -> Self {
        Self {
            feed,
            listener,
            tracker: Tracker::new(after),
            pacing: Pacing::default(),
            state,
            phase: Phase::Closed {
                until: Instant::now(),
            },
            lifecycle: Lifecycle::Unknown,
            found: false,
            reading: None,
            last: false,
            outdated: false,
            ready: VecDeque::new(),
            patience,
            give_up: None,
        }
    }

    /// Goes on until there is something to tell; `None` when all is told. Cancel-safe when the
    /// future is kept, as a stream does.
    pub(super) async fn next(&mut self) -> Option<Result<SessionEvent, Error>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            let step = match &mut self.phase {
                Phase::Over => return None,
                Phase::Closed { until } => {
                    let until = *until;
                    // Boxed, because this future is made anew for each wait, and opening takes the
                    // most space by far.
                    Box::pin(self.reopen(until)).await
                }
                Phase::Awaiting { retry, .. } => {
                    let retry = *retry;
                    self.await_session(retry).await
                }
                Phase::Open(inbound) => {
                    let wake = tokio::select! {
                        biased;
                        frame = poll_fn(|cx| inbound.poll_message(cx)) => Wake::Frame(frame),
                        state = read(&mut self.reading) => Wake::State(state),
                        notice = self.listener.next() => Wake::Notice(notice),
                    };
                    match wake {
                        Wake::Frame(frame) => match self.frame(frame) {
                            Ok(Some(event)) => return Some(Ok(event)),
                            Ok(None) => Ok(()),
                            Err(error) => Err(error),
                        },
                        Wake::State(state) => self.state_read(state),
                        Wake::Notice(notice) => {
                            self.notice(notice);
                            Ok(())
                        }
                    }
                }
            };
            if let Err(error) = step {
                self.over();
                return Some(Err(error));
            }
        }
    }

    /// The next event, if it is here already. Whoever gets none goes on with [`next`](Self::next),
    /// which waits.
    pub(super) fn arrived(&mut self, cx: &mut Context<'_>) -> Option<Result<SessionEvent, Error>> {
        if let Some(event) = self.ready.pop_front() {
            return Some(Ok(event));
        }
        let Phase::Open(inbound) = &mut self.phase else {
            return None;
        };
        let Poll::Ready(frame) = inbound.poll_message(cx) else {
            return None;
        };
        let event = self.frame(frame);
        if event.is_err() {
            self.over();
        }
        event.transpose()
    }

    async fn reopen(&mut self, until: Instant) -> Step {
        // A timer would round it up.
        if until > Instant::now() {
            tokio::time::sleep_until(until).await;
        }
        // Nothing is asked of a runtime that does not even answer the shared watch: one knocks
        // for all. But who has just received something need not wait for the watch, which pauses
        // longer for having received nothing.
        if self.pacing.failures() != 1 {
            self.listener.mended().await;
        }
        self.state.set(ConnectionState::Connecting);
        match self.feed.open(self.tracker.sequence()).await {
            Ok(mut inbound) => {
                self.pacing.opened();
                self.state.set(ConnectionState::Live);
                self.last = matches!(self.lifecycle, Lifecycle::Ended(_));
                if self.last {
                    inbound.half_close();
                } else if self.listener.is_settled() {
                    self.listener.caught_up();
                    self.read_state();
                }
                self.phase = Phase::Open(inbound);
                Ok(())
            }
            Err(error) => self.broke(Some(error)),
        }
    }

    /// Takes a frame in; what it tells is handed out at once.
    fn frame(
        &mut self,
        frame: Option<Result<StreamSessionResponse, Error>>,
    ) -> Result<Option<SessionEvent>, Error> {
        match frame {
            Some(Ok(frame)) => match SessionStreamItem::from_wire(frame) {
                Some(SessionStreamItem::Envelope(envelope)) => return Ok(self.envelope(envelope)),
                Some(SessionStreamItem::Refused(refusal)) => self.broke(Some((*refusal).into()))?,
                None => {}
            },
            None => match self.lifecycle {
                Lifecycle::Ended(state) if self.last => self.end(state),
                // A message whose sender's connection broke may be in the history without having
                // been announced, so the history itself has the last word.
                Lifecycle::Ended(_) => {
                    self.phase = Phase::Closed {
                        until: Instant::now(),
                    };
                }
                _ => self.broke(None)?,
            },
            Some(Err(error)) => self.broke(Some(error))?,
        }
        Ok(None)
    }

    fn envelope(&mut self, envelope: Envelope) -> Option<SessionEvent> {
        self.found = true;
        let sequence = self.tracker.accept(&envelope.message_id)?;
        self.pacing.progressed();
        // Nothing is accepted after a Commitment, so nobody has to be asked.
        if MessageType::Commitment == envelope.message_type.as_str() {
            self.end(SessionState::Resolved);
        }
        Some(SessionEvent::Envelope { sequence, envelope })
    }

    /// Ends, goes on after a pause, or fails, depending on what broke the stream.
    fn broke(&mut self, error: Option<Error>) -> Step {
        self.reading = None;
        match error {
            Some(error) => match error.code() {
                Some(ErrorCode::HistoryUnavailable) => return self.compacted(error),
                Some(ErrorCode::SessionNotFound) => match self.lifecycle {
                    // It is forgotten already.
                    Lifecycle::Ending(state) | Lifecycle::Ended(state) => self.end(state),
                    _ if self.found => return Err(error),
                    _ => return self.missing(error),
                },
                _ if may_reopen(&error) => self.pause(Some(&error)),
                _ => return Err(error),
            },
            None => self.pause(None),
        }
        Ok(())
    }

    fn pause(&mut self, error: Option<&Error>) {
        let wait = self.pacing.failed();
        let failures = self.pacing.failures();
        tracing::debug!(
            after = self.tracker.sequence(),
            failures,
            error = error.map(telemetry::kind),
            "subscription broke"
        );
        self.state.set(ConnectionState::Waiting { failures });
        self.phase = Phase::Closed {
            until: Instant::now() + wait,
        };
    }

    fn compacted(&mut self, error: Error) -> Step {
        let after = self.tracker.sequence();
        let lowest = error
            .refusal()
            .and_then(|refusal| refusal.lowest_available_sequence);
        match lowest {
            Some(lowest) if lowest > after => {
                self.tracker.skip_to(lowest);
                self.ready
                    .push_back(SessionEvent::HistoryCompacted { after, lowest });
                self.phase = Phase::Closed {
                    until: Instant::now() + self.pacing.failed(),
                };
                Ok(())
            }
            // Asking again would be answered the same.
            _ => Err(error),
        }
    }

    fn missing(&mut self, error: Error) -> Step {
        let now = Instant::now();
        let patience = self.patience;
        let give_up = *self.give_up.get_or_insert_with(|| {
            // A wait that no clock can express is one without an end.
            now.checked_add(patience)
                .unwrap_or_else(|| now + Duration::from_secs(u32::MAX.into()))
        });
        if now >= give_up {
            return Err(error);
        }
        // The event of its creation is what ends the wait; looking now and then covers what
        // cannot be heard.
        let retry = (now + self.pacing.failed().max(Duration::from_secs(1))).min(give_up);
        self.state.set(ConnectionState::AwaitingSession);
        self.phase = Phase::Awaiting {
            missing: error,
            retry,
        };
        Ok(())
    }

    async fn await_session(&mut self, retry: Instant) -> Step {
        tokio::select! {
            notice = self.listener.next() => if let Notice::Changed(_) = notice {
                self.pacing.progressed();
            },
            () = tokio::time::sleep_until(retry) => {}
        }
        let until = Instant::now();
        let before = std::mem::replace(&mut self.phase, Phase::Closed { until });
        match before {
            Phase::Awaiting { missing, .. } if self.give_up.is_some_and(|end| until >= end) => {
                Err(missing)
            }
            _ => Ok(()),
        }
    }

    fn notice(&mut self, notice: Notice) {
        let kind = match notice {
            Notice::Changed(kind) => kind,
            Notice::Gap => return self.read_state(),
            Notice::Unheard => {
                self.ready.push_back(SessionEvent::Unwatched);
                return self.read_state();
            }
        };
        self.outdated = true;
        match kind {
            SessionChangeKind::Created | SessionChangeKind::Resumed => self.now(Lifecycle::Open),
            SessionChangeKind::Suspended => self.now(Lifecycle::Suspended),
            SessionChangeKind::Resolved => self.now(Lifecycle::Ending(SessionState::Resolved)),
            SessionChangeKind::Expired => self.now(Lifecycle::Ending(SessionState::Expired)),
            SessionChangeKind::Cancelled => self.now(Lifecycle::Ending(SessionState::Cancelled)),
            SessionChangeKind::Unknown(_) => self.read_state(),
        }
    }

    fn state_read(&mut self, state: Result<SessionState, Error>) -> Step {
        self.reading = None;
        self.found |= state.is_ok();
        match state {
            Ok(state) if state.is_terminal() => self.now(Lifecycle::Ended(state)),
            Ok(_) if self.outdated => {}
            Ok(SessionState::Suspended) => self.now(Lifecycle::Suspended),
            Ok(_) => self.now(Lifecycle::Open),
            Err(error) => match self.lifecycle {
                // It ended so long ago that it is forgotten, or is kept for no time at all.
                Lifecycle::Ending(state) if error.code() == Some(&ErrorCode::SessionNotFound) => {
                    self.now(Lifecycle::Ended(state));
                }
                _ => return self.broke(Some(error)),
            },
        }
        Ok(())
    }

    /// Takes note of the session's life, and tells the caller what it has not heard.
    fn now(&mut self, lifecycle: Lifecycle) {
        let before = std::mem::replace(&mut self.lifecycle, lifecycle);
        match (before, lifecycle) {
            // What has ended stays so, whatever arrives late.
            (Lifecycle::Ended(_), _) => self.lifecycle = before,
            (_, Lifecycle::Ended(_)) => {
                self.reading = None;
                if let Phase::Open(inbound) = &mut self.phase {
                    inbound.half_close();
                }
            }
            (Lifecycle::Ending(_), Lifecycle::Open | Lifecycle::Suspended) => {
                self.lifecycle = before;
            }
            (_, Lifecycle::Ending(_)) => self.read_state(),
            (Lifecycle::Suspended, Lifecycle::Open) => self.ready.push_back(SessionEvent::Resumed),
            (Lifecycle::Unknown | Lifecycle::Open, Lifecycle::Suspended) => {
                self.ready.push_back(SessionEvent::Suspended);
            }
            _ => {}
        }
    }

    fn read_state(&mut self) {
        self.outdated = false;
        self.reading = Some(self.feed.state());
    }

    fn end(&mut self, state: SessionState) {
        self.ready.push_back(SessionEvent::Ended { state });
        self.over();
    }

    fn over(&mut self) {
        self.reading = None;
        self.phase = Phase::Over;
        self.state.set(ConnectionState::Ended);
    }
}

/// Waits for a read that was begun, for ever without one. Cancel-safe: the read goes on.
async fn read(reading: &mut Option<StateRead>) -> Result<SessionState, Error> {
    match reading {
        Some(reading) => reading.await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
