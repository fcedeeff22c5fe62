//! `cargo xtask runtime`: the pinned runtime on this machine.

use crate::shell;
use macp_testkit::{BINARY_VARIABLE, Installer, runtime_binary};
use std::error::Error;
use std::path::PathBuf;
use std::process;

/// What to do with the runtime.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Build the runtime into the user's cache folder, unless it is there
    Install,
    /// Start it in the foreground: plaintext, in memory, any token is the name of its sender
    ///
    /// Variables of the environment that the runtime knows win.
    Start {
        /// Where to listen
        #[arg(long, default_value = "127.0.0.1:50051")]
        address: String,
    },
    /// Print the path of the binary that tests and examples use
    Path,
}

pub(crate) fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Install => println!("{}", found_or_installed()?.display()),
        Command::Path => println!("{}", runtime_binary()?.display()),
        Command::Start { address } => start(&address)?,
    }
    Ok(())
}

/// The runtime to use, built first when there is none.
pub(crate) fn found_or_installed() -> Result<PathBuf, macp_testkit::Error> {
    if std::env::var_os(BINARY_VARIABLE).is_some_and(|path| !path.is_empty()) {
        return runtime_binary();
    }
    Installer::new()?.install(|line| eprintln!("{line}"))
}

fn start(address: &str) -> Result<(), Box<dyn Error>> {
    let mut command = process::Command::new(found_or_installed()?);
    for (name, value) in [
        ("MACP_ALLOW_INSECURE", "1"),
        ("MACP_MEMORY_ONLY", "1"),
        ("MACP_BIND_ADDR", address),
        ("RUST_LOG", "info"),
    ] {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    shell::run(&mut command)?;
    Ok(())
}
