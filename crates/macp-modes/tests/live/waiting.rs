//! What waiting costs, and how long it takes.

use crate::requests::counted;
use crate::support::{client, runtime, start};
use macp_modes::DecisionSession;
use macp_projections::decision::DecisionPhase;
use macp_proto::{SessionState, Vote};
use macp_testkit::{Direction, FaultProxy};
use macp_transport::{Client, Credentials};
use std::time::{Duration, Instant};

const WAITERS: usize = 1000;

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_thousand_waiters_cost_one_subscription_and_no_polling() {
    let runtime = runtime().await;
    let coordinators = client(&runtime, "coordinator").await;
    let mut others = DecisionSession::start(&coordinators, start())
        .await
        .unwrap();
    others.propose("p1", "deploy").await.unwrap();
    let builder = Client::builder(runtime.endpoint())
        .allow_insecure()
        .credentials(Credentials::dev_agent("alice"));
    let (builder, mut requests) = counted(builder);
    let client = builder.connect().await.unwrap();
    let session = DecisionSession::join(&client, others.id()).await.unwrap();
    // The subscription with its watch for the session's life, which asks for the state once, and
    // the facts that joining asks for.
    let joined = [
        ("GetSession", 2),
        ("StreamSession", 1),
        ("WatchSessions", 1),
    ];
    requests.reach(&joined).await;

    let waiters: Vec<_> = (0..WAITERS)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { session.wait_for_phase(DecisionPhase::Voting).await })
        })
        .collect();
    others.vote("p1", Vote::Approve).await.unwrap();
    for waiter in waiters {
        waiter.await.unwrap().unwrap();
    }
    requests.are(&joined);

    let commit = others.commit("decision.approved", "release");
    commit.reason("voted").await.unwrap();
    let ended = session.wait_for_end().await.unwrap();
    assert_eq!(ended, SessionState::Resolved);
    requests.are(&joined);
}

/// The waiter hears of the acceptance; it has nothing to ask.
#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_wait_ends_within_a_round_trip_of_the_acceptance() {
    const ONE_WAY: Duration = Duration::from_secs(1);
    let runtime = runtime().await;
    let network = FaultProxy::start(runtime.address()).await.unwrap();
    let near = client(&runtime, "coordinator").await;
    let mut others = DecisionSession::start(&near, start()).await.unwrap();
    let far = Client::builder(network.endpoint())
        .allow_insecure()
        .credentials(Credentials::dev_agent("alice"))
        .connect()
        .await
        .unwrap();
    let session = DecisionSession::join(&far, others.id()).await.unwrap();
    for direction in Direction::BOTH {
        network.delay(direction, ONE_WAY);
    }
    let waiting = session.wait_until(|p| p.proposal("p1").is_some());
    let waiting = tokio::spawn(waiting.into_future());
    others.propose("p1", "deploy").await.unwrap();
    let accepted = Instant::now();
    waiting.await.unwrap().unwrap();
    let took = accepted.elapsed();
    assert!(took < ONE_WAY * 2, "{took:?} after the acceptance");
    assert!(took > ONE_WAY / 2, "{took:?}: the network was not slow");
}
