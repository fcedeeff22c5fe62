//! Three agents decide on a deployment: one proposes, one evaluates, one votes, and the first
//! seals the outcome.
//!
//! Run it against a runtime without TLS (`cargo xtask runtime start` starts one):
//!
//! ```text
//! cargo run --example decision
//! ```

use examples::Outcome;
use macp_sdk::{Client, Credentials, DecisionSession, Recommendation, SessionStart, Vote};
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    macp_sdk::logging::init()?;
    let target = std::env::var("MACP_RUNTIME_TARGET")
        .unwrap_or_else(|_| "http://127.0.0.1:50051".to_owned());
    let client = Client::builder(target)
        .allow_insecure()
        .credentials(Credentials::dev_agent("coordinator"))
        .connect()
        .await?;
    // One connection, three voices.
    let alice = Credentials::dev_agent("alice");
    let bob = Credentials::dev_agent("bob");

    let mut session = DecisionSession::start(
        &client,
        SessionStart::new("pick a deployment plan")
            .participants(["coordinator", "alice", "bob"])
            .ttl(Duration::from_secs(60)),
    )
    .await?;
    println!("session: {}", session.id());

    session
        .propose("p1", "deploy v2.1")
        .rationale("tests passed")
        .await?;
    session
        .evaluate("p1", Recommendation::Approve, 0.94)
        .reason("low risk")
        .sent_by(&alice)
        .await?;
    session
        .vote("p1", Vote::Approve)
        .reason("ship it")
        .sent_by(&bob)
        .await?;

    let winner = session
        .projection()
        .majority_winner()
        .ok_or("no majority")?
        .to_owned();
    println!("winner: {winner}");
    session
        .commit("deployment.approved", "release-management")
        .reason(format!("winner={winner}"))
        .await?;

    let metadata = session.metadata().await?;
    println!("state: {} mode: {}", metadata.state, metadata.mode);
    Ok(())
}
