//! Running other programs, and telling the user which.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// Why another program didn't do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{0}` does not start")]
    Start(String, #[source] io::Error),
    #[error("`{0}` failed ({1})")]
    Failed(String, ExitStatus),
}

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    let manifest_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest_folder
        .parent()
        .unwrap_or(manifest_folder)
        .to_owned()
}

/// The cargo that runs this program, in the workspace's folder.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs a program to its end, with its output shown.
pub(crate) fn run(command: &mut Command) -> Result<(), Error> {
    let status = command
        .status()
        .map_err(|source| Error::Start(shown(command), source))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Failed(shown(command), status))
    }
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Announces what is done next.
pub(crate) fn header(title: &str) {
    if io::stdout().is_terminal() {
        println!("\x1b[1;36m==> {title}\x1b[0m");
    } else {
        println!("==> {title}");
    }
}

/// Whether this runs in continuous integration, where nothing may be left out.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Stdio;

    #[test]
    fn a_failure_names_the_command() {
        let mut command = cargo();
        command.args(["no-such-command", "--x"]);
        command.stderr(Stdio::null());
        let error = run(&mut command).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("`cargo no-such-command --x` failed"),
            "{error}"
        );
    }
}
