//! The project's own tasks.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod codegen;
mod metadata;
mod release;

use std::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result: Result<(), Box<dyn Error>> = match *arguments {
        ["codegen"] => codegen::run(false).map_err(Into::into),
        ["codegen", "--check"] => codegen::run(true).map_err(Into::into),
        ["release"] => release::run(false).map_err(Into::into),
        ["release", "--execute"] => release::run(true).map_err(Into::into),
        _ => Err("usage: cargo xtask codegen [--check] | release [--execute]".into()),
    };
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    eprintln!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
    ExitCode::FAILURE
}
