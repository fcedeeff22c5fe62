//! Mixed sessions: this program and the Python SDK, in every mode, each of them once the initiator.
//!
//! `cargo xtask interop` runs it: it installs the Python SDK, starts a runtime and names both here.
//!
//! ```text
//! MACP_INTEROP_PYTHON=.../bin/python MACP_RUNTIME_TARGET=http://127.0.0.1:50051 \
//!     cargo run --example interop_python
//! ```

use macp_sdk::modes::{Followed, SessionMode};
use macp_sdk::projections::Projection;
use macp_sdk::projections::decision::DecisionState;
use macp_sdk::projections::handoff::HandoffState;
use macp_sdk::projections::multi_round::MultiRoundState;
use macp_sdk::projections::proposal::ProposalState;
use macp_sdk::projections::quorum::QuorumState;
use macp_sdk::projections::task::TaskState;
use macp_sdk::transport::WatchEvent;
use macp_sdk::{
    Accepted, Client, Credentials, Recommendation, Session, SessionId, SessionStart, Signal, Vote,
};
use serde_json::{Value, json};
use std::error::Error;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

type Outcome<T> = Result<T, Box<dyn Error>>;

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let target = std::env::var("MACP_RUNTIME_TARGET")?;
    let python = std::env::var("MACP_INTEROP_PYTHON")
        .map_err(|_| "MACP_INTEROP_PYTHON names no Python: run `cargo xtask interop`")?;
    for initiator in [Side::Rust, Side::Python] {
        let mut stage = Stage::set(&target, &python, initiator).await?;
        decision(&mut stage).await?;
        proposal(&mut stage).await?;
        task(&mut stage).await?;
        handoff(&mut stage).await?;
        quorum(&mut stage).await?;
        multi_round(&mut stage).await?;
        denial(&mut stage).await?;
    }
    let mut stage = Stage::set(&target, &python, Side::Rust).await?;
    signals(&mut stage).await?;
    bootstrap(&mut stage, &target).await
}

async fn decision(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<DecisionState>("policy.std.majority").await?;
    let option = json!({"proposal_id": "p1", "option": "deploy"});
    stage
        .initiator("propose", option, rust.propose("p1", "deploy"))
        .await?;
    let evaluation = json!({"proposal_id": "p1", "recommendation": "APPROVE", "confidence": 0.9});
    let ours = rust.evaluate("p1", Recommendation::Approve, 0.9);
    stage.participant("evaluate", evaluation, ours).await?;
    let vote = json!({"proposal_id": "p1", "vote": "APPROVE"});
    stage
        .initiator("vote", vote.clone(), rust.vote("p1", Vote::Approve))
        .await?;
    stage
        .participant("vote", vote, rust.vote("p1", Vote::Approve))
        .await?;
    stage.commit(&mut rust, "decision.approved").await?;
    stage
        .agree(&rust, json!([["majority_winner", []], ["vote_totals", []]]), |projection| {
            json!({
                "majority_winner": projection.majority_winner(),
                "vote_totals": projection.vote_totals().collect::<std::collections::BTreeMap<_, _>>(),
            })
        })
        .await
}

async fn proposal(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<ProposalState>("policy.default").await?;
    let first = json!({"proposal_id": "p1", "title": "900"});
    stage
        .initiator("propose", first, rust.propose("p1", "900"))
        .await?;
    let counter = json!({"proposal_id": "p2", "supersedes_proposal_id": "p1", "title": "950"});
    stage
        .participant(
            "counter_propose",
            counter,
            rust.counter_propose("p2", "p1", "950"),
        )
        .await?;
    let accepted = json!({"proposal_id": "p2"});
    stage
        .initiator("accept", accepted.clone(), rust.accept("p2"))
        .await?;
    stage
        .participant("accept", accepted, rust.accept("p2"))
        .await?;
    stage.commit(&mut rust, "proposal.accepted").await?;
    stage
        .agree(
            &rust,
            json!([["accepted_proposal", []], ["is_accepted", ["p1"]]]),
            |projection| {
                json!({
                    "accepted_proposal": projection.accepted_proposal(),
                    "is_accepted": projection.is_accepted("p1"),
                })
            },
        )
        .await
}

