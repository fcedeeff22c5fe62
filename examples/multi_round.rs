//! Two agents converge on one value over two rounds.

use examples::Outcome;
use macp_sdk::{Client, Credentials, MultiRoundSession, SessionStart};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let target = std::env::var("MACP_RUNTIME_TARGET")
        .unwrap_or_else(|_| "http://127.0.0.1:50051".to_owned());
    let client = Client::builder(target)
        .allow_insecure()
        .credentials(Credentials::dev_agent("east"))
        .connect()
        .await?;
    let west = Credentials::dev_agent("west");

    let mut session = MultiRoundSession::start(
        &client,
        SessionStart::new("choose a leader").participants(["east", "west"]),
    )
    .await?;

    session.contribute("node-1").await?;
    session.contribute("node-2").sent_by(&west).await?;
    session.contribute("node-2").await?;

    println!(
        "contributions: {}",
        session.projection().contributions().len()
    );
    session
        .commit("multi_round.converged", "cluster")
        .reason("both chose node-2")
        .await?;
    println!("state: {}", session.state().await?);
    Ok(())
}
