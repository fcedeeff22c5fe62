use crate::Error;
use crate::binary::{FEATURES, RUNTIME_VERSION, binary_in, install_root};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long the build may be silent before progress says that it still goes on.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Builds the pinned runtime from its registry package and keeps it in the user's cache folder.
///
/// It needs cargo and a C compiler, and takes minutes, once: the folder is named after version and
/// features, and every project on the machine finds it. `protoc`, which the build runs, need not be
/// installed; the variable `PROTOC` names another.
///
/// ```no_run
/// use macp_testkit::{Installer, Runtime};
///
/// # async fn test() -> Result<(), macp_testkit::Error> {
/// let binary = Installer::new()?.install(|line| eprintln!("{line}"))?;
/// let runtime = Runtime::builder().binary(binary).start().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Installer {
    root: PathBuf,
}

impl Installer {
    /// Installs where [`runtime_binary`](crate::runtime_binary) looks.
    pub fn new() -> Result<Self, Error> {
        install_root().map(Self::in_folder)
    }

    /// Installs into this folder, as `bin/macp-runtime`.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            root: folder.into(),
        }
    }

    /// Where the binary is, or will be.
    pub fn binary(&self) -> PathBuf {
        binary_in(&self.root)
    }

    /// Installs the runtime unless it is there, and returns the binary's path.
    ///
    /// Blocks, for minutes if it has to build; `progress` gets what cargo says, line by line, and a
    /// line now and then while cargo is silent. When several programs install at once, one builds
    /// and the others wait for it.
    ///
    /// # Errors
    ///
    /// [`Error::Install`] when cargo fails; the reason is in what `progress` got.
    pub fn install(&self, mut progress: impl FnMut(&str)) -> Result<PathBuf, Error> {
        let binary = self.binary();
        if binary.is_file() {
            return Ok(binary);
        }
        fs::create_dir_all(&self.root).map_err(Error::io("making the cache folder"))?;
        let lock =
            File::create(self.root.join("lock")).map_err(Error::io("opening the cache's lock"))?;
        if fs4::FileExt::try_lock(&lock).is_err() {
            progress("another program is installing the runtime; waiting for it");
            fs4::FileExt::lock(&lock).map_err(Error::io("locking the cache folder"))?;
        }
        if !binary.is_file() {
            self.build(&mut progress)?;
        }
        Ok(binary)
    }

    fn build(&self, progress: &mut dyn FnMut(&str)) -> Result<(), Error> {
        progress(&format!(
            "building macp-runtime {RUNTIME_VERSION}; this takes minutes, once"
        ));
        let outcome = cargo_install(&self.root, &["--locked"], progress)?;
        if outcome.status.success() {
            return Ok(());
        }
        if outcome.compiled {
            return Err(outcome.into_error());
        }
        // Published lock files can name versions that their registry has withdrawn.
        progress("its lock file can't be satisfied; building with the newest dependencies instead");
        let outcome = cargo_install(&self.root, &[], progress)?;
        if outcome.status.success() {
            return Ok(());
        }
        Err(outcome.into_error())
    }
}

struct Outcome {
    command: String,
    status: ExitStatus,
    /// Whether dependencies were resolved, so that compiling began.
    compiled: bool,
}

impl Outcome {
    fn into_error(self) -> Error {
        Error::Install {
            command: self.command,
            status: self.status,
        }
    }
}

fn cargo_install(
    root: &Path,
    options: &[&str],
    progress: &mut dyn FnMut(&str),
) -> Result<Outcome, Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["install", "macp-runtime", "--bin", "macp-runtime"])
        .arg(format!("--version={RUNTIME_VERSION}"))
        .arg(format!("--features={FEATURES}"))
        .args(options)
        .arg("--root")
        .arg(root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    if std::env::var_os("PROTOC").is_none() {
        // Without a binary for this platform the build looks for an installed one.
        if let Ok(protoc) = protoc_bin_vendored::protoc_bin_path() {
            command.env("PROTOC", protoc);
        }
    }
    let shown = format!("{command:?}");
    let mut child = command.spawn().map_err(Error::io("starting cargo"))?;
    let mut compiled = false;
    if let Some(stderr) = child.stderr.take() {
        follow(&lines(stderr), |line| {
            compiled |= line.trim_start().starts_with("Compiling ");
            progress(line);
        });
    }
    let status = child.wait().map_err(Error::io("waiting for cargo"))?;
    Ok(Outcome {
        command: shown,
        status,
        compiled,
    })
}

/// The lines of a pipe, read on a thread of their own so that waiting for one can end early.
fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Passes on every line, and a line of its own whenever there was none for a while.
fn follow(lines: &Receiver<String>, mut progress: impl FnMut(&str)) {
    let started = Instant::now();
    loop {
        match lines.recv_timeout(HEARTBEAT) {
            Ok(line) => progress(&line),
            Err(RecvTimeoutError::Timeout) => {
                let seconds = started.elapsed().as_secs();
                progress(&format!("    still building, {seconds} s so far"));
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_not_built_again() {
        let folder = tempfile::tempdir().unwrap();
        let installer = Installer::in_folder(folder.path());
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::write(installer.binary(), "").unwrap();
        let binary = installer.install(|line| panic!("{line}")).unwrap();
        assert_eq!(binary, installer.binary());
    }

    #[test]
    fn who_comes_second_waits_and_does_not_build() {
        let folder = tempfile::tempdir().unwrap();
        let installer = Installer::in_folder(folder.path());
        let mut lock = Some(File::create(folder.path().join("lock")).unwrap());
        fs4::FileExt::lock(lock.as_ref().unwrap()).unwrap();
        let mut said = Vec::new();
        let finish = |line: &str| {
            said.push(line.to_owned());
            fs::create_dir(folder.path().join("bin")).unwrap();
            fs::write(binary_in(folder.path()), "").unwrap();
            drop(lock.take());
        };
        assert_eq!(installer.install(finish).unwrap(), installer.binary());
        assert_eq!(
            said,
            ["another program is installing the runtime; waiting for it"]
        );
    }

    #[test]
    fn lines_are_passed_on_in_order() {
        let mut seen = Vec::new();
        follow(&lines("one\ntwo\n".as_bytes()), |line| {
            seen.push(line.to_owned());
        });
        assert_eq!(seen, ["one", "two"]);
    }
}
