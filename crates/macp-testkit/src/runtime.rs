use crate::builder::RuntimeBuilder;
use crate::process::{Launch, Process, read_log};
use crate::{Certificates, Error};
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitStatus;
use tempfile::TempDir;

/// A real runtime of its own for one test.
///
/// It listens on a loopback port that was free, and is killed when this value is dropped. When a
/// test panics, what the runtime logged is printed with the test's own output.
///
/// ```no_run
/// use macp_testkit::{Runtime, StaticToken};
///
/// # async fn test() -> Result<(), macp_testkit::Error> {
/// let runtime = Runtime::builder()
///     .token(StaticToken::new("alice-token", "alice"))
///     .token(StaticToken::new("audit-token", "auditor").observer())
///     .start()
///     .await?;
/// println!("the runtime answers at {}", runtime.endpoint());
/// # Ok(())
/// # }
/// ```
pub struct Runtime {
    launch: Launch,
    process: Option<Process>,
    certificates: Option<Certificates>,
    /// Holds the log and, unless the test keeps it elsewhere, the data. Removed on drop.
    folder: TempDir,
}

impl Runtime {
    /// A runtime with other than the default settings.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder::new()
    }

    /// Starts a runtime with the default settings: plaintext, memory only, and dev identities, to
    /// which any token is the name of its sender.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    pub(crate) fn new(
        launch: Launch,
        process: Process,
        certificates: Option<Certificates>,
        folder: TempDir,
    ) -> Self {
        Self {
            launch,
            process: Some(process),
            certificates,
            folder,
        }
    }

    /// The URL for clients: `http://127.0.0.1:PORT`, or `https` with TLS. It stays the same over a
    /// restart.
    pub fn endpoint(&self) -> String {
        let scheme = if self.launch.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.launch.address)
    }

    /// The address it listens on. It stays the same over a restart.
    pub fn address(&self) -> SocketAddr {
        self.launch.address
    }

    /// The certificates it was started with, if it speaks TLS.
    pub fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    /// Where its files are, until this value is dropped: the log, and the data unless the builder
    /// was given another folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The id of its process, while there is one.
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// All that it has logged so far, over every restart.
    pub fn log(&self) -> String {
        read_log(&self.launch.log)
    }

    /// Kills it at once (SIGKILL): it can't finish or save anything. Returns when it is gone.
    ///
    /// Does nothing to a runtime that was stopped before.
    pub fn kill(&mut self) -> Result<(), Error> {
        match self.process.take() {
            Some(mut process) => process.kill().map(drop),
            None => Ok(()),
        }
    }

    /// Asks it to end (SIGTERM) and waits until it has. Streams that are open keep it for as long
    /// as it drains them, one second unless the builder says otherwise.
    ///
    /// None for a runtime that was stopped before. Dropping the future kills the runtime.
    #[cfg(unix)]
    pub async fn terminate(&mut self) -> Result<Option<ExitStatus>, Error> {
        let Some(mut process) = self.process.take() else {
            return Ok(None);
        };
        blocking(move || process.terminate()).await.map(Some)
    }

    /// Starts it again on the same port and the same data, after killing it if it still runs.
    /// Returns when it answers.
    ///
    /// With memory storage it comes back empty. When the future is dropped no runtime is left
    /// running; another call starts one.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.kill()?;
        let launch = self.launch.clone();
        self.process = Some(blocking(move || launch.run()).await?);
        Ok(())
    }
}

/// Runs what blocks on a thread of its own.
///
/// A start can take seconds and must not hold up the test's other tasks. The waiting is done
/// outside tokio's clock, which a test may have paused.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(cancelled) => Err(Error::io("waiting for the runtime")(cancelled.into())),
        },
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if std::thread::panicking() {
            #[expect(clippy::print_stderr, reason = "the test harness captures it")]
            {
                eprintln!("--- log of macp-runtime at {} ---", self.launch.address);
                eprintln!("{}", self.log());
                eprintln!("--- end of the log ---");
            }
        }
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("endpoint", &self.endpoint())
            .field("process_id", &self.process_id())
            .finish_non_exhaustive()
    }
}
