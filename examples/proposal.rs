//! A buyer and a seller negotiate: a proposal, a counter-proposal, and both accept it.

use examples::Outcome;
use macp_sdk::{Client, Credentials, ProposalSession, SessionStart};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let target = std::env::var("MACP_RUNTIME_TARGET")
        .unwrap_or_else(|_| "http://127.0.0.1:50051".to_owned());
    let client = Client::builder(target)
        .allow_insecure()
        .credentials(Credentials::dev_agent("buyer"))
        .connect()
        .await?;
    let seller = Credentials::dev_agent("seller");

    let mut session = ProposalSession::start(
        &client,
        SessionStart::new("agree on a price").participants(["buyer", "seller"]),
    )
    .await?;

    session
        .propose("offer-1", "900 for 10 units")
        .summary("delivery included")
        .await?;
    session
        .counter_propose("offer-2", "offer-1", "950 for 10 units")
        .sent_by(&seller)
        .await?;
    for agent in [Credentials::dev_agent("buyer"), seller] {
        session.accept("offer-2").sent_by(&agent).await?;
    }

    let agreed = session
        .projection()
        .accepted_proposal()
        .ok_or("no agreement")?
        .to_owned();
    session
        .commit("proposal.accepted", "procurement")
        .reason(format!("agreed={agreed}"))
        .await?;
    println!("agreed: {agreed}");
    println!("state: {}", session.state().await?);
    Ok(())
}
