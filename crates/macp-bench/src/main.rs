//! The side-by-side workloads, spoken by this SDK: one line of JSON a run.
//!
//! `docs/performance.md` says what each measures and how to compare the lines of several clients.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program's output"
)]

mod history;
mod measure;
mod message;
mod options;
mod projection;
mod replay;
mod report;
mod send;
mod sessions;
mod startup;

use clap::Parser;
use options::{Arguments, Workload};
use std::error::Error;
use std::future::Future;
use std::process::ExitCode;
use tokio::runtime::Builder;

fn main() -> ExitCode {
    match run(Arguments::parse().workload) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut causes = vec![error.to_string()];
            let mut source = error.source();
            while let Some(cause) = source {
                causes.push(cause.to_string());
                source = cause.source();
            }
            eprintln!("{}", causes.join(": "));
            ExitCode::FAILURE
        }
    }
}

fn run(workload: Workload) -> Result<(), Failure> {
    match workload {
        Workload::SendSeq(options) => block_on(options.server.threads, send::in_sequence(&options)),
        Workload::SendConcurrent(options) => {
            block_on(options.sending.server.threads, send::concurrently(&options))
        }
        Workload::Sessions(options) => {
            block_on(options.server.threads, sessions::sessions(&options))
        }
        Workload::Replay(options) => block_on(options.server.threads, replay::replay(&options)),
        Workload::Projection(options) => projection::projection(&options),
        Workload::Startup(options) => startup::startup(&options),
        Workload::Noop => startup::noop(),
        Workload::FirstAck { target } => block_on(0, startup::first_ack(&target)),
    }
}

/// What ends a run without a report.
type Failure = Box<dyn Error + Send + Sync>;

/// Runs on the calling thread alone, or on as many worker threads.
fn block_on(
    threads: usize,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let mut builder = match threads {
        0 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if threads > 0 {
        builder.worker_threads(threads);
    }
    builder.enable_all().build()?.block_on(work)
}
