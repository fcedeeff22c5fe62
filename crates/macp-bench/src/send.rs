//! Messages without a session object: what [`Client::send`] costs.

use crate::Failure;
use crate::measure::Meter;
use crate::message::{COORDINATOR, connect, envelope, proposal};
use crate::options::{SendConcurrent, Sending};
use crate::report::{self, Figures, Latency};
use macp_modes::DecisionSession;
use macp_proto::{Mode, SessionId};
use macp_transport::Client;
use serde::Serialize;
use std::ops::Range;
use std::time::Instant;
use tokio::task::JoinSet;

/// A proposal to make: the session, and the proposal's id in it.
type Turn = (SessionId, String);

#[derive(Serialize)]
struct Report {
    n: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<usize>,
    threads: usize,
    #[serde(flatten)]
    figures: Figures,
    #[serde(flatten)]
    latency: Latency,
}

/// One message in flight; the session changes every `per_session` messages.
pub(crate) async fn in_sequence(options: &Sending) -> Result<(), Failure> {
    let client = connect(&options.server.target).await?;
    let turns = turns(&client, options.warmup + options.n, options.per_session).await?;
    let (warmup, timed) = turns.split_at(options.warmup);
    propose(&client, warmup).await?;
    let meter = Meter::start(options.server.pid)?;
    let seconds = propose(&client, &timed[..options.n]).await?;
    let measured = meter.stop()?;
    report::print(
        "send-seq",
        "msgs/s",
        Report {
            n: options.n,
            concurrency: None,
            threads: options.server.threads,
            figures: Figures::new(&measured, options.n, options.n)?,
            latency: Latency::new(seconds),
        },
    )
}

/// Workers, each with one message in flight in its own sessions.
pub(crate) async fn concurrently(options: &SendConcurrent) -> Result<(), Failure> {
    let sending = &options.sending;
    let each = sending.n / options.concurrency;
    let warmup = (sending.warmup / options.concurrency).max(1);
    let client = connect(&sending.server.target).await?;
    let mut workers = Vec::new();
    for _ in 0..options.concurrency {
        workers.push(turns(&client, warmup + each, sending.per_session).await?);
    }
    let (workers, _) = run(&client, workers, 0..warmup).await?;
    let meter = Meter::start(sending.server.pid)?;
    let (_, seconds) = run(&client, workers, warmup..warmup + each).await?;
    let measured = meter.stop()?;
    let done = each * options.concurrency;
    report::print(
        "send-concurrent",
        "msgs/s",
        Report {
            n: done,
            concurrency: Some(options.concurrency),
            threads: sending.server.threads,
            figures: Figures::new(&measured, done, done)?,
            latency: Latency::new(seconds),
        },
    )
}

/// Lets each worker take its turns of `range`; gives the workers back, and the times.
async fn run(
    client: &Client,
    workers: Vec<Vec<Turn>>,
    range: Range<usize>,
) -> Result<(Vec<Vec<Turn>>, Vec<f64>), Failure> {
    let mut running = JoinSet::new();
    for turns in workers {
        let (client, range) = (client.clone(), range.clone());
        running.spawn(async move {
            let seconds = propose(&client, &turns[range]).await?;
            Ok::<_, Failure>((turns, seconds))
        });
    }
    let (mut workers, mut seconds) = (Vec::new(), Vec::new());
    while let Some(done) = running.join_next().await {
        let (turns, took) = done??;
        workers.push(turns);
        seconds.extend(took);
    }
    Ok((workers, seconds))
}

async fn propose(client: &Client, turns: &[Turn]) -> Result<Vec<f64>, Failure> {
    let mut seconds = Vec::with_capacity(turns.len());
    for (session_id, proposal_id) in turns {
        let begun = Instant::now();
        let proposal = proposal(proposal_id);
        let envelope = envelope(&Mode::Decision, session_id, COORDINATOR, &proposal)?;
        client.send(envelope).await?;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    Ok(seconds)
}

/// Starts enough sessions for `count` proposals.
async fn turns(client: &Client, count: usize, per_session: usize) -> Result<Vec<Turn>, Failure> {
    let mut turns = Vec::with_capacity(count + per_session);
    while turns.len() < count {
        let session = DecisionSession::start(client, crate::message::session_start()).await?;
        turns.extend((0..per_session).map(|i| (session.id().clone(), format!("p{i}"))));
    }
    Ok(turns)
}