async fn task(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<TaskState>("policy.default").await?;
    let request = json!({"task_id": "t1", "title": "report"});
    stage
        .initiator("request_task", request, rust.request_task("t1", "report"))
        .await?;
    stage
        .participant(
            "accept_task",
            json!({"task_id": "t1"}),
            rust.accept_task("t1"),
        )
        .await?;
    let update = json!({"task_id": "t1", "status": "half", "progress": 0.5});
    stage
        .participant("update_task", update, rust.update_task("t1", "half", 0.5))
        .await?;
    stage
        .participant(
            "complete_task",
            json!({"task_id": "t1"}),
            rust.complete_task("t1"),
        )
        .await?;
    stage.commit(&mut rust, "task.completed").await?;
    stage
        .agree(
            &rust,
            json!([["current_assignee", ["t1"]], ["progress_of", ["t1"]]]),
            |projection| {
                json!({
                    "current_assignee": projection.current_assignee("t1"),
                    "progress_of": projection.progress_of("t1"),
                })
            },
        )
        .await
}

async fn handoff(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<HandoffState>("policy.default").await?;
    let offer = json!({"handoff_id": "h1", "target_participant": "worker"});
    stage
        .initiator("offer", offer, rust.offer("h1", "worker"))
        .await?;
    let accept = json!({"handoff_id": "h1", "accepted_by": "worker"});
    stage
        .participant("accept_handoff", accept, rust.accept("h1"))
        .await?;
    stage.commit(&mut rust, "handoff.accepted").await?;
    stage
        .agree(
            &rust,
            json!([["is_accepted", ["h1"]], ["is_declined", ["h1"]]]),
            |projection| {
                json!({
                    "is_accepted": projection.is_accepted("h1"),
                    "is_declined": projection.is_declined("h1"),
                })
            },
        )
        .await
}

async fn quorum(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<QuorumState>("policy.default").await?;
    let request = json!({"request_id": "r1", "action": "publish", "required_approvals": 2});
    stage
        .initiator(
            "request_approval",
            request,
            rust.request_approval("r1", "publish", 2),
        )
        .await?;
    let ballot = json!({"request_id": "r1"});
    stage
        .initiator("approve", ballot.clone(), rust.approve("r1"))
        .await?;
    stage
        .participant("approve", ballot, rust.approve("r1"))
        .await?;
    stage.commit(&mut rust, "quorum.approved").await?;
    stage
        .agree(
            &rust,
            json!([["approval_count", ["r1"]], ["has_quorum", ["r1"]]]),
            |projection| {
                json!({
                    "approval_count": projection.approval_count("r1"),
                    "has_quorum": projection.has_quorum("r1"),
                })
            },
        )
        .await
}

async fn multi_round(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<MultiRoundState>("policy.default").await?;
    stage
        .initiator(
            "contribute",
            json!({"value": "blue"}),
            rust.contribute("blue"),
        )
        .await?;
    stage
        .participant(
            "contribute",
            json!({"value": "blue"}),
            rust.contribute("blue"),
        )
        .await?;
    stage.commit(&mut rust, "multi_round.converged").await?;
    stage.agree(&rust, json!([]), |_| json!({})).await
}

/// Both sides are told the same reasons when the bound policy refuses.
async fn denial(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<DecisionState>("policy.std.majority").await?;
    let option = json!({"proposal_id": "p1", "option": "deploy"});
    stage
        .initiator("propose", option, rust.propose("p1", "deploy"))
        .await?;
    let denials = match stage.initiator {
        Side::Rust => {
            let sealed = rust
                .commit("decision.approved", "interop")
                .reason("too early")
                .await;
            let error = sealed.err().ok_or("the commitment was accepted")?;
            error
                .denials()
                .iter()
                .map(|denial| denial.code.to_string())
                .collect::<Vec<_>>()
        }
        Side::Python => {
            let arguments = json!({"action": "decision.approved", "authority_scope": "interop", "reason": "too early"});
            let answer = stage
                .python
                .ask(json!({"do": "act", "method": "commit", "arguments": arguments}))
                .await?;
            expect_equal(
                "the code of the refusal",
                &answer["error"],
                &json!("POLICY_DENIED"),
            )?;
            serde_json::from_value(answer["denials"].clone())?
        }
    };
    expect_equal(
        "the denials",
        &json!(denials),
        &json!(["quorum_not_met", "no_votes"]),
    )?;
    println!("denial, {:?} initiates: {denials:?}", stage.initiator);
    Ok(())
}

