use crate::Failure;
use crate::measure::Meter;
use crate::message::{ALICE, OPTION, RATIONALE, REASON, connect, session_start};
use crate::options::Replay;
use crate::report::{self, Figures, Latency, rounded};
use futures_util::TryStreamExt as _;
use macp_modes::DecisionSession;
use macp_proto::{Recommendation, SessionId};
use macp_transport::{Client, Credentials, SessionEvent};
use serde::Serialize;
use std::hint::black_box;
use std::time::Instant;

#[derive(Serialize)]
struct Report {
    n: usize,
    drains: usize,
    threads: usize,
    fill_s: f64,
    fill_server_cpu_s: f64,
    #[serde(flatten)]
    figures: Figures,
    #[serde(flatten)]
    latency: Latency,
}

/// Fills a session, then reads its whole history through subscriptions, one after the other.
pub(crate) async fn replay(options: &Replay) -> Result<(), Failure> {
    let server_pid = options.server.pid;
    let client = connect(&options.server.target).await?;
    let filling = Meter::start(server_pid)?;
    let session_id = fill(&client, options.n).await?;
    let filled = filling.stop()?;
    drain(&client, &session_id, options.n).await?;
    let mut seconds = Vec::with_capacity(options.drains);
    let meter = Meter::start(server_pid)?;
    for _ in 0..options.drains {
        let begun = Instant::now();
        drain(&client, &session_id, options.n).await?;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    let measured = meter.stop()?;
    let done = options.n * options.drains;
    report::print(
        "replay",
        "envelopes/s",
        Report {
            n: options.n,
            drains: options.drains,
            threads: options.server.threads,
            fill_s: rounded(filled.elapsed, 2),
            fill_server_cpu_s: rounded(filled.server_cpu, 2),
            figures: Figures::new(&measured, done, done)?,
            latency: Latency::new(seconds),
        },
    )
}

/// Starts a session and has `accepted` messages accepted in it.
async fn fill(client: &Client, accepted: usize) -> Result<SessionId, Failure> {
    let alice = Credentials::dev_agent(ALICE);
    let mut session = DecisionSession::start(client, session_start()).await?;
    session.propose("p1", OPTION).rationale(RATIONALE).await?;
    for _ in 2..accepted {
        session
            .evaluate("p1", Recommendation::Approve, 0.9)
            .reason(REASON)
            .sent_by(&alice)
            .await?;
    }
    Ok(session.id().clone())
}

/// Reads as many messages as were accepted.
async fn drain(client: &Client, session_id: &SessionId, accepted: usize) -> Result<(), Failure> {
    let mut history = client.subscribe(session_id);
    for _ in 0..accepted {
        match history.try_next().await? {
            Some(SessionEvent::Envelope { envelope, .. }) => drop(black_box(envelope)),
            other => return Err(format!("expected an envelope, got {other:?}").into()),
        }
    }
    Ok(())
}
