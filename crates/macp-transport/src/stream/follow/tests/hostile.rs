//! A server that keeps none of the protocol's promises harms nobody.

mod arbitrary;
mod server;

use super::*;
use arbitrary::{failure, heard, opening};
use proptest::prelude::*;
use server::{Server, State};
use std::sync::{Arc, Mutex};

/// How long each server is followed.
const WATCHED: Duration = Duration::from_secs(60);
/// The shortest pause between two attempts is a tenth of a second.
const OPENS_A_SECOND: usize = 11;

/// What the shared watch says, and how many milliseconds after the last thing it said.
#[derive(Clone, Debug)]
struct Heard {
    after: u64,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Changed(i32),
    Gap,
    Watching(Watching),
}

/// Speaks as the shared watch.
struct Voice {
    events: broadcast::Sender<SessionChangeKind>,
    status: watch::Sender<Status>,
}

impl Voice {
    /// Says it all, noting when, and then nothing.
    async fn say(self, heard: Vec<Heard>, said: &mut Vec<Instant>) {
        for Heard { after, what } in heard {
            tokio::time::sleep(Duration::from_millis(after)).await;
            said.push(Instant::now());
            match what {
                What::Changed(kind) => drop(self.events.send(kind.into())),
                What::Gap => self.status.send_modify(|status| status.epoch += 1),
                What::Watching(watching) => {
                    self.status.send_modify(|status| status.watching = watching);
                }
            }
        }
        std::future::pending::<()>().await;
    }
}

/// Takes note of what a reader is told, and objects to what makes no sense.
#[derive(Default)]
struct Reader {
    sequence: u64,
    suspended: bool,
    ended: bool,
}

impl Reader {
    fn told(&mut self, event: Result<SessionEvent, Error>) {
        assert!(!self.ended, "{event:?} after the end");
        match event {
            Ok(SessionEvent::Envelope { sequence, .. }) => {
                assert!(
                    sequence == self.sequence + 1,
                    "{sequence} after {}",
                    self.sequence
                );
                self.sequence = sequence;
            }
            Ok(SessionEvent::HistoryCompacted { after, lowest }) => {
                assert!(
                    after == self.sequence && lowest > after,
                    "{after} to {lowest}"
                );
                self.sequence = lowest;
            }
            Ok(SessionEvent::Suspended) => {
                assert!(!std::mem::replace(&mut self.suspended, true));
            }
            Ok(SessionEvent::Resumed) => {
                assert!(std::mem::replace(&mut self.suspended, false));
            }
            Ok(SessionEvent::Unwatched) => {}
            Ok(SessionEvent::Ended { state }) => {
                assert!(state.is_terminal());
                self.ended = true;
            }
            Err(error) => {
                assert!(!may_reopen(&error), "{error}");
                self.ended = true;
            }
        }
    }

    /// Reads to the end, and on.
    async fn read(&mut self, events: &mut Events<Server>, server: &Server) {
        while let Some(event) = events.next().await {
            self.told(event);
            let waiting = events.resting.as_ref().unwrap().ready.len();
            assert!(waiting <= 1, "the other of two events at most");
        }
        assert!(self.ended);
        let opened = server.0.lock().unwrap().opened.len();
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert!(events.next().await.is_none());
        }
        assert_eq!(server.0.lock().unwrap().opened.len(), opened);
    }
}

/// How many of the moments are within the second that begins at `from`.
fn within_a_second(moments: &[Instant], from: Instant) -> usize {
    let second = from..from + Duration::from_secs(1);
    moments.iter().filter(|at| second.contains(at)).count()
}

proptest! {
    #[test]
    fn nothing_breaks_spins_grows_or_goes_on_after_its_end(
        openings in prop::collection::vec(opening(), 1..8),
        states in prop::collection::vec(prop_oneof![
            4 => (-1i32..8).prop_map(Ok),
            1 => failure().prop_map(Err),
        ], 1..4),
        heard in heard(),
    ) {
        let server = Server(Arc::new(Mutex::new(State {
            openings,
            states,
            opened: Vec::new(),
            read: 0,
            sent: 0,
        })));
        let said = run(async {
            let (events, status, listener) = Listener::scripted();
            let patience = Duration::from_secs(5);
            let driver = Driver::new(server.clone(), listener, 0, patience, StateSender::new());
            let mut subscription = Events::of(driver);
            let mut reader = Reader::default();
            let mut said = Vec::new();
            let both = async {
                tokio::select! {
                    () = Voice { events, status }.say(heard, &mut said) => {}
                    () = reader.read(&mut subscription, &server) => {}
                }
            };
            let _ = tokio::time::timeout(WATCHED, both).await;
            said
        });
        let state = server.0.lock().unwrap();
        for &from in &state.opened {
            let opened = within_a_second(&state.opened, from);
            // A session that appears is no failure: it goes on at once.
            let excused = within_a_second(&said, from);
            prop_assert!(opened <= OPENS_A_SECOND + excused, "{opened} opened in a second");
        }
        prop_assert!(state.read <= state.opened.len() + said.len(), "{} states read", state.read);
    }
}
