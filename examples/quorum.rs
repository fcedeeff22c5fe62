//! Two of three must approve a release.

use examples::Outcome;
use macp_sdk::{Client, Credentials, QuorumSession, SessionStart};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let target = std::env::var("MACP_RUNTIME_TARGET")
        .unwrap_or_else(|_| "http://127.0.0.1:50051".to_owned());
    let client = Client::builder(target)
        .allow_insecure()
        .credentials(Credentials::dev_agent("release-bot"))
        .connect()
        .await?;
    let people = ["alice", "bob", "carol"];
    let [alice, bob, _] = people.map(Credentials::dev_agent);

    let mut session = QuorumSession::start(
        &client,
        SessionStart::new("approve release 2.1").participants(people),
    )
    .await?;

    session
        .request_approval("r1", "release.publish", 2)
        .summary("release 2.1")
        .await?;
    session
        .approve("r1")
        .reason("tests are green")
        .sent_by(&alice)
        .await?;
    session.approve("r1").sent_by(&bob).await?;

    println!("approvals: {}", session.projection().approval_count("r1"));
    println!("quorum: {}", session.projection().has_quorum("r1"));
    session
        .commit("quorum.approved", "release")
        .reason("two of three")
        .await?;
    println!("state: {}", session.state().await?);
    Ok(())
}
