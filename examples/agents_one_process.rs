//! Four agents in one process, over one connection: a coordinator that starts the session and
//! seals it, two evaluators that also vote, and an observer that only looks. Strategies decide.
//!
//! Run it against a runtime without TLS (`cargo xtask runtime start` starts one):
//!
//! ```text
//! cargo run --example agents_one_process
//! ```

use examples::Outcome;
use macp_sdk::agent::strategy::{
    Ballot, Evaluation, MajorityCommitter, MajorityVoter, evaluator_fn, voter_fn,
};
use macp_sdk::agent::{Ending, Initiation, Participant, Supervisor};
use macp_sdk::projections::decision::DecisionState;
use macp_sdk::proto::modes::decision::ProposalPayload;
use macp_sdk::{Client, Credentials, Recommendation, SessionId, SessionStart};
use std::time::Duration;

const EVALUATORS: [&str; 2] = ["alice", "bob"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    macp_sdk::logging::init()?;
    let target = std::env::var("MACP_RUNTIME_TARGET")
        .unwrap_or_else(|_| "http://127.0.0.1:50051".to_owned());
    let client = Client::builder(target).allow_insecure().connect().await?;
    let session_id = SessionId::random();
    // The same connection, with another voice for each agent.
    let agent = |name: &str| {
        let client = client.with_credentials(Credentials::dev_agent(name));
        Participant::<DecisionState>::new(&client, &session_id)
    };

    let mut supervisor = Supervisor::new();
    // They may start before the session: they wait for it.
    for name in EVALUATORS {
        supervisor.start(evaluating(agent(name)));
    }
    supervisor.start(observing(agent("observer")));
    supervisor.start(coordinating(agent("coordinator")));

    while let Some(exit) = supervisor.next().await {
        let ending = exit.result?.ending;
        println!("{}: {ending}", exit.participant_id);
        if ending != Ending::Resolved {
            return Err(format!("the session is {ending}").into());
        }
    }
    Ok(())
}

fn coordinating(participant: Participant<DecisionState>) -> Participant<DecisionState> {
    let start = SessionStart::new("pick a deployment plan")
        .participants(["coordinator", "alice", "bob", "observer"])
        .ttl(Duration::from_secs(60));
    let proposal = ProposalPayload {
        proposal_id: "p1".into(),
        option: "deploy v2.1".into(),
        rationale: "tests passed".into(),
        ..Default::default()
    };
    let committer = MajorityCommitter::new()
        .quorum_size(EVALUATORS.len())
        .action("deployment.approved")
        .authority_scope("release-management");
    participant
        .initiate(Initiation::new(start).kickoff(proposal))
        .committer(committer)
}

fn evaluating(participant: Participant<DecisionState>) -> Participant<DecisionState> {
    let evaluator = evaluator_fn(|ctx, proposal| async move {
        let evaluation = match ctx.participant_id() {
            "alice" => Evaluation::new(Recommendation::Approve, 0.9).reason(proposal.rationale),
            _ => Evaluation::new(Recommendation::Review, 0.6).reason("the cost is not known"),
        };
        Ok(Some(evaluation))
    });
    // Voting ends the evaluations, so a voter waits for all of them.
    let voter = voter_fn(|ctx, proposal_id| async move {
        if ctx.projection().evaluations().len() < EVALUATORS.len() {
            return Ok(None);
        }
        let vote = MajorityVoter::new().decide(ctx.projection(), &proposal_id);
        Ok(vote.map(|vote| Ballot::new(vote).reason("as the evaluations say")))
    });
    participant.evaluator(evaluator).voter(voter)
}

fn observing(participant: Participant<DecisionState>) -> Participant<DecisionState> {
    participant
        .on_message(|ctx| async move {
            if let Some(message) = ctx.message() {
                let (sender, message_type) = (&message.sender, &message.message_type);
                println!("{}. {message_type} of {sender}", ctx.sequence());
            }
            Ok(())
        })
        .on_any_phase(|_, phase| async move {
            println!("   -> {phase}");
            Ok(())
        })
        .on_end(|ctx, _| async move {
            if let Some(commitment) = ctx.projection().commitment() {
                println!("outcome: {} ({})", commitment.action, commitment.reason);
            }
            Ok(())
        })
}
