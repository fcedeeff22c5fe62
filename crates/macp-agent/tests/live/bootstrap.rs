use crate::support::{approving, ended, soon, spawn};
use macp_agent::strategy::{MajorityCommitter, MajorityVoter};
use macp_agent::{Bootstrap, Ending, Participant};
use macp_projections::decision::DecisionState;
use macp_projections::task::TaskState;
use macp_proto::SessionId;
use macp_testkit::{Runtime, StaticToken};
use serde_json::{Value, json};

/// The file of one participant, with a token of its own.
fn file(runtime: &Runtime, session_id: &SessionId, name: &str) -> Value {
    json!({
        "participant_id": name,
        "session_id": session_id.as_str(),
        "mode": "macp.mode.decision.v1",
        "runtime_url": runtime.endpoint(),
        "secure": false,
        "allow_insecure": true,
        "auth_token": format!("token-of-{name}"),
        "participants": ["coordinator", "alice", "bob"],
    })
}

async fn from(file: Value) -> Participant<DecisionState> {
    let bootstrap = Bootstrap::from_json(&file.to_string()).unwrap();
    let client = bootstrap.client().connect().await.unwrap();
    Participant::from_bootstrap(&client, &bootstrap).unwrap()
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn bootstrap_files_are_all_that_a_decision_takes() {
    let mut runtime = Runtime::builder();
    for name in ["coordinator", "alice", "bob"] {
        runtime = runtime.token(StaticToken::new(format!("token-of-{name}"), name));
    }
    let runtime = runtime.start().await.unwrap();
    let session_id = SessionId::random();
    let mut runs = Vec::new();
    for name in ["alice", "bob"] {
        let voter = from(file(&runtime, &session_id, name)).await;
        runs.push(spawn(
            voter.evaluator(approving()).voter(MajorityVoter::new()),
        ));
    }
    let mut initiator = file(&runtime, &session_id, "coordinator");
    initiator["policy_version"] = "policy.default".into();
    initiator["initiator"] = json!({
        "session_start": { "intent": "pick a plan", "ttl_ms": 60_000,
            "extensions": { "vendor": "pack" } },
        "kickoff": { "message_type": "Proposal",
            "payload": { "option": "deploy", "rationale": "tests passed" } },
    });
    let committer = MajorityCommitter::new().quorum_size(2);
    runs.push(spawn(from(initiator).await.committer(committer)));
    for run in runs {
        let ended = ended(run).await;
        assert_eq!(ended.ending, Ending::Resolved);
        let proposal = ended.projection.proposals().next().unwrap();
        assert_eq!(proposal.proposal_id, format!("{session_id}-kickoff"));
        assert_eq!(proposal.rationale, "tests passed");
    }
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_file_of_another_mode_is_refused() {
    let runtime = soon(Runtime::start()).await.unwrap();
    let file = file(&runtime, &SessionId::random(), "alice").to_string();
    let bootstrap = Bootstrap::from_json(&file).unwrap();
    let client = bootstrap.client().connect().await.unwrap();
    let error = Participant::<TaskState>::from_bootstrap(&client, &bootstrap).unwrap_err();
    assert_eq!(error.field(), "mode");
}
