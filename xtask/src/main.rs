//! The project's own tasks.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program's output"
)]

mod check;
mod codegen;
mod demo;
mod deny;
mod examples;
mod interop;
mod kernel;
mod layers;
mod metadata;
mod release;
mod runtime;
mod shell;
mod soak;
mod suites;

use clap::{Parser, Subcommand};
use std::error::Error;
use std::process::ExitCode;
use suites::Suite;

/// The tasks of this project.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    arg_required_else_help = true
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run the example `decision` against a runtime of its own; install that first if need be
    Demo,
    /// Run the tests: all suites, or those named
    ///
    /// Each suite prints how many of its tests ran, and one in which none ran has failed.
    Test {
        /// What to run
        #[arg(value_enum)]
        suites: Vec<Suite>,
    },
    /// Play sessions through random faults for ten minutes, and fail if memory grows
    Soak {
        /// Arguments of the soak program; `--help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Check format, lints, docs, generated code, layers and dependencies
    Check {
        /// Also look for known vulnerabilities, which needs the network
        #[arg(long)]
        advisories: bool,
    },
    /// What CI runs: check, then every test
    Ci,
    /// Refresh the wire schema from the pinned upstream one, and the Rust code from the schema
    Codegen {
        /// Change nothing; fail on any difference
        #[arg(long)]
        check: bool,
    },
    /// Hold sessions together with the Python SDK, installed under the target folder
    Interop,
    /// The pinned runtime: install it, start it, or print where it is
    Runtime {
        #[command(subcommand)]
        command: runtime::Command,
    },
    /// Package the crates, and publish them if told to
    Release {
        /// Really publish
        #[arg(long)]
        execute: bool,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  because: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<(), Box<dyn Error>> {
    match task {
        Task::Demo => demo::run(),
        Task::Test { suites } => suites::run(&suites),
        Task::Soak { arguments } => soak::run(&arguments),
        Task::Check { advisories } => check::run(advisories),
        Task::Ci => check::run(false).and_then(|()| suites::run(&[])),
        Task::Codegen { check } => Ok(codegen::run(check)?),
        Task::Interop => interop::run(),
        Task::Runtime { command } => runtime::run(command),
        Task::Release { execute } => Ok(release::run(execute)?),
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
