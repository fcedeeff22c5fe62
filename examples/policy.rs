//! A policy stands between a decision and its commitment: two of three must vote, two thirds of
//! them in favour, and somebody must have looked into it.

use examples::Outcome;
use macp_sdk::projections::policy::{Algorithm, DecisionRules, Policy};
use macp_sdk::{Client, Credentials, DecisionSession, Recommendation, SessionStart, Vote};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let target = std::env::var("MACP_RUNTIME_TARGET")
        .unwrap_or_else(|_| "http://127.0.0.1:50051".to_owned());
    let client = Client::builder(target)
        .allow_insecure()
        .credentials(Credentials::dev_agent("coordinator"))
        .connect()
        .await?;
    let [alice, bob] = ["alice", "bob"].map(Credentials::dev_agent);

    let rules = DecisionRules::new(Algorithm::Supermajority)
        .threshold(2.0 / 3.0)
        .quorum_count(2)
        .require_vote_quorum(true)
        .minimum_confidence(0.8);
    let policy = Policy::new("policy.release", rules).description("two thirds, after a review");
    // What the runtime would refuse is refused here, with the rule that is broken.
    client.register_policy(policy.to_descriptor()?).await?;

    let mut session = DecisionSession::start(
        &client,
        SessionStart::new("release 2.1?")
            .participants(["coordinator", "alice", "bob"])
            .policy_version(policy.id()),
    )
    .await?;
    session.propose("p1", "release 2.1").await?;

    let too_early = session.commit("decision.approved", "release").reason("now");
    if let Err(error) = too_early.await {
        println!("{}", error.code().ok_or("no refusal")?);
        for denial in error.denials() {
            println!("  {}: {}", denial.code, denial.message);
        }
    }

    session
        .evaluate("p1", Recommendation::Approve, 0.9)
        .reason("tests are green")
        .sent_by(&alice)
        .await?;
    session.vote("p1", Vote::Approve).sent_by(&alice).await?;
    session.vote("p1", Vote::Approve).sent_by(&bob).await?;

    // The policy is asked without a round trip: would it let the outcome pass now?
    let ready = session.projection().commit_readiness(Some(&policy));
    println!("ready to approve: {}", ready.positive);
    session
        .commit("decision.approved", "release")
        .reason("reviewed and voted")
        .await?;
    println!("state: {}", session.state().await?);

    client.unregister_policy(policy.id()).await?;
    Ok(())
}
