//! `cargo xtask test`: the test suites, each with the number of tests that ran.

use crate::{examples, kernel, runtime, shell};
use macp_test_data::Missing;
use macp_testkit::BINARY_VARIABLE;
use std::error::Error;
use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::process::{Command, Stdio};

/// A set of tests that run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Suite {
    /// Everything that needs no runtime: unit tests, tests of behaviour, doc tests
    Unit,
    /// The projections against recorded histories
    Golden,
    /// Behaviour against a real runtime
    Live,
    /// Every example, run to its end
    Examples,
    /// The runtime's own conformance fixtures, through our session helpers
    Conformance,
    /// The projections against the reference kernel, in process
    Kernel,
    /// Subscriptions and sends over a network that fails and a runtime that dies
    Faults,
}

const ALL: [Suite; 7] = [
    Suite::Unit,
    Suite::Golden,
    Suite::Live,
    Suite::Examples,
    Suite::Conformance,
    Suite::Kernel,
    Suite::Faults,
];

/// Runs the suites, or all when none is named: every one of them, also after a failure.
pub(crate) fn run(suites: &[Suite]) -> Result<(), Box<dyn Error>> {
    let suites = if suites.is_empty() { &ALL } else { suites };
    let mut summary = Vec::new();
    let mut failed = Vec::new();
    for suite in suites {
        let name = suite.name();
        shell::header(&format!("suite {name}"));
        let line = match suite.run() {
            Ok(Outcome::Passed(0)) => {
                failed.push(name);
                format!("suite {name}: FAILED, none of its tests ran")
            }
            Ok(Outcome::Passed(ran)) => format!("suite {name}: {ran} ran, all passed"),
            Ok(Outcome::Skipped(missing)) => format!("suite {name}: skipped, {missing}"),
            Err(error) => {
                failed.push(name);
                format!("suite {name}: FAILED, {error}")
            }
        };
        println!("{line}");
        summary.push(line);
    }
    shell::header("summary");
    println!("{}", summary.join("\n"));
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(", ")).into())
    }
}

impl Suite {
    fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Golden => "golden",
            Self::Live => "live",
            Self::Examples => "examples",
            Self::Conformance => "conformance",
            Self::Kernel => "kernel",
            Self::Faults => "faults",
        }
    }

    /// Runs it. An error if a test failed, or in continuous integration if what it needs is absent.
    fn run(self) -> Result<Outcome, Box<dyn Error>> {
        let mut command = match self {
            Self::Unit => {
                // With the package, the runtime's own test vectors are part of it.
                if let Err(missing) = macp_test_data::download_runtime_package() {
                    allow_missing(&missing)?;
                    println!("left out: {missing}");
                }
                workspace_tests(&[])
            }
            Self::Golden => {
                if let Err(missing) = macp_test_data::golden() {
                    allow_missing(&missing)?;
                    return Ok(Outcome::Skipped(missing));
                }
                workspace_tests(&["--test=golden*"])
            }
            Self::Live => {
                // It holds the conventions for telemetry.
                macp_test_data::download_runtime_package()?;
                with_runtime(workspace_tests(&["--test=live*", "--", "--ignored"]))?
            }
            Self::Examples => return Ok(Outcome::Passed(examples::run()?)),
            Self::Conformance => {
                macp_test_data::download_runtime_package()?;
                with_runtime(workspace_tests(&[
                    "--test=conformance*",
                    "--",
                    "--include-ignored",
                ]))?
            }
            Self::Kernel => {
                let mut command = kernel::cargo("test");
                command.args(["--no-fail-fast", "--", "--include-ignored"]);
                command
            }
            // One at a time: what they measure must not depend on one another.
            Self::Faults => with_runtime(workspace_tests(&[
                "--test=faults*",
                "--",
                "--ignored",
                "--test-threads=1",
            ]))?,
        };
        Ok(Outcome::Passed(counted(&mut command)?))
    }
}

/// What became of a suite in which nothing failed.
enum Outcome {
    /// So many tests ran.
    Passed(usize),
    /// It needs what is not there.
    Skipped(Missing),
}

/// Missing test data is an error in continuous integration, where nothing may be left out.
pub(crate) fn allow_missing(missing: &Missing) -> Result<(), Missing> {
    if shell::in_ci() {
        Err(missing.clone())
    } else {
        Ok(())
    }
}

/// `cargo test` over the workspace.
///
/// Always with the same packages and features, so that all suites share one build.
fn workspace_tests(arguments: &[&str]) -> Command {
    let mut command = shell::cargo();
    command
        .args(["test", "--workspace", "--all-features", "--no-fail-fast"])
        .args(arguments);
    command
}

fn with_runtime(mut command: Command) -> Result<Command, macp_testkit::Error> {
    command.env(BINARY_VARIABLE, runtime::found_or_installed()?);
    Ok(command)
}

/// Runs a command, shows its output, and adds up what its test programs passed.
fn counted(command: &mut Command) -> Result<usize, shell::Error> {
    if std::io::stdout().is_terminal() {
        // The output is read here on its way, so cargo and the tests see no terminal.
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|source| shell::Error::Start(shell::shown(command), source))?;
    let mut passed = 0;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            println!("{line}");
            passed += passed_tests(&line).unwrap_or(0);
        }
    }
    let status = child
        .wait()
        .map_err(|source| shell::Error::Start(shell::shown(command), source))?;
    if status.success() {
        Ok(passed)
    } else {
        Err(shell::Error::Failed(shell::shown(command), status))
    }
}

/// The number in a test program's last line, as in `test result: ok. 3 passed; 0 failed; ...`.
fn passed_tests(line: &str) -> Option<usize> {
    let (before, _) = line.strip_prefix("test result: ")?.split_once(" passed;")?;
    before.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum as _;

    #[test]
    fn all_means_every_suite_once() {
        assert_eq!(ALL, Suite::value_variants());
        for suite in ALL {
            let name = suite.to_possible_value().unwrap();
            assert_eq!(name.get_name(), suite.name());
        }
    }

    #[test]
    fn the_count_is_read_from_a_test_programs_last_line() {
        let line = "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured";
        assert_eq!(passed_tests(line), Some(12));
        let coloured = "test result: \x1b[32mok\x1b[0m. 7 passed; 0 failed; 0 ignored";
        assert_eq!(passed_tests(coloured), Some(7));
        assert_eq!(passed_tests("test parses_12 passed; ... ok"), None);
        assert_eq!(passed_tests("running 3 tests"), None);
    }
}
