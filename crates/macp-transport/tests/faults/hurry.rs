//! Senders that give up while the runtime is still at work for them.
//!
//! Runtime 0.13.0 drops that work. With storage on disk a message can then be in the history
//! without ever having been announced to the subscribers that are connected: they stay without it,
//! and nothing on the wire tells them.

use crate::reader::Reader;
use crate::session::{INITIATOR, accepted, client, commit, evaluation, open};
use crate::stage::{History, end};
use macp_proto::SessionState;
use macp_transport::RetryPolicy;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn what_is_announced_comes_in_order_and_the_end_is_not_missed() {
    let runtime = History::OnDisk.runtime().start().await.unwrap();
    let initiator = client(runtime.endpoint(), INITIATOR).await;
    let alice = client(runtime.endpoint(), "alice").await;
    let session = open(&initiator).await;
    let mut reader = Reader::start(initiator.subscribe(&session));
    reader.reached(2).await;
    for number in 0..200 {
        // From too short for anything to long enough for most.
        let deadline = Duration::from_micros(500 + number * 50);
        let sending = alice
            .send(evaluation(&session, "in a hurry"))
            .deadline(deadline);
        if let Err(error) = sending.retry(RetryPolicy::none()).await {
            assert!(error.may_have_acted(), "{error:?}");
        }
    }
    commit(&initiator, &session).await;

    let record = reader.ended().await;
    let accepted = accepted(&initiator, &session).await;
    let mut rest = accepted.iter();
    for id in &record.ids {
        assert!(rest.any(|accepted| accepted == id), "out of order or twice");
    }
    assert_eq!(record.ids.last(), accepted.last());
    assert_eq!(record.others, [end(SessionState::Resolved)]);
}
