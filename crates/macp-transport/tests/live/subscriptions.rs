//! Following a session through its life.

use crate::common::{
    anonymous, commitment, dev_client, proposal, resolve, session, start_for, token, token_client,
    with_tokens,
};
use futures_util::{StreamExt, TryStreamExt};
use macp_proto::{ErrorCode, SessionId, SessionState};
use macp_testkit::Runtime;
use macp_transport::{ConnectionState, SessionEvent, Subscription};
use std::time::Duration;

/// Reads on and gives up loudly when nothing comes.
async fn next(subscription: &mut Subscription) -> Option<SessionEvent> {
    tokio::time::timeout(Duration::from_secs(20), subscription.next())
        .await
        .expect("nothing arrived")
        .transpose()
        .unwrap()
}

/// The message types until the session ends, the ordinals checked, and how it ended.
async fn to_the_end(subscription: &mut Subscription) -> (Vec<String>, SessionState) {
    let mut types = Vec::new();
    let mut expected = 1;
    loop {
        match next(subscription).await.expect("an end is announced") {
            SessionEvent::Envelope { sequence, envelope } => {
                assert_eq!(sequence, expected);
                expected += 1;
                types.push(envelope.message_type);
            }
            SessionEvent::Ended { state } => {
                assert!(subscription.next().await.is_none());
                return (types, state);
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn sequence(subscription: &mut Subscription) -> u64 {
    match next(subscription).await {
        Some(SessionEvent::Envelope { sequence, .. }) => sequence,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn history_and_what_follows_up_to_the_commitment() {
    let runtime = Runtime::start().await.unwrap();
    let (alice, session) = session(&runtime).await;
    let mut live = alice.subscribe(&session);
    assert_eq!(sequence(&mut live).await, 1);
    assert_eq!(live.connection().state(), ConnectionState::Live);
    resolve(&alice, &session).await;
    let mut late = alice.subscribe(&session);
    let all = ["SessionStart", "Proposal", "Vote", "Commitment"];
    assert_eq!(
        to_the_end(&mut late).await,
        (all.map(String::from).to_vec(), SessionState::Resolved)
    );
    for expected in 2..=4 {
        assert_eq!(sequence(&mut live).await, expected);
    }
    let end = SessionEvent::Ended {
        state: SessionState::Resolved,
    };
    assert_eq!(next(&mut live).await, Some(end));
    assert_eq!(next(&mut live).await, None);
    assert_eq!(live.connection().state(), ConnectionState::Ended);

    let rest: Vec<_> = alice
        .subscribe(&session)
        .after(3)
        .try_collect()
        .await
        .unwrap();
    assert!(matches!(
        rest[0],
        SessionEvent::Envelope { sequence: 4, .. }
    ));
    assert_eq!(rest.len(), 2);
    let nothing: Vec<_> = alice
        .subscribe(&session)
        .after(4)
        .try_collect()
        .await
        .unwrap();
    assert!(matches!(nothing[..], [SessionEvent::Ended { .. }]));
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn suspension_resumption_and_cancellation_are_told() {
    let runtime = Runtime::start().await.unwrap();
    let (alice, session) = session(&runtime).await;
    let mut subscription = alice.subscribe(&session);
    assert_eq!(sequence(&mut subscription).await, 1);
    alice.suspend_session(&session, "").await.unwrap();
    assert_eq!(next(&mut subscription).await, Some(SessionEvent::Suspended));
    alice.resume_session(&session, "").await.unwrap();
    assert_eq!(next(&mut subscription).await, Some(SessionEvent::Resumed));
    for id in ["p1", "p2", "p3"] {
        alice.send(proposal(&session, id)).await.unwrap();
    }
    alice.cancel_session(&session, "").await.unwrap();
    for expected in 2..=4 {
        assert_eq!(sequence(&mut subscription).await, expected);
    }
    let end = SessionEvent::Ended {
        state: SessionState::Cancelled,
    };
    assert_eq!(next(&mut subscription).await, Some(end));
    assert_eq!(next(&mut subscription).await, None);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_suspended_session_says_so_to_who_comes_later() {
    let runtime = Runtime::start().await.unwrap();
    let (alice, session) = session(&runtime).await;
    alice.suspend_session(&session, "").await.unwrap();
    let events: Vec<_> = alice
        .subscribe(&session)
        .take(2)
        .try_collect()
        .await
        .unwrap();
    assert!(events.contains(&SessionEvent::Suspended), "{events:?}");
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn expiry_ends_it() {
    let runtime = Runtime::builder()
        .env("MACP_CLEANUP_INTERVAL_SECS", 1)
        .start()
        .await
        .unwrap();
    let alice = dev_client(&runtime, "alice").await;
    let session = SessionId::random();
    let mut envelope = start_for(&session, &["alice"], 500);
    envelope.timestamp_unix_ms = 0;
    alice.send(envelope).await.unwrap();
    let (types, state) = to_the_end(&mut alice.subscribe(&session)).await;
    assert_eq!(types, ["SessionStart"]);
    assert_eq!(state, SessionState::Expired);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_session_that_does_not_exist_yet_is_waited_for() {
    let runtime = Runtime::start().await.unwrap();
    let alice = dev_client(&runtime, "alice").await;
    let session = SessionId::random();
    let mut subscription = alice.subscribe(&session);
    let mut connection = subscription.connection();
    let reading = tokio::spawn(async move { to_the_end(&mut subscription).await });
    while connection.changed().await != Some(ConnectionState::AwaitingSession) {}
    alice
        .send(start_for(&session, &["alice"], 60_000))
        .await
        .unwrap();
    resolve(&alice, &session).await;
    let (types, state) = reading.await.unwrap();
    assert_eq!(types.len(), 4);
    assert_eq!(state, SessionState::Resolved);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn the_wait_for_a_session_is_bounded() {
    let runtime = Runtime::start().await.unwrap();
    let alice = dev_client(&runtime, "alice").await;
    let mut subscription = alice
        .subscribe(&SessionId::random())
        .wait_for_session(Duration::from_millis(300));
    let error = subscription.next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::SessionNotFound));
    assert!(subscription.next().await.is_none());
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn strangers_are_refused_and_observers_are_not() {
    let runtime = with_tokens().start().await.unwrap();
    let alice = token_client(&runtime, "alice").await;
    let session = SessionId::random();
    alice
        .send(start_for(&session, &["alice"], 60_000))
        .await
        .unwrap();
    let mut stranger = alice.subscribe(&session).credentials(&token("stranger"));
    let error = stranger.next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::Forbidden));
    assert!(stranger.next().await.is_none());
    let mut auditor = alice.subscribe(&session).credentials(&token("auditor"));
    assert_eq!(sequence(&mut auditor).await, 1);

    let anonymous = anonymous(runtime.endpoint()).await;
    let error = anonymous
        .subscribe(&session)
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert!(error.code().is_none(), "{error}");
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_restart_in_between_is_not_noticed() {
    let mut runtime = Runtime::builder()
        .file_storage()
        .env("MACP_COMPACT_TERMINAL_LOGS", 0)
        .start()
        .await
        .unwrap();
    let (alice, session) = session(&runtime).await;
    let mut subscription = alice.subscribe(&session);
    assert_eq!(sequence(&mut subscription).await, 1);
    for round in 0..2u64 {
        runtime.kill().unwrap();
        runtime.restart().await.unwrap();
        alice
            .send(proposal(&session, &format!("p{round}")))
            .await
            .unwrap();
        assert_eq!(sequence(&mut subscription).await, 2 + round);
    }
    alice
        .send(crate::common::vote(&session, "p0"))
        .await
        .unwrap();
    alice.send(commitment(&session)).await.unwrap();
    assert_eq!(sequence(&mut subscription).await, 4);
    assert_eq!(sequence(&mut subscription).await, 5);
    assert!(matches!(
        next(&mut subscription).await,
        Some(SessionEvent::Ended {
            state: SessionState::Resolved
        })
    ));
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_compacted_history_is_told_with_how_it_ended() {
    let runtime = Runtime::builder().file_storage().start().await.unwrap();
    let (alice, session) = session(&runtime).await;
    resolve(&alice, &session).await;
    let events: Vec<_> = alice
        .subscribe(&session)
        .after(1)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(
        events,
        [
            SessionEvent::HistoryCompacted {
                after: 1,
                lowest: 4
            },
            SessionEvent::Ended {
                state: SessionState::Resolved
            },
        ]
    );
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn many_subscriptions_share_few_connections() {
    let runtime = Runtime::builder()
        .rate_limits(100_000, 100_000)
        .start()
        .await
        .unwrap();
    let (alice, session) = session(&runtime).await;
    let subscriptions: Vec<_> = (0..250).map(|_| alice.subscribe(&session)).collect();
    let mut all = futures_util::stream::select_all(subscriptions);
    for _ in 0..250 {
        all.next().await.unwrap().unwrap();
    }
    // No call waits behind them.
    alice.get_session(&session).await.unwrap();
    resolve(&alice, &session).await;
    let mut ended = 0;
    while let Some(event) = all.next().await {
        ended += usize::from(matches!(event.unwrap(), SessionEvent::Ended { .. }));
    }
    assert_eq!(ended, 250);
}