/// Each side hears the other's signal. Signals are not recorded, so they are repeated until heard.
async fn signals(stage: &mut Stage) -> Outcome<()> {
    stage.python.ok(json!({"do": "watch_signals"})).await?;
    let mut heard = stage.client.watch_signals();
    let mut repeat = tokio::time::interval(Duration::from_millis(100));
    let python_heard = {
        let hearing = stage
            .python
            .ok(json!({"do": "heard", "sender": "coordinator"}));
        tokio::pin!(hearing);
        loop {
            tokio::select! {
                answer = &mut hearing => break answer?,
                _ = repeat.tick() => { Signal::new("interop").data("from Rust").send(&stage.client).await?; }
            }
        }
    };
    expect_equal(
        "who signalled",
        &python_heard["sender"],
        &json!("coordinator"),
    )?;
    let rust_heard = loop {
        tokio::select! {
            signal = futures_util::StreamExt::next(&mut heard) => {
                if let WatchEvent::Changed(signal) = signal.ok_or("the watch ended")??
                    && signal.envelope.sender == "worker"
                {
                    break signal.envelope;
                }
            }
            _ = repeat.tick() => {
                stage.python.ok(json!({"do": "signal", "signal_type": "interop", "data": "from Python"})).await?;
            }
        }
    };
    println!(
        "signals: heard each other, {} as {:?}",
        rust_heard.message_type, rust_heard.sender
    );
    Ok(())
}

/// One bootstrap file, read by both.
async fn bootstrap(stage: &mut Stage, target: &str) -> Outcome<()> {
    let session = SessionId::random();
    let file = json!({
        "participant_id": "worker",
        "session_id": session.as_str(),
        "mode": "macp.mode.decision.v1",
        "runtime_url": target.trim_start_matches("http://"),
        "secure": false,
        "allow_insecure": true,
        "agent_id": "worker",
        "participants": ["coordinator", "worker"],
    });
    let path = std::env::temp_dir().join(format!("macp-interop-{session}.json"));
    std::fs::write(&path, file.to_string())?;
    let python = stage
        .python
        .ok(json!({"do": "bootstrap", "path": path}))
        .await;
    let rust = macp_sdk::agent::Bootstrap::from_path(&path);
    std::fs::remove_file(&path)?;
    let (python, rust) = (python?, rust?);
    let ours = json!({
        "participant": rust.participant_id,
        "session": rust.session_id.as_str(),
        "mode": rust.mode.as_str(),
    });
    expect_equal("the bootstrap file", &ours, &python)?;
    println!("bootstrap: read alike");
    Ok(())
}

/// Who does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Rust,
    Python,
}

/// Both sides, and which of them starts the sessions: as `coordinator`, the other as `worker`.
struct Stage {
    initiator: Side,
    client: Client,
    python: Python,
}

impl Stage {
    async fn set(target: &str, python: &str, initiator: Side) -> Outcome<Self> {
        let (ours, theirs) = match initiator {
            Side::Rust => ("coordinator", "worker"),
            Side::Python => ("worker", "coordinator"),
        };
        let client = Client::builder(target)
            .allow_insecure()
            .credentials(Credentials::dev_agent(ours))
            .connect()
            .await?;
        let python = Python::start(python, target.trim_start_matches("http://"), theirs)?;
        Ok(Self {
            initiator,
            client,
            python,
        })
    }

    /// A session that the initiator's side starts; ours follows it.
    async fn open<S: SessionMode>(&mut self, policy: &str) -> Outcome<Session<S, Followed<S>>> {
        let id = SessionId::random();
        let theirs = json!({"do": "open", "mode": S::MODE.as_str(), "session_id": id.as_str(), "policy_version": policy});
        self.python.ok(theirs).await?;
        let participants = ["coordinator", "worker"];
        if self.initiator == Side::Rust {
            let start = SessionStart::new("interop")
                .session_id(id)
                .participants(participants)
                .policy_version(policy);
            return Ok(Session::<S>::start(&self.client, start).await?.follow());
        }
        let arguments =
            json!({"intent": "interop", "participants": participants, "ttl_ms": 60_000});
        self.python
            .ok(json!({"do": "act", "method": "start", "arguments": arguments}))
            .await?;
        Ok(Session::<S, Followed<S>>::join(&self.client, &id).await?)
    }

