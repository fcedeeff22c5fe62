//! Signals and progress, which no history holds.

use crate::support::{client, invalid, runtime, start};
use futures_util::StreamExt as _;
use macp_modes::{DecisionSession, Progress, Signal};
use macp_proto::{MessageId, SessionState};
use macp_transport::{ConnectionState, Credentials, WatchEvent};
use std::time::Duration;

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn signals_and_progress_are_accepted_and_not_recorded() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let session = DecisionSession::start(&client, start()).await.unwrap();

    let signal = Signal::new("cache.warm")
        .data("region=eu")
        .confidence(0.5)
        .correlates(session.id());
    assert_eq!(
        signal.send(&client).await.unwrap().state,
        SessionState::Open
    );
    Progress::new("download", 3.0)
        .total(10.0)
        .message("three of ten")
        .send(&client)
        .await
        .unwrap();
    let target = MessageId::new("m1").unwrap();
    session
        .progress("review", 0.5)
        .target(&target)
        .send(session.client())
        .await
        .unwrap();
    assert_eq!(session.projection().transcript().len(), 1, "only the start");
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_notice_is_sent_as_somebody_else_under_a_chosen_id() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let alice = Credentials::dev_agent("alice");
    let mut signals = client.watch_signals();
    let mut connection = signals.connection();
    let seen = tokio::spawn(async move { signals.next().await });
    while connection.changed().await != Some(ConnectionState::Live) {}

    let id = MessageId::new("warm-1").unwrap();
    let sent = Signal::new("cache.warm")
        .sent_by(&alice)
        .message_id(id.clone())
        .deadline(Duration::from_secs(5))
        .send(&client)
        .await
        .unwrap();
    assert_eq!(sent.message_id, id.as_str());
    let Some(Ok(WatchEvent::Changed(signal))) = seen.await.unwrap() else {
        panic!("no signal");
    };
    assert_eq!(signal.envelope.sender, "alice");
    assert_eq!(signal.envelope.message_id, id.as_str());
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn notices_are_checked_before_they_are_sent() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    assert_eq!(invalid(Signal::new(" ").send(&client).await), "signal_type");
    let signal = Signal::new("x").confidence(f64::NAN);
    assert_eq!(invalid(signal.send(&client).await), "confidence");
    let progress = Progress::new("t", f64::INFINITY).send(&client).await;
    assert_eq!(invalid(progress), "progress");
    let progress = Progress::new("t", 0.0).total(f64::NAN).send(&client).await;
    assert_eq!(invalid(progress), "total");
}
