//! The suite `examples`: every example runs against a runtime and ends well.

use crate::metadata::{Metadata, Target};
use crate::{runtime, shell, suites};
use macp_test_data::Missing;
use macp_testkit::{BINARY_VARIABLE, Runtime};
use std::error::Error;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::process::Command;

/// No example takes longer, unless it hangs.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Builds and runs all examples, and counts them.
pub(crate) fn run() -> Result<usize, Box<dyn Error>> {
    // The same packages and features as the other suites, so that nothing is built twice.
    shell::run(shell::cargo().args(["build", "--workspace", "--all-features", "--examples"]))?;
    let workspace = Metadata::load(&shell::root().join("Cargo.toml"), &["--no-deps"])?;
    let built = workspace.target_directory.join("debug/examples");
    let examples: Vec<&Target> = workspace
        .packages
        .iter()
        .filter(|package| package.name == "examples")
        .flat_map(|package| &package.targets)
        .filter(|target| target.kind.iter().any(|kind| kind == "example"))
        // Needs the Python SDK: `cargo xtask interop` runs it.
        .filter(|target| target.name != "interop_python")
        .collect();

    let binary = runtime::found_or_installed()?;
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    executor.block_on(async {
        let runtime = Runtime::builder().binary(&binary).start().await?;
        let mut ran = 0;
        for Target { name, .. } in &examples {
            let arguments = match arguments(name) {
                Ok(arguments) => arguments,
                Err(missing) => {
                    suites::allow_missing(&missing)?;
                    println!("example {name} ... skipped, {missing}");
                    continue;
                }
            };
            let program = built.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
            let mut command = Command::new(program);
            command
                .args(arguments)
                .env("MACP_RUNTIME_TARGET", runtime.endpoint())
                .env("MACP_ALLOW_INSECURE", "1")
                // Some bring their own runtime.
                .env(BINARY_VARIABLE, &binary)
                .stdin(Stdio::null())
                .kill_on_drop(true);
            let outcome = run_one(name, &mut command).await;
            if let Err(failure) = outcome {
                println!("example {name} ... FAILED\n{failure}");
                println!("--- the runtime's log ---\n{}", runtime.log());
                return Err(format!("the example {name} failed").into());
            }
            println!("example {name} ... ok");
            ran += 1;
        }
        Ok(ran)
    })
}

async fn run_one(name: &str, command: &mut Command) -> Result<(), Failure> {
    let output = command.output();
    let output = match tokio::time::timeout(TIMEOUT, output).await {
        Ok(output) => output.map_err(Failure::Start)?,
        Err(_) => return Err(Failure::Hangs),
    };
    if !output.status.success() {
        return Err(Failure::Status(output));
    }
    let shown = String::from_utf8_lossy(&output.stdout);
    for expected in expected_lines(name) {
        if !shown.lines().any(|line| line == *expected) {
            return Err(Failure::MissingLine(expected, output));
        }
    }
    Ok(())
}

/// The arguments of the examples that take some.
fn arguments(example: &str) -> Result<Vec<PathBuf>, Missing> {
    Ok(match example {
        "replay" => vec![macp_test_data::golden()?.join("transcripts/decision/001.jsonl")],
        _ => Vec::new(),
    })
}

/// Lines that an example must print.
fn expected_lines(example: &str) -> &'static [&'static str] {
    match example {
        "decision" => &["winner: p1", "state: RESOLVED mode: macp.mode.decision.v1"],
        _ => &[],
    }
}

/// How an example failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("it does not start: {0}")]
    Start(std::io::Error),
    #[error("it did not end within {TIMEOUT:?}")]
    Hangs,
    #[error("it ended with {}\n{}", .0.status, text(.0))]
    Status(Output),
    #[error("it did not print the line `{0}`\n{text}", text = text(.1))]
    MissingLine(&'static str, Output),
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
