//! Sessions that are followed through broken connections.

#![allow(
    clippy::unwrap_used,
    reason = "a panic is the test's failure, in helpers too"
)]

mod messages;

use fastrand::Rng;
use futures_util::stream::{StreamExt as _, iter};
use macp_modes::{Followed, Session, SessionStart};
use macp_projections::decision::DecisionState;
use macp_projections::handoff::HandoffState;
use macp_projections::multi_round::MultiRoundState;
use macp_projections::proposal::ProposalState;
use macp_projections::quorum::QuorumState;
use macp_projections::task::TaskState;
use macp_proto::v1::Envelope;
use macp_proto::{SessionId, SessionState};
use macp_testkit::{FaultProxy, Runtime};
use macp_transport::{Client, Credentials};
use messages::{ROSTER, Random};
use std::sync::atomic::{AtomicUsize, Ordering};

const SESSIONS: u64 = 200;
const AT_ONCE: usize = 8;
/// After how many messages all connections are cut.
const MESSAGES: usize = 100;

struct Stage {
    network: FaultProxy,
    /// Two clients, each with connections of its own through the network.
    one: Client,
    other: Client,
    sent: AtomicUsize,
    resolved: AtomicUsize,
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn two_views_of_a_session_are_equal_in_the_end_though_one_joined_late() {
    let runtime = Runtime::start().await.unwrap();
    let network = FaultProxy::start(runtime.address()).await.unwrap();
    let stage = Stage {
        one: client(&network).await,
        other: client(&network).await,
        network,
        sent: AtomicUsize::new(0),
        resolved: AtomicUsize::new(0),
    };
    iter(0..SESSIONS)
        .for_each_concurrent(AT_ONCE, async |number| match number % 6 {
            0 => stage.play::<DecisionState>(number).await,
            1 => stage.play::<ProposalState>(number).await,
            2 => stage.play::<TaskState>(number).await,
            3 => stage.play::<HandoffState>(number).await,
            4 => stage.play::<QuorumState>(number).await,
            _ => stage.play::<MultiRoundState>(number).await,
        })
        .await;
    let cuts = stage.sent.load(Ordering::Relaxed) / MESSAGES;
    let resolved = stage.resolved.load(Ordering::Relaxed);
    println!("{SESSIONS} sessions, {resolved} of them resolved, {cuts} cuts");
    assert!(
        cuts > 10 && resolved > 20,
        "{cuts} cuts, {resolved} resolved"
    );
}

async fn client(network: &FaultProxy) -> Client {
    Client::builder(network.endpoint())
        .allow_insecure()
        .credentials(Credentials::dev_agent(ROSTER[0]))
        .connect()
        .await
        .unwrap()
}

impl Stage {
    async fn play<S: Random>(&self, seed: u64) {
        let random = &mut Rng::with_seed(seed);
        let start = SessionStart::new("at random").participants(ROSTER);
        let mut one = Session::<S>::start(&self.one, start)
            .await
            .unwrap()
            .follow();
        let session = one.id().clone();
        let messages = random.usize(4..20);
        let late = random.usize(..messages);
        for _ in 0..late {
            self.send_one::<S>(&session, random).await;
        }
        let other = Session::<S, Followed<S>>::join(&self.other, &session)
            .await
            .unwrap();
        for _ in late..messages {
            self.send_one::<S>(&session, random).await;
        }
        // Whatever the messages led to may or may not be ready for it.
        if one
            .commit("test.done", "test")
            .reason("enough")
            .await
            .is_err()
        {
            self.one.cancel_session(&session, "").await.unwrap();
        }

        let ended = one.wait_for_end().await.unwrap();
        assert_eq!(other.wait_for_end().await.unwrap(), ended);
        let [one, other] = [one, other].map(|view| {
            let projection = serde_json::to_value(view.snapshot()).unwrap();
            (view.seen().sequence(), projection)
        });
        assert_eq!(one, other, "seed {seed}, {}", S::MODE);
        if ended == SessionState::Resolved {
            self.resolved.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sends a message that the runtime may or may not accept.
    async fn send_one<S: Random>(&self, session: &SessionId, random: &mut Rng) {
        let sender = ROSTER[random.usize(..ROSTER.len())];
        let message = S::message(session, sender, random);
        let answered = |result: Result<_, macp_transport::Error>| {
            result.err().is_none_or(|error| !error.is_retryable())
        };
        while !answered(self.send(sender, message.clone()).await) {}
        if self.sent.fetch_add(1, Ordering::Relaxed) % MESSAGES == MESSAGES - 1 {
            self.network.cut();
        }
    }

    async fn send(
        &self,
        sender: &str,
        message: Envelope,
    ) -> Result<macp_transport::Accepted, macp_transport::Error> {
        let credentials = Credentials::dev_agent(sender);
        self.one.send(message).credentials(&credentials).await
    }
}
