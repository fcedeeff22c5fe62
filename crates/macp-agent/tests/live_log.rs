//! What participants say, and why something failed, is in no log of ours.
//!
//! A program of its own, because it looks at everything that the process logs.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a panic is the failure of a test"
)]

#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "live/support.rs"]
mod support;

use macp_agent::bootstrap::CancelEndpoint;
use macp_agent::strategy::{Ballot, Evaluation, MajorityCommitter, evaluator_fn, voter_fn};
use macp_agent::{CancelCallback, Ending, ErrorPolicy, HandlerError, Initiation, Participant};
use macp_modes::{DecisionSession, SessionStart};
use macp_projections::decision::DecisionState;
use macp_proto::modes::decision::ProposalPayload;
use macp_proto::v1::PolicyDescriptor;
use macp_proto::{Mode, Recommendation, SessionId, Vote};
use std::future::ready;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use support::{ROSTER, client, ended, participant, runtime, soon, spawn, speaking_as};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;

/// In every text that may be anything.
const MARKER: &str = "marker-5ce0b2";

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn log_ours() {
    let layer = fmt::layer()
        .with_ansi(false)
        .with_span_events(fmt::format::FmtSpan::FULL)
        .with_writer(|| Log);
    let subscriber = tracing_subscriber::registry()
        .with(Targets::new().with_target("macp", LevelFilter::TRACE))
        .with(layer);
    tracing::subscriber::set_global_default(subscriber).unwrap();
}

/// Two must have voted.
fn policy() -> PolicyDescriptor {
    PolicyDescriptor {
        policy_id: "policy.test".into(),
        mode: Mode::Decision.to_string(),
        description: MARKER.into(),
        rules: r#"{"voting":{"algorithm":"majority","threshold":0.5,"quorum":{"type":"count","value":2}},"commitment":{"require_vote_quorum":true}}"#.into(),
        schema_version: 1,
        ..PolicyDescriptor::default()
    }
}

/// Evaluates and votes, and says why.
fn in_favour(participant: Participant<DecisionState>) -> Participant<DecisionState> {
    let evaluation = || Evaluation::new(Recommendation::Approve, 0.9).reason(MARKER);
    let ballot = || Ballot::new(Vote::Approve).reason(MARKER);
    participant
        .evaluator(evaluator_fn(move |_, _| ready(Ok(Some(evaluation())))))
        .voter(voter_fn(move |_, _| ready(Ok(Some(ballot())))))
}

/// A cancel callback whose handler fails, asked to stop for a reason.
async fn fail_to_cancel() {
    let endpoint = CancelEndpoint::new("127.0.0.1", 0, "cancel");
    let failing = |_| ready(Err(HandlerError::message(MARKER)));
    let callback = CancelCallback::bind(&endpoint, failing).await.unwrap();
    let mut stream = TcpStream::connect(callback.local_addr()).await.unwrap();
    let body = format!("{{\"reason\":\"{MARKER}\"}}");
    let request = format!(
        "POST /cancel HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn no_log_of_ours_has_what_was_said() {
    log_ours();
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    client.register_policy(policy()).await.unwrap();
    let session_id = SessionId::random();
    let start = SessionStart::new(MARKER)
        .participants(ROSTER)
        .policy_version("policy.test");
    let proposal = ProposalPayload {
        proposal_id: "p1".into(),
        option: MARKER.into(),
        rationale: MARKER.into(),
        ..ProposalPayload::default()
    };
    let committer = MajorityCommitter::new().quorum_size(1);
    let coordinator = participant(&client, &session_id)
        .initiate(Initiation::new(start).kickoff(proposal))
        .committer(committer);
    let coordinator = spawn(coordinator);
    let named = |name| participant(&speaking_as(&client, name), &session_id);

    // One vote is enough for the committer, and not for the policy.
    let voting = spawn(in_favour(named("alice")));
    let failing = named("alice").on_message(|_| ready(Err(HandlerError::message(MARKER))));
    let failed = soon(failing.run()).await.unwrap_err();
    assert!(format!("{failed:?}").contains(MARKER));
    fail_to_cancel().await;
    logged("refused for now").await;
    let mut session = DecisionSession::join(&client, &session_id).await.unwrap();
    let commit = session.commit("decision.approved", "session");
    let denied = commit.reason(MARKER).await.unwrap_err();

    let skipping = named("bob").on_message(|_| ready(Err(HandlerError::message(MARKER))));
    let skipping = spawn(in_favour(skipping.on_error(ErrorPolicy::Skip)));
    for run in [coordinator, voting, skipping] {
        assert_eq!(ended(run).await.ending, Ending::Resolved);
    }

    let log = LOG.lock().unwrap();
    let log = String::from_utf8_lossy(&log);
    for expected in [
        "refused for now",
        "skipped a failed handler",
        "failed",
        "the cancel callback's handler failed",
        "ended",
    ] {
        assert!(log.contains(expected), "{expected:?} is not in {log}");
    }
    assert!(!log.contains(MARKER), "{log}");
    assert!(!log.contains(&denied.to_string()), "{log}");
    assert!(!denied.denials().is_empty());
    for denial in denied.denials() {
        assert!(
            !log.contains(&denial.message),
            "{} is in {log}",
            denial.message
        );
    }
}

/// Waits until a text is in the log.
async fn logged(text: &str) {
    let appears = async {
        while !String::from_utf8_lossy(&LOG.lock().unwrap()).contains(text) {
            tokio::task::yield_now().await;
        }
    };
    soon(appears).await;
}
