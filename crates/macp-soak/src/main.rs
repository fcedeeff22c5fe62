//! Sessions through a network and a runtime that fail, for as long as one likes.
//!
//! It fails when a subscriber has anything but the accepted history, when a send was not what it
//! said, when something hangs, and when memory grows. `docs/streams.md` quotes a run.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program's output"
)]

mod faults;
mod memory;
mod session;

use clap::Parser;
use faults::Faults;
use macp_testkit::{FaultProxy, Runtime};
use memory::Memory;
use session::{Counts, Players};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

type Failure = Box<dyn Error + Send + Sync>;

/// Plays sessions through faults, and says what it cost.
#[derive(Parser)]
#[command(name = "macp-soak")]
struct Options {
    /// For how long
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// How many sessions at a time
    #[arg(long, default_value_t = 64)]
    sessions: usize,
    /// Where the runtime keeps its files, to look at them after a failure; otherwise they are
    /// removed
    #[arg(long)]
    data: Option<PathBuf>,
    /// Of the random choices
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("failed: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Failure> {
    let duration = Duration::try_from_secs_f64(options.minutes * 60.0)?;
    let builder = match &options.data {
        Some(folder) => Runtime::builder().file_storage_in(folder),
        None => Runtime::builder().file_storage(),
    };
    let runtime = builder
        .env("MACP_COMPACT_TERMINAL_LOGS", 0)
        // Long enough for whoever was away, and an end to the runtime's own growth.
        .env("MACP_SESSION_RETENTION_SECS", 60)
        .env("MACP_SESSION_DISK_RETENTION_SECS", 120)
        .start()
        .await?;
    let network = FaultProxy::start(runtime.address()).await?;
    let counts = Arc::new(Counts::default());
    let players = Players::new(&network, &runtime, counts.clone()).await?;

    println!(
        "{} sessions at a time for {duration:?}, seed {}",
        options.sessions, options.seed
    );
    let start = Instant::now();
    let end = start + duration;
    let mut random = fastrand::Rng::with_seed(options.seed);
    let mut work = JoinSet::new();
    for _ in 0..options.sessions {
        let (players, mut random) = (players.clone(), random.fork());
        work.spawn(async move {
            while Instant::now() < end {
                players.play(&mut random).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    let faults = tokio::spawn(Faults::new(runtime, network, random).rage_until(end));
    let measuring = tokio::spawn(Memory::sample_until(end, counts.clone()));
    while let Some(worker) = work.join_next().await {
        worker??;
    }
    let faults = faults.await??;
    let memory = measuring.await??;

    println!("{counts}");
    println!("{faults}");
    println!("{memory}");
    memory.check_flat()
}
