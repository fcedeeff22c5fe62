//! A thousand subscriptions over one client that goes on sending.

use crate::reader::Reader;
use crate::session::{INITIATOR, WRITERS, accepted, client, commit, evaluation, open};
use crate::stage::end;
use futures_util::stream::{StreamExt as _, iter};
use macp_proto::{SessionId, SessionState};
use macp_testkit::Runtime;
use macp_transport::Client;
use std::time::{Duration, Instant};

const SUBSCRIPTIONS: usize = 1000;
/// Messages whose time is taken, each to another session.
const SENDS: usize = 500;
/// Other programs disturb a comparison but don't make it better: one that holds is enough.
const COMPARISONS: usize = 4;
/// How much is done at once where no time is taken.
const AT_ONCE: usize = 32;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn sends_are_not_held_up_by_a_thousand_subscriptions() {
    let runtime = Runtime::start().await.unwrap();
    let initiator = client(runtime.endpoint(), INITIATOR).await;
    let alice = client(runtime.endpoint(), WRITERS[0]).await;
    let sessions: Vec<_> = iter(0..SUBSCRIPTIONS)
        .map(|_| open(&initiator))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;

    for comparison in 1.. {
        let alone = median_send(&alice, &sessions).await;
        let readers = subscribe(&alice, &sessions).await;
        let among_many = median_send(&alice, &sessions).await;
        println!("a send took {alone:?}, and {among_many:?} with {SUBSCRIPTIONS} subscriptions");
        if among_many <= 2 * alone {
            check_all(&initiator, sessions.into_iter().zip(readers)).await;
            return;
        }
        assert!(comparison < COMPARISONS, "{alone:?} became {among_many:?}");
    }
}

/// The median time of a send, each to another session.
async fn median_send(alice: &Client, sessions: &[SessionId]) -> Duration {
    let mut times = Vec::new();
    for session in &sessions[..SENDS] {
        let message = evaluation(session, "in time");
        let start = Instant::now();
        alice.send(message).await.unwrap();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times[SENDS / 2]
}

/// A reader for each session, with all that has been accepted.
async fn subscribe(alice: &Client, sessions: &[SessionId]) -> Vec<Reader> {
    let start = |session| Reader::start(alice.subscribe(session));
    let mut readers: Vec<_> = sessions.iter().map(start).collect();
    for reader in &mut readers {
        reader.reached(2).await;
    }
    readers
}

/// Ends the sessions; each reader must have the whole history.
async fn check_all(initiator: &Client, all: impl Iterator<Item = (SessionId, Reader)>) {
    let check = async |(session, reader): (SessionId, Reader)| {
        commit(initiator, &session).await;
        let record = reader.ended().await;
        assert_eq!(record.ids, accepted(initiator, &session).await);
        assert_eq!(record.others, [end(SessionState::Resolved)]);
    };
    iter(all).for_each_concurrent(AT_ONCE, check).await;
}
