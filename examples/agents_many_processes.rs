//! The agents of `agents_one_process`, each a process of its own with its own token, started from
//! nothing but a bootstrap file. One of them is killed in the middle of the session and started
//! again, and the session is decided all the same.
//!
//! It brings its own runtime (`cargo xtask runtime install` builds it):
//!
//! ```text
//! cargo run --example agents_many_processes
//! ```

use examples::Outcome;
use macp_sdk::agent::bootstrap::PATH_VARIABLE;
use macp_sdk::agent::strategy::{
    Ballot, Evaluation, MajorityCommitter, MajorityVoter, evaluator_fn, voter_fn,
};
use macp_sdk::agent::{Bootstrap, Participant};
use macp_sdk::projections::decision::DecisionState;
use macp_sdk::{Client, Credentials, DecisionSession, Recommendation, SessionId, SessionState};
use macp_testkit::{Runtime, StaticToken};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tokio::process::{Child, Command};

const AGENTS: [&str; 3] = ["coordinator", "alice", "bob"];
const EVALUATORS: usize = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    macp_sdk::logging::init()?;
    // This program is both: the one that starts the agents, and each agent.
    if std::env::var_os(PATH_VARIABLE).is_some() {
        agent().await
    } else {
        stage().await
    }
}

/// One agent. All that it is stands in its bootstrap file.
async fn agent() -> Outcome {
    let bootstrap = Bootstrap::load(None)?;
    let client = bootstrap.client().connect().await?;
    let participant = Participant::<DecisionState>::from_bootstrap(&client, &bootstrap)?;
    let participant = if bootstrap.initiator.is_some() {
        participant.committer(
            MajorityCommitter::new()
                .quorum_size(EVALUATORS)
                .action("deployment.approved")
                .authority_scope("release-management"),
        )
    } else {
        let evaluator = evaluator_fn(|_, proposal| async move {
            Ok(Some(
                Evaluation::new(Recommendation::Approve, 0.9).reason(proposal.rationale),
            ))
        });
        let voter = voter_fn(|ctx, proposal_id| async move {
            if ctx.projection().evaluations().len() < EVALUATORS {
                return Ok(None);
            }
            let vote = MajorityVoter::new().decide(ctx.projection(), &proposal_id);
            Ok(vote.map(Ballot::new))
        });
        participant.evaluator(evaluator).voter(voter)
    };
    let ended = participant.run().await?;
    println!("{}: {}", bootstrap.participant_id, ended.ending);
    Ok(())
}

/// Starts the runtime and the agents, kills one, starts it again, and looks at the outcome.
async fn stage() -> Outcome {
    let mut runtime = Runtime::builder();
    for name in AGENTS {
        runtime = runtime.token(StaticToken::new(token(name), name));
    }
    let observer = StaticToken::new(token("observer"), "observer").observer();
    let runtime = runtime.token(observer).start().await?;
    let session_id = SessionId::random();
    let folder = tempfile::tempdir()?;
    let start = |name| start(name, folder.path(), &runtime, &session_id);

    // Bob evaluates and then waits for Alice, who is not there yet.
    let mut agents = vec![start("coordinator")?];
    let mut bob = start("bob")?;
    let client = Client::builder(runtime.endpoint())
        .allow_insecure()
        .credentials(Credentials::bearer(token("observer"))?.expect_sender("observer"))
        .connect()
        .await?;
    let session = DecisionSession::join(&client, &session_id).await?;
    session
        .wait_until(|projection| !projection.evaluations().is_empty())
        .await?;
    bob.kill().await?;
    println!("bob: killed");

    agents.push(start("alice")?);
    session
        .wait_until(|projection| projection.evaluations().len() == EVALUATORS)
        .await?;
    println!("bob: started again");
    agents.push(start("bob")?);

    for agent in &mut agents {
        let status = agent.wait().await?;
        if !status.success() {
            return Err(format!("an agent ended with {status}").into());
        }
    }
    let commitment = session.wait_for_commitment().await?;
    println!("outcome: {} ({})", commitment.action, commitment.reason);
    let state = session.wait_for_end().await?;
    println!("state: {state}");
    if state != SessionState::Resolved {
        return Err(format!("the session is {state}").into());
    }
    Ok(())
}

/// Starts an agent in a process of its own.
fn start(name: &str, folder: &Path, runtime: &Runtime, session_id: &SessionId) -> Outcome<Child> {
    let path = write_bootstrap(name, folder, runtime, session_id)?;
    let agent = Command::new(std::env::current_exe()?)
        .env(PATH_VARIABLE, path)
        .kill_on_drop(true)
        .spawn()?;
    Ok(agent)
}

fn write_bootstrap(
    name: &str,
    folder: &Path,
    runtime: &Runtime,
    session_id: &SessionId,
) -> Outcome<PathBuf> {
    let mut bootstrap = json!({
        "participant_id": name,
        "session_id": session_id.as_str(),
        "mode": "macp.mode.decision.v1",
        "runtime_url": runtime.endpoint(),
        "secure": false,
        "allow_insecure": true,
        "auth_token": token(name),
        "participants": AGENTS,
    });
    if name == "coordinator" {
        bootstrap["initiator"] = initiator();
    }
    let path = folder.join(format!("{name}.json"));
    std::fs::write(&path, bootstrap.to_string())?;
    Ok(path)
}

fn initiator() -> Value {
    json!({
        "session_start": { "intent": "pick a deployment plan", "ttl_ms": 60_000 },
        "kickoff": {
            "message_type": "Proposal",
            "payload": {
                "proposal_id": "p1",
                "option": "deploy v2.1",
                "rationale": "tests passed",
            },
        },
    })
}

fn token(name: &str) -> String {
    format!("token-of-{name}")
}
