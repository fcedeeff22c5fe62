use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Why the runtime doesn't run, or what else a test couldn't be given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The pinned runtime is not installed.
    #[error(
        "macp-runtime {version} is not at {}: run `cargo xtask runtime install` in this \
         repository, call `macp_testkit::Installer` elsewhere, or name a binary in \
         {variable}",
        path.display(),
        variable = crate::binary::BINARY_VARIABLE
    )]
    NotInstalled {
        /// The version that the testkit is made for.
        version: &'static str,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The user has no home folder, hence no cache folder.
    #[error("no cache folder: {0}")]
    NoCacheFolder(#[source] Box<dyn StdError + Send + Sync>),
    /// The runtime exited before it answered.
    #[error("macp-runtime exited before it answered ({status}); its log ends:\n{log}")]
    Exited {
        /// How it exited.
        status: ExitStatus,
        /// The last lines of its log.
        log: String,
    },
    /// The runtime runs, and didn't answer in time.
    #[error("macp-runtime did not answer within {waited:?}; its log ends:\n{log}")]
    NoAnswer {
        /// How long it was waited for.
        waited: Duration,
        /// The last lines of its log.
        log: String,
    },
    /// No certificate could be made, as for a name that none can hold.
    #[error("making certificates failed: {0}")]
    Certificates(#[source] Box<dyn StdError + Send + Sync>),
    /// No key could be made, or nothing be signed with it.
    #[error("signing failed: {0}")]
    Signing(String),
    /// Another program listens where the runtime should.
    #[error("{address} is taken by another program")]
    AddressTaken {
        /// The address.
        address: SocketAddr,
    },
    /// The operating system refused something.
    #[error("{action}: {source}")]
    Io {
        /// What was attempted.
        action: String,
        /// What the system says.
        source: io::Error,
    },
    /// Building the runtime failed; what cargo said went to the progress callback.
    #[cfg(feature = "install")]
    #[error("`{command}` failed ({status})")]
    Install {
        /// The command that failed.
        command: String,
        /// How it exited.
        status: ExitStatus,
    },
}

impl Error {
    /// For `map_err`: an I/O failure, with what was attempted.
    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }
}
