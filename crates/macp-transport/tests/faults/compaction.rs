//! Histories that the runtime no longer has.

use crate::reader::Reader;
use crate::session::{INITIATOR, client, commit, evaluation, open, open_for, until_ended};
use crate::stage::{History, end};
use macp_proto::{SessionId, SessionState};
use macp_testkit::Runtime;
use macp_transport::{Client, SessionEvent};
use std::time::Duration;

const TTL: Duration = Duration::from_secs(3);

/// A runtime that compacts, and a session with three messages that ended like this.
async fn ended(state: SessionState) -> (Runtime, Client, SessionId) {
    let runtime = History::Compacted.runtime().start().await.unwrap();
    let initiator = client(runtime.endpoint(), INITIATOR).await;
    let session = match state {
        SessionState::Expired => open_for(&initiator, TTL).await,
        _ => open(&initiator).await,
    };
    let alice = client(runtime.endpoint(), "alice").await;
    alice.send(evaluation(&session, "")).await.unwrap();
    match state {
        SessionState::Resolved => commit(&initiator, &session).await,
        SessionState::Cancelled => {
            initiator.cancel_session(&session, "").await.unwrap();
        }
        _ => until_ended(&initiator, &session).await,
    }
    (runtime, initiator, session)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn a_resume_below_the_base_says_what_is_lost_and_how_it_ended() {
    for (state, lowest) in [
        (SessionState::Resolved, 4),
        (SessionState::Cancelled, 3),
        (SessionState::Expired, 3),
    ] {
        let (mut runtime, initiator, session) = ended(state).await;
        for _ in 0..2 {
            for after in [0, 2] {
                let reader = Reader::start_after(after, initiator.subscribe(&session).after(after));
                let record = reader.ended().await;
                let missed = SessionEvent::HistoryCompacted { after, lowest };
                assert_eq!(record.others, [missed, end(state)]);
                assert!(record.ids.is_empty());
            }
            let nothing_missed = initiator.subscribe(&session).after(lowest);
            let record = Reader::start_after(lowest, nothing_missed).ended().await;
            assert_eq!(record.others, [end(state)]);
            // It is the same after a restart.
            runtime.kill().unwrap();
            runtime.restart().await.unwrap();
        }
    }
}
