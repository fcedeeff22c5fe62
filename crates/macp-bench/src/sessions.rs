//! Sessions through the helpers, whose projections see every message.

use crate::Failure;
use crate::measure::Meter;
use crate::message::{ALICE, BOB, OPTION, RATIONALE, REASON, connect, session_start};
use crate::options::Sessions;
use crate::report::{self, Figures, Latency};
use macp_modes::DecisionSession;
use macp_proto::{Recommendation, Vote};
use macp_transport::{Client, Credentials};
use serde::Serialize;
use std::time::Instant;
use tokio::task::JoinSet;

const MESSAGES_PER_SESSION: usize = 5;

#[derive(Serialize)]
struct Report {
    n: usize,
    concurrency: usize,
    threads: usize,
    #[serde(flatten)]
    figures: Figures,
    #[serde(flatten)]
    latency: Latency,
}

pub(crate) async fn sessions(options: &Sessions) -> Result<(), Failure> {
    let each = options.n / options.concurrency;
    let warmup = (options.warmup / MESSAGES_PER_SESSION / options.concurrency).max(1);
    let client = connect(&options.server.target).await?;
    run(&client, options.concurrency, warmup).await?;
    let meter = Meter::start(options.server.pid)?;
    let seconds = run(&client, options.concurrency, each).await?;
    let measured = meter.stop()?;
    let done = each * options.concurrency;
    report::print(
        "sessions",
        "sessions/s",
        Report {
            n: done,
            concurrency: options.concurrency,
            threads: options.server.threads,
            figures: Figures::new(&measured, done, done * MESSAGES_PER_SESSION)?,
            latency: Latency::new(seconds),
        },
    )
}

/// Workers that hold `each` sessions one after the other; how long each session took.
async fn run(client: &Client, workers: usize, each: usize) -> Result<Vec<f64>, Failure> {
    let mut running = JoinSet::new();
    for _ in 0..workers {
        running.spawn(worker(client.clone(), each));
    }
    let mut seconds = Vec::with_capacity(workers * each);
    while let Some(done) = running.join_next().await {
        seconds.extend(done??);
    }
    Ok(seconds)
}

async fn worker(client: Client, sessions: usize) -> Result<Vec<f64>, Failure> {
    let (alice, bob) = (Credentials::dev_agent(ALICE), Credentials::dev_agent(BOB));
    let mut seconds = Vec::with_capacity(sessions);
    for _ in 0..sessions {
        let begun = Instant::now();
        hold(&client, &alice, &bob).await?;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    Ok(seconds)
}

async fn hold(
    client: &Client,
    alice: &Credentials,
    bob: &Credentials,
) -> Result<(), macp_modes::Error> {
    let mut session = DecisionSession::start(client, session_start()).await?;
    session.propose("p1", OPTION).rationale(RATIONALE).await?;
    session
        .evaluate("p1", Recommendation::Approve, 0.9)
        .reason(REASON)
        .sent_by(alice)
        .await?;
    session
        .vote("p1", Vote::Approve)
        .reason(REASON)
        .sent_by(bob)
        .await?;
    session
        .commit("decision.selected", "bench")
        .reason(REASON)
        .await?;
    Ok(())
}
