//! A first-line agent hands a case over: one colleague declines, another accepts.

use examples::Outcome;
use macp_sdk::{Client, Credentials, HandoffSession, SessionStart};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let target = std::env::var("MACP_RUNTIME_TARGET")
        .unwrap_or_else(|_| "http://127.0.0.1:50051".to_owned());
    let client = Client::builder(target)
        .allow_insecure()
        .credentials(Credentials::dev_agent("first-line"))
        .connect()
        .await?;
    let billing = Credentials::dev_agent("billing");
    let legal = Credentials::dev_agent("legal");

    let mut session = HandoffSession::start(
        &client,
        SessionStart::new("case 1138").participants(["first-line", "billing", "legal"]),
    )
    .await?;

    session
        .offer("to-billing", "billing")
        .scope("refund")
        .await?;
    session
        .decline("to-billing")
        .reason("over my limit")
        .sent_by(&billing)
        .await?;
    session.offer("to-legal", "legal").scope("refund").await?;
    session
        .add_context("to-legal", "text/plain", "customer since 2019")
        .await?;
    session.accept("to-legal").sent_by(&legal).await?;

    println!(
        "declined: {}",
        session.projection().is_declined("to-billing")
    );
    println!("accepted: {}", session.projection().is_accepted("to-legal"));
    session
        .commit("handoff.accepted", "support")
        .reason("legal takes the case")
        .await?;
    println!("state: {}", session.state().await?);
    Ok(())
}
