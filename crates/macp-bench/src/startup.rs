use crate::Failure;
use crate::measure::{Memory, memory_mib};
use crate::message::{connect, session_start};
use crate::options::Startup;
use crate::report::{self, Latency, rounded};
use macp_modes::DecisionSession;
use serde::Serialize;
use std::process::Command;
use std::time::Instant;

#[derive(Serialize)]
struct Report {
    n: usize,
    #[serde(flatten)]
    bare: Latency,
    peak_rss_mib: f64,
    #[serde(flatten)]
    first_ack: Option<FirstAck>,
}

#[derive(Serialize)]
struct FirstAck {
    first_ack_p50_ms: f64,
    first_ack_peak_rss_mib: f64,
}

/// New processes: one that does nothing; with a target, one that starts a session.
pub(crate) fn startup(options: &Startup) -> Result<(), Failure> {
    let (bare, peak_rss_mib) = timed_children(&["noop"], options.runs)?;
    let first_ack = match &options.target {
        None => None,
        Some(target) => {
            let (acked, peak) = timed_children(&["first-ack", "--target", target], options.runs)?;
            Some(FirstAck {
                first_ack_p50_ms: acked.p50_ms,
                first_ack_peak_rss_mib: peak,
            })
        }
    };
    let report = Report {
        n: options.runs,
        bare,
        peak_rss_mib,
        first_ack,
    };
    report::print("startup", "ms", report)
}

/// How long each process took, and the peak memory that the last one printed.
fn timed_children(arguments: &[&str], runs: usize) -> Result<(Latency, f64), Failure> {
    let program = std::env::current_exe()?;
    let mut seconds = Vec::with_capacity(runs);
    let mut peak_mib = 0.0;
    for _ in 0..runs {
        let begun = Instant::now();
        let output = Command::new(&program).args(arguments).output()?;
        seconds.push(begun.elapsed().as_secs_f64());
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        peak_mib = String::from_utf8(output.stdout)?.trim().parse()?;
    }
    Ok((Latency::new(seconds), rounded(peak_mib, 1)))
}

pub(crate) fn noop() -> Result<(), Failure> {
    println!("{}", memory_mib(Memory::Peak)?);
    Ok(())
}

pub(crate) async fn first_ack(target: &str) -> Result<(), Failure> {
    let client = connect(target).await?;
    DecisionSession::start(&client, session_start()).await?;
    noop()
}
