//! Replays a recorded session: what happened, step by step, and what came of it. No network.
//!
//! ```text
//! cargo run --example replay -- FILE [--json]
//! ```
//!
//! FILE holds one accepted envelope a line, as `TranscriptWriter` writes it. With `--json` the
//! state is printed as it serializes.

use macp_sdk::projections::transcript::TranscriptReader;
use macp_sdk::projections::{AnyProjection, Applied, Replay, Step};
use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    arguments.retain(|argument| argument != "--json");
    let [file] = arguments.as_slice() else {
        eprintln!("usage: replay FILE [--json]");
        return ExitCode::from(2);
    };
    match run(file, json) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", explain(file, &*error));
            ExitCode::FAILURE
        }
    }
}

fn run(file: &str, json: bool) -> Result<(), Box<dyn Error>> {
    let reader = TranscriptReader::new(BufReader::new(File::open(file)?));
    let history = reader.collect::<Result<Vec<_>, _>>()?;
    if history.is_empty() {
        return Err("holds no envelope".into());
    }
    let mut replay = Replay::of(history)?;
    if json {
        for step in replay.by_ref() {
            let line = step.index + 1;
            step.applied
                .map_err(|error| format!("line {line}: {error}"))?;
        }
        println!("{}", serde_json::to_string_pretty(replay.projection())?);
        return Ok(());
    }

    let mut phase = "";
    while let Some(step) = replay.next() {
        println!("{}", describe(&step, replay.projection()));
        if replay.projection().phase() != phase {
            phase = replay.projection().phase();
            println!("     phase: {phase}");
        }
    }
    print_outcome(replay.projection());
    Ok(())
}

/// One line of the timeline.
fn describe(step: &Step, projection: &AnyProjection) -> String {
    let envelope = &step.envelope;
    let line = step.index + 1;
    let what = format!(
        "{line:>4} {} from {}",
        envelope.message_type, envelope.sender
    );
    match &step.applied {
        Ok(Applied::Recorded) => what,
        Ok(Applied::Anomalous) => {
            let newest = projection.anomalies().last();
            let detail = newest.map_or("", |anomaly| &anomaly.detail);
            format!("{what}: an anomaly, {detail}")
        }
        Ok(other) => format!("{what}: without effect, {other:?}"),
        Err(error) => format!("{what}: without effect, {error}"),
    }
}

fn print_outcome(projection: &AnyProjection) {
    if let Some(binding) = projection.binding() {
        println!("session: {} ({})", binding.session_id, projection.mode());
        println!("started by: {}", binding.initiator);
        println!("participants: {}", binding.participants.join(", "));
        println!("policy: {}", binding.policy_version);
    }
    println!("anomalies: {}", projection.anomalies().len());
    match projection.commitment() {
        Some(commitment) => {
            let polarity = if commitment.outcome_positive {
                "positive"
            } else {
                "negative"
            };
            println!("outcome: {} ({polarity})", commitment.action);
            println!("committed by: {}", commitment.sender);
            println!("because: {}", commitment.reason);
        }
        None => println!("outcome: none yet, phase {}", projection.phase()),
    }
}

/// The error and what caused it, with the file's name in front.
fn explain(file: &str, error: &dyn Error) -> String {
    let mut text = format!("{file}: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
