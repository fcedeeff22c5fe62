//! The composed schedule of a subscription, on a paused clock and with a scripted runtime.

mod hostile;
mod properties;
mod scripted;

use super::*;
use crate::lifecycle::{Status, Watching};
use crate::stream::events::Events;
use futures_util::StreamExt as _;
use scripted::{Failure, Runtime, Say};
use tokio::sync::{broadcast, watch};

struct Test {
    subscription: Events<Runtime>,
    events: broadcast::Sender<SessionChangeKind>,
    status: watch::Sender<Status>,
}

fn follow(runtime: &Runtime, after: u64) -> Test {
    let (events, status, listener) = Listener::scripted();
    Test {
        subscription: Events::of(Driver::new(
            runtime.clone(),
            listener,
            after,
            Duration::from_secs(5),
            StateSender::new(),
        )),
        events,
        status,
    }
}

impl Test {
    async fn all(&mut self) -> Vec<Result<SessionEvent, Error>> {
        let mut all = Vec::new();
        while let Some(event) = self.subscription.next().await {
            all.push(event);
        }
        all
    }

    async fn sequences(&mut self) -> Vec<u64> {
        let all = self.all().await;
        assert!(
            matches!(all.last(), Some(Ok(SessionEvent::Ended { .. }))),
            "{all:?}"
        );
        all.into_iter()
            .filter_map(|event| match event.unwrap() {
                SessionEvent::Envelope { sequence, envelope } => {
                    assert_eq!(envelope.message_id, format!("m{sequence}"));
                    Some(sequence)
                }
                _ => None,
            })
            .collect()
    }
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_after_what_it_has_delivered() {
    let runtime = Runtime::new(6, SessionState::Resolved).script([
        Ok(vec![Say::Next, Say::Next, Say::Fail(Failure::Broken)]),
        Err(Failure::Connect),
        Ok(vec![
            Say::Again,
            Say::Next,
            Say::Fail(Failure::Code("STREAM_LAGGED")),
        ]),
        Ok(vec![Say::Nothing, Say::End]),
    ]);
    let mut test = follow(&runtime, 0);
    assert_eq!(test.sequences().await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(runtime.opened(), [0, 2, 2, 3, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_accepts_and_drops_is_asked_ever_less_often() {
    let runtime = Runtime::new(0, SessionState::Open).script((0..1000).map(|_| Ok(vec![Say::End])));
    let mut test = follow(&runtime, 0);
    let waiting = tokio::time::timeout(Duration::from_secs(10), test.subscription.next());
    assert!(waiting.await.is_err());
    let attempts = runtime.opened().len();
    assert!((4..=8).contains(&attempts), "{attempts}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_of_a_runtime_that_does_not_answer_the_watch() {
    let runtime = Runtime::new(1, SessionState::Open);
    let mut test = follow(&runtime, 0);
    test.status
        .send_modify(|status| status.watching = Watching::Broken);
    let waiting = tokio::time::timeout(Duration::from_secs(60), test.subscription.next());
    assert!(waiting.await.is_err());
    assert!(runtime.opened().is_empty());
    test.status
        .send_modify(|status| status.watching = Watching::Yes);
    assert!(test.subscription.next().await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_history_is_read_while_the_watch_is_being_opened() {
    let runtime = Runtime::new(2, SessionState::Cancelled);
    let mut test = follow(&runtime, 0);
    test.status
        .send_modify(|status| status.watching = Watching::NotYet);
    for sequence in 1..=2 {
        let event = test.subscription.next().await.unwrap().unwrap();
        assert!(matches!(event, SessionEvent::Envelope { sequence: s, .. } if s == sequence));
    }
    let waiting = tokio::time::timeout(Duration::from_secs(1), test.subscription.next());
    assert!(waiting.await.is_err());
    assert_eq!(runtime.0.lock().unwrap().read, 0);
    test.status.send_modify(|status| {
        status.epoch += 1;
        status.watching = Watching::Broken;
    });
    let waiting = tokio::time::timeout(Duration::from_secs(1), test.subscription.next());
    assert!(waiting.await.is_err());
    assert_eq!(runtime.0.lock().unwrap().read, 1);
    test.status
        .send_modify(|status| status.watching = Watching::Yes);
    let state = SessionState::Cancelled;
    let end = test.subscription.next().await.unwrap().unwrap();
    assert_eq!(end, SessionEvent::Ended { state });
}

#[tokio::test(start_paused = true)]
async fn who_makes_progress_does_not_wait_for_the_watch() {
    let cuts = (0..20).map(|_| Ok(vec![Say::Next, Say::Fail(Failure::Broken)]));
    let runtime = Runtime::new(21, SessionState::Open).script(cuts);
    let mut test = follow(&runtime, 0);
    assert!(test.subscription.next().await.unwrap().is_ok());
    test.status
        .send_modify(|status| status.watching = Watching::Broken);
    let start = Instant::now();
    for _ in 1..21 {
        assert!(test.subscription.next().await.unwrap().is_ok());
    }
    assert!(start.elapsed() <= Duration::from_secs(4));
    runtime.end(SessionState::Cancelled);
    test.status.send_modify(|status| {
        status.epoch += 1;
        status.watching = Watching::Yes;
    });
    let end = test.subscription.next().await.unwrap().unwrap();
    let state = SessionState::Cancelled;
    assert_eq!(end, SessionEvent::Ended { state });
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_before_the_end_comes_before_it() {
    let runtime = Runtime::new(3, SessionState::Open);
    let mut test = follow(&runtime, 0);
    assert!(test.subscription.next().await.unwrap().is_ok());
    runtime.end(SessionState::Cancelled);
    test.events.send(SessionChangeKind::Cancelled).unwrap();
    let rest = test.all().await;
    assert_eq!(rest.len(), 3, "{rest:?}");
    let Some(Ok(SessionEvent::Ended { state })) = rest.last() else {
        panic!("{rest:?}");
    };
    assert_eq!(*state, SessionState::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn a_last_message_that_was_never_announced_is_fetched() {
    // The stream ends without the Commitment, which is in the history all the same.
    let runtime = Runtime::new(3, SessionState::Resolved).script([Ok(vec![
        Say::Next,
        Say::Next,
        Say::Silence,
    ])]);
    let mut test = follow(&runtime, 0);
    assert_eq!(test.sequences().await, [1, 2, 3]);
    assert_eq!(runtime.opened(), [0, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_forgotten_after_its_end_has_ended() {
    let runtime = Runtime::new(2, SessionState::Cancelled).script([
        Ok(vec![Say::Next, Say::Next, Say::Silence]),
        Err(Failure::Code("SESSION_NOT_FOUND")),
    ]);
    let mut test = follow(&runtime, 0);
    assert_eq!(test.sequences().await, [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn an_end_during_a_gap_is_found() {
    let runtime = Runtime::new(1, SessionState::Open);
    let mut test = follow(&runtime, 0);
    assert!(test.subscription.next().await.unwrap().is_ok());
    runtime.end(SessionState::Expired);
    test.status.send_modify(|status| status.epoch += 1);
    assert!(matches!(
        test.all().await[..],
        [Ok(SessionEvent::Ended {
            state: SessionState::Expired
        })]
    ));
}

#[tokio::test(start_paused = true)]
async fn suspension_is_told_once_and_each_time() {
    let runtime = Runtime::new(0, SessionState::Suspended);
    let mut test = follow(&runtime, 0);
    assert_eq!(
        test.subscription.next().await.unwrap().unwrap(),
        SessionEvent::Suspended
    );
    for kind in [
        SessionChangeKind::Suspended,
        SessionChangeKind::Resumed,
        SessionChangeKind::Suspended,
        SessionChangeKind::Resumed,
    ] {
        test.events.send(kind).unwrap();
    }
    for expected in [
        SessionEvent::Resumed,
        SessionEvent::Suspended,
        SessionEvent::Resumed,
    ] {
        assert_eq!(test.subscription.next().await.unwrap().unwrap(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_watch_is_told_and_what_it_kept_back_is_found() {
    let runtime = Runtime::new(0, SessionState::Open);
    let mut test = follow(&runtime, 0);
    let refused = Status {
        epoch: 1,
        watching: Watching::Refused,
    };
    test.status.send_replace(refused);
    assert_eq!(
        test.subscription.next().await.unwrap().unwrap(),
        SessionEvent::Unwatched
    );
    assert!(
        tokio::time::timeout(Duration::from_secs(600), test.subscription.next())
            .await
            .is_err(),
        "nothing is polled, and nothing told twice"
    );
    runtime.end(SessionState::Cancelled);
    test.status.send_replace(Status {
        epoch: 2,
        watching: Watching::Yes,
    });
    assert_eq!(
        test.subscription.next().await.unwrap().unwrap(),
        SessionEvent::Ended {
            state: SessionState::Cancelled
        }
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_history_is_told_and_passed() {
    let runtime = Runtime::new(7, SessionState::Cancelled).script([
        Ok(vec![Say::Next, Say::Fail(Failure::Broken)]),
        Ok(vec![Say::Fail(Failure::Compacted(5))]),
    ]);
    let mut test = follow(&runtime, 0);
    let all: Vec<_> = test.all().await.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        all[1],
        SessionEvent::HistoryCompacted {
            after: 1,
            lowest: 5
        }
    );
    assert!(matches!(all[2], SessionEvent::Envelope { sequence: 6, .. }));
    assert_eq!(all.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_loss_that_leads_nowhere_is_an_error() {
    let runtime =
        Runtime::new(3, SessionState::Open).script([Ok(vec![Say::Fail(Failure::Compacted(2))])]);
    let mut test = follow(&runtime, 2);
    let all = test.all().await;
    assert_eq!(all.len(), 1);
    assert_eq!(
        all[0].as_ref().unwrap_err().code(),
        Some(&ErrorCode::HistoryUnavailable)
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_ends_it() {
    for script in [
        Ok(vec![Say::Inline("FORBIDDEN")]),
        Ok(vec![Say::Fail(Failure::Code("UNAUTHENTICATED"))]),
        Err(Failure::Code("BRAND_NEW")),
    ] {
        let runtime = Runtime::new(1, SessionState::Open).script([script]);
        let all = follow(&runtime, 0).all().await;
        assert_eq!(all.len(), 1);
        assert!(all[0].as_ref().is_err_and(|error| error.code().is_some()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_session_is_waited_for_and_then_given_up() {
    let missing = || Ok(vec![Say::Fail(Failure::Code("SESSION_NOT_FOUND"))]);
    let runtime = Runtime::new(1, SessionState::Resolved).script((0..100).map(|_| missing()));
    let start = Instant::now();
    let all = follow(&runtime, 0).all().await;
    assert_eq!(
        all[0].as_ref().unwrap_err().code(),
        Some(&ErrorCode::SessionNotFound)
    );
    assert_eq!(start.elapsed().as_secs(), 5);
    assert!(runtime.opened().len() < 8, "{:?}", runtime.opened());

    let runtime = Runtime::new(1, SessionState::Resolved).script([missing()]);
    let mut test = follow(&runtime, 0);
    let start = Instant::now();
    test.events.send(SessionChangeKind::Created).unwrap();
    assert_eq!(test.sequences().await, [1]);
    assert_eq!(start.elapsed().as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_created_while_its_absence_is_told_is_found() {
    let late = Ok(vec![Say::Pause, Say::Inline("SESSION_NOT_FOUND")]);
    let runtime = Runtime::new(1, SessionState::Resolved).script([late]);
    let mut test = follow(&runtime, 0);
    test.status
        .send_modify(|status| status.watching = Watching::NotYet);
    test.events.send(SessionChangeKind::Created).unwrap();
    assert_eq!(test.sequences().await, [1]);
}

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(test)
}
