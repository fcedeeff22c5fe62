//! `cargo xtask soak`: sessions through random faults, for as long as one likes.

use crate::{runtime, shell};
use macp_testkit::BINARY_VARIABLE;
use std::error::Error;

/// Runs the soak program with these arguments.
pub(crate) fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    shell::run(
        shell::cargo()
            .args(["run", "--package=macp-soak", "--"])
            .args(arguments)
            .env(BINARY_VARIABLE, runtime::found_or_installed()?),
    )?;
    Ok(())
}
