//! Senders that give up while the runtime is still at work for them.
//!
//! Runtime 0.13.0 drops that work when their connection goes away. With storage on disk a message
//! could then be in the history without ever having been announced to the subscribers that are
//! connected, so a request that is on its way is not taken back.

use crate::reader::Reader;
use crate::session::{INITIATOR, accepted, client, commit, evaluation, open};
use crate::stage::{History, end};
use macp_proto::SessionState;
use macp_transport::RetryPolicy;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn what_they_sent_is_announced_all_the_same() {
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
    assert_eq!(record.ids, accepted);
    assert_eq!(record.others, [end(SessionState::Resolved)]);
}
