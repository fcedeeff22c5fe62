//! Sessions that two processes follow through broken connections.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a panic is the test's failure, in helpers too"
)]

mod joiner;
mod messages;

use fastrand::Rng;
use futures_util::future::join_all;
use joiner::Joiner;
use libtest_mimic::{Arguments, Trial};
use macp_modes::{Session, SessionStart};
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
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

const SESSIONS: u64 = 200;
/// How many sessions are played at once, each with another process that joins it.
const AT_ONCE: usize = 5;
/// After how many messages all connections are cut.
const MESSAGES: usize = 100;

fn main() -> ExitCode {
    if joiner::is_joiner() {
        return ExitCode::SUCCESS;
    }
    let name = "two_processes_agree_on_a_session_though_one_joined_late";
    let trial = Trial::test(name, || {
        block_on(two_processes_agree());
        Ok(())
    });
    let trials = vec![trial.with_ignored_flag(true)];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn block_on(future: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future);
}

async fn client(endpoint: String) -> Client {
    Client::builder(endpoint)
        .allow_insecure()
        .credentials(Credentials::dev_agent(ROSTER[0]))
        .connect()
        .await
        .unwrap()
}

/// This process, which sends everything.
struct Stage {
    network: FaultProxy,
    client: Client,
    sent: AtomicUsize,
    resolved: AtomicUsize,
}

async fn two_processes_agree() {
    let runtime = Runtime::start().await.unwrap();
    let network = FaultProxy::start(runtime.address()).await.unwrap();
    let stage = Stage {
        client: client(network.endpoint()).await,
        network,
        sent: AtomicUsize::new(0),
        resolved: AtomicUsize::new(0),
    };
    let lanes = (0..AT_ONCE).map(|lane| stage.play_every(AT_ONCE, lane));
    join_all(lanes).await;
    let cuts = stage.sent.load(Ordering::Relaxed) / MESSAGES;
    let resolved = stage.resolved.load(Ordering::Relaxed);
    println!("{SESSIONS} sessions, {resolved} of them resolved, {cuts} cuts");
    assert!(
        cuts > 10 && resolved > 20,
        "{cuts} cuts, {resolved} resolved"
    );
}

impl Stage {
    async fn play_every(&self, step: usize, first: usize) {
        let mut joiner = Joiner::start(&self.network.endpoint());
        for number in (0..SESSIONS).skip(first).step_by(step) {
            match number % 6 {
                0 => self.play::<DecisionState>(number, &mut joiner).await,
                1 => self.play::<ProposalState>(number, &mut joiner).await,
                2 => self.play::<TaskState>(number, &mut joiner).await,
                3 => self.play::<HandoffState>(number, &mut joiner).await,
                4 => self.play::<QuorumState>(number, &mut joiner).await,
                _ => self.play::<MultiRoundState>(number, &mut joiner).await,
            }
        }
        joiner.finish().await;
    }

    async fn play<S: Random>(&self, seed: u64, joiner: &mut Joiner) {
        let random = &mut Rng::with_seed(seed);
        let start = SessionStart::new("at random").participants(ROSTER);
        let session = Session::<S>::start(&self.client, start).await.unwrap();
        let mut session = session.follow();
        let id = session.id().clone();
        let messages = random.usize(4..20);
        let late = random.usize(1..messages);
        for _ in 0..late {
            self.send_one::<S>(&id, random).await;
        }
        joiner.join::<S>(&id).await;
        for _ in late..messages {
            self.send_one::<S>(&id, random).await;
        }
        // Whatever the messages led to may or may not be ready for it.
        let commit = session.commit("test.done", "test").reason("enough");
        if commit.await.is_err() {
            self.client.cancel_session(&id, "").await.unwrap();
        }

        let ours = joiner::seen(&session).await;
        assert_eq!(ours, joiner.seen().await, "seed {seed}, {}", S::MODE);
        if ours["ended"] == SessionState::Resolved.to_string() {
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
        self.client.send(message).credentials(&credentials).await
    }
}
