//! The suite `examples`: every example runs against a runtime and ends well.

use crate::metadata::{Metadata, Target};
use crate::{runtime, shell, suites};
use macp_test_data::Missing;
use macp_testkit::{BINARY_VARIABLE, Runtime};
use std::error::Error;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::process::Command;

/// No example takes longer, unless it hangs.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Where no runtime listens: a port of a service that nobody has any more.
const NOBODY: &str = "http://127.0.0.1:1";

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
            let runs = match runs(name) {
                Ok(runs) => runs,
                Err(missing) => {
                    suites::allow_missing(&missing)?;
                    println!("example {name} ... skipped, {missing}");
                    continue;
                }
            };
            let program = built.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
            for run in &runs {
                let mut command = Command::new(&program);
                command
                    .args(&run.arguments)
                    .env("MACP_RUNTIME_TARGET", runtime.endpoint())
                    .env("MACP_ALLOW_INSECURE", "1")
                    // Some bring their own runtime.
                    .env(BINARY_VARIABLE, &binary)
                    .stdin(Stdio::null())
                    .kill_on_drop(true);
                if let Err(failure) = run.watch(&mut command).await {
                    println!("example {name} ... FAILED\n{failure}");
                    println!("--- the runtime's log ---\n{}", runtime.log());
                    return Err(format!("the example {name} failed").into());
                }
            }
            println!("example {name} ... ok");
            ran += 1;
        }
        fails_in_words(&built.join(format!("decision{}", std::env::consts::EXE_SUFFIX))).await?;
        Ok(ran)
    })
}

/// An example that finds no runtime says what to do, in words.
async fn fails_in_words(program: &Path) -> Result<(), Box<dyn Error>> {
    let output = Command::new(program)
        .env("MACP_RUNTIME_TARGET", NOBODY)
        .stdin(Stdio::null())
        .output()
        .await?;
    let said = text(&output);
    if output.status.success() || !said.contains("`cargo xtask runtime start`") {
        return Err(format!("without a runtime, an example says only\n{said}").into());
    }
    println!("without a runtime ... ok");
    Ok(())
}

/// One way to start an example, and what it must print then.
struct Run {
    arguments: Vec<OsString>,
    /// Texts, each within a line.
    expected: &'static [&'static str],
}

impl Run {
    fn bare(expected: &'static [&'static str]) -> Self {
        Self {
            arguments: Vec::new(),
            expected,
        }
    }

    async fn watch(&self, command: &mut Command) -> Result<(), Failure> {
        let output = match tokio::time::timeout(TIMEOUT, command.output()).await {
            Ok(output) => output.map_err(Failure::Start)?,
            Err(_) => return Err(Failure::Hangs),
        };
        if !output.status.success() {
            return Err(Failure::Status(output));
        }
        let shown = String::from_utf8_lossy(&output.stdout);
        for expected in self.expected {
            if !shown.lines().any(|line| line.contains(expected)) {
                return Err(Failure::Missing(expected, output));
            }
        }
        Ok(())
    }
}

/// How an example is run: once, unless it has several ways.
fn runs(example: &str) -> Result<Vec<Run>, Missing> {
    Ok(match example {
        "decision" => vec![Run::bare(&[
            "winner: p1",
            "state: RESOLVED mode: macp.mode.decision.v1",
        ])],
        "proposal" => vec![Run::bare(&["agreed: offer-2", "state: RESOLVED"])],
        "task" => vec![Run::bare(&["progress: 1", "state: RESOLVED"])],
        "handoff" => vec![Run::bare(&[
            "declined: true",
            "accepted: true",
            "state: RESOLVED",
        ])],
        "quorum" => vec![Run::bare(&[
            "approvals: 2",
            "quorum: true",
            "state: RESOLVED",
        ])],
        "multi_round" => vec![Run::bare(&["contributions: 3", "state: RESOLVED"])],
        "policy" => vec![Run::bare(&[
            "POLICY_DENIED",
            "confidence_below_minimum: ",
            "ready to approve: true",
            "state: RESOLVED",
        ])],
        "agents_one_process" => vec![Run::bare(&[
            "outcome: deployment.approved (majority winner: p1)",
            "observer: RESOLVED",
            "coordinator: RESOLVED",
        ])],
        "agents_many_processes" => vec![Run::bare(&[
            "bob: killed",
            "bob: started again",
            "bob: RESOLVED",
            "outcome: deployment.approved (majority winner: p1)",
            "state: RESOLVED",
        ])],
        // The examples that ran before it left their sessions at the runtime.
        "observer" => vec![Run::bare(&[
            "macp.mode.decision.v1   RESOLVED",
            "macp.mode.handoff.v1    RESOLVED",
        ])],
        "replay" => {
            let task = "transcripts/adversarial/task_duplicate_accept_01.jsonl";
            let file = macp_test_data::golden()?.join(task).into_os_string();
            vec![
                Run {
                    arguments: vec![file.clone()],
                    expected: &[
                        "TaskAccept from rival: an anomaly",
                        "phase: Completed",
                        "anomalies: 2",
                        "outcome: none yet, phase Completed",
                    ],
                },
                Run {
                    arguments: vec![file, "--json".into()],
                    expected: &[
                        r#""mode": "macp.mode.task.v1","#,
                        r#""kind": "duplicate_task_accept","#,
                    ],
                },
            ]
        }
        // A new example ends well; say here what else it must do.
        _ => vec![Run::bare(&[])],
    })
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
    #[error("it did not print `{0}`\n{text}", text = text(.1))]
    Missing(&'static str, Output),
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