    async fn initiator<A>(&mut self, method: &str, theirs: Value, ours: A) -> Outcome<()>
    where
        A: IntoFuture<Output = Result<Accepted, macp_sdk::Error>>,
    {
        self.act(self.initiator, method, theirs, ours).await
    }

    async fn participant<A>(&mut self, method: &str, theirs: Value, ours: A) -> Outcome<()>
    where
        A: IntoFuture<Output = Result<Accepted, macp_sdk::Error>>,
    {
        let side = if self.initiator == Side::Rust {
            Side::Python
        } else {
            Side::Rust
        };
        self.act(side, method, theirs, ours).await
    }

    /// One of the two does it; the other's way to do it is dropped unsent.
    async fn act<A>(&mut self, side: Side, method: &str, theirs: Value, ours: A) -> Outcome<()>
    where
        A: IntoFuture<Output = Result<Accepted, macp_sdk::Error>>,
    {
        match side {
            Side::Rust => drop(ours.await?),
            Side::Python => {
                let request = json!({"do": "act", "method": method, "arguments": theirs});
                drop(self.python.ok(request).await?);
            }
        }
        Ok(())
    }

    async fn commit<S: SessionMode>(
        &mut self,
        rust: &mut Session<S, Followed<S>>,
        action: &str,
    ) -> Outcome<()> {
        let theirs = json!({"action": action, "authority_scope": "interop", "reason": "agreed"});
        let ours = rust.commit(action, "interop").reason("agreed");
        self.initiator("commit", theirs, ours).await
    }

    /// Both projections say the same of the same messages.
    async fn agree<S: SessionMode>(
        &mut self,
        rust: &Session<S, Followed<S>>,
        queries: Value,
        answers: impl FnOnce(&Projection<S>) -> Value,
    ) -> Outcome<()> {
        let commitment = rust.wait_for_commitment().deadline(PATIENCE).await?;
        let projection = rust.snapshot();
        let theirs = self
            .python
            .ok(json!({"do": "history", "queries": queries}))
            .await?;
        let messages: Vec<_> = projection
            .transcript()
            .iter()
            .map(|entry| entry.message_id.clone())
            .collect();
        expect_equal("the messages", &json!(messages), &theirs["messages"])?;
        if theirs.get("phase").is_some() {
            let ours = json!({
                "messages": messages,
                "phase": projection.phase(),
                "action": commitment.action,
                "positive": projection.is_positive_outcome(),
                "anomalies": projection.anomalies().len(),
                "queries": answers(&projection),
            });
            expect_equal("the projections", &ours, &theirs)?;
        }
        println!(
            "{}, {:?} initiates: {} messages, both agree",
            S::MODE,
            self.initiator,
            messages.len()
        );
        Ok(())
    }
}

/// The Python peer, a process that answers a line for a line.
struct Python {
    _process: Child,
    requests: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Python {
    fn start(python: &str, target: &str, agent: &str) -> Outcome<Self> {
        let mut process = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/interop_peer.py"))
            .args([target, agent])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let requests = process
            .stdin
            .take()
            .ok_or("the peer has no standard input")?;
        let answers = process
            .stdout
            .take()
            .ok_or("the peer has no standard output")?;
        Ok(Self {
            _process: process,
            requests,
            answers: BufReader::new(answers).lines(),
        })
    }

    async fn ask(&mut self, request: Value) -> Outcome<Value> {
        self.requests
            .write_all(format!("{request}\n").as_bytes())
            .await?;
        let line = tokio::time::timeout(PATIENCE, self.answers.next_line()).await??;
        Ok(serde_json::from_str(&line.ok_or("the peer is gone")?)?)
    }

    async fn ok(&mut self, request: Value) -> Outcome<Value> {
        let mut answer = self.ask(request.clone()).await?;
        match answer.get_mut("ok") {
            Some(ok) => Ok(ok.take()),
            None => Err(format!("the peer answered {request} with {answer}").into()),
        }
    }
}

fn expect_equal(what: &str, ours: &Value, theirs: &Value) -> Outcome<()> {
    if ours == theirs {
        return Ok(());
    }
    Err(format!("{what} differ\n   ours: {ours}\n theirs: {theirs}").into())
}
