//! The other process: this very program, started again to join sessions late.
//!
//! It is told of a session on its standard input, as `MODE ID`, and answers with two lines of JSON:
//! one when it has joined, and what it saw when the session has ended.

use crate::{block_on, client};
use macp_modes::{Followed, Session, SessionMode};
use macp_projections::decision::DecisionState;
use macp_projections::handoff::HandoffState;
use macp_projections::multi_round::MultiRoundState;
use macp_projections::proposal::ProposalState;
use macp_projections::quorum::QuorumState;
use macp_projections::task::TaskState;
use macp_proto::{Mode, SessionId};
use macp_transport::Client;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Where the network is, in the environment of the other process alone.
const ENDPOINT: &str = "MACP_TEST_JOINER_ENDPOINT";

/// All that a process has seen of a session by its end.
pub(crate) async fn seen<S: SessionMode>(session: &Session<S, Followed<S>>) -> Value {
    let ended = session.wait_for_end().await.unwrap();
    let seen = session.seen();
    json!({
        "ended": ended.to_string(),
        "sequence": seen.sequence(),
        "missed": seen.missed(),
        "projection": seen.projection(),
    })
}

/// Joins one session after another if this is the other process, and says whether it is.
pub(crate) fn is_joiner() -> bool {
    let Ok(endpoint) = std::env::var(ENDPOINT) else {
        return false;
    };
    block_on(async {
        let client = client(endpoint).await;
        let mut requests = BufReader::new(tokio::io::stdin()).lines();
        while let Some(request) = requests.next_line().await.unwrap() {
            let (mode, id) = request.split_once(' ').unwrap();
            let id = SessionId::new(id).unwrap();
            match Mode::from(mode) {
                Mode::Decision => join::<DecisionState>(&client, &id).await,
                Mode::Proposal => join::<ProposalState>(&client, &id).await,
                Mode::Task => join::<TaskState>(&client, &id).await,
                Mode::Handoff => join::<HandoffState>(&client, &id).await,
                Mode::Quorum => join::<QuorumState>(&client, &id).await,
                Mode::MultiRound => join::<MultiRoundState>(&client, &id).await,
                mode => panic!("nobody plays {mode}"),
            }
        }
    });
    true
}

async fn join<S: SessionMode>(client: &Client, id: &SessionId) {
    let session = Session::<S, Followed<S>>::join(client, id).await.unwrap();
    say(id);
    say(&seen(&session).await);
}

fn say(answer: &impl Serialize) {
    println!("{}", serde_json::to_string(answer).unwrap());
}

/// The other process, as the one that starts it sees it.
pub(crate) struct Joiner {
    process: Child,
    requests: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Joiner {
    pub(crate) fn start(endpoint: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .env(ENDPOINT, endpoint)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            requests: process.stdin.take().unwrap(),
            answers: BufReader::new(process.stdout.take().unwrap()).lines(),
            process,
        }
    }

    /// Returns when it has joined.
    pub(crate) async fn join<S: SessionMode>(&mut self, id: &SessionId) {
        let request = format!("{} {id}\n", S::MODE);
        self.requests.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(&self.answer::<SessionId>().await, id);
    }

    /// What it has seen of the session it joined.
    pub(crate) async fn seen(&mut self) -> Value {
        self.answer().await
    }

    async fn answer<T: DeserializeOwned>(&mut self) -> T {
        let line = self.answers.next_line().await.unwrap();
        serde_json::from_str(&line.expect("the other process failed")).unwrap()
    }

    /// Ends it, and sees that nothing had gone wrong.
    pub(crate) async fn finish(self) {
        let Self {
            mut process,
            requests,
            ..
        } = self;
        drop(requests);
        assert!(process.wait().await.unwrap().success());
    }
}
