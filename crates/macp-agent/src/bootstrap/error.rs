use super::PATH_VARIABLE;
use macp_proto::InvalidValue;
use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why a bootstrap file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BootstrapError {
    /// No path was given, and the environment names none.
    #[error("no bootstrap file: neither a path nor {PATH_VARIABLE} is given")]
    NoPath,
    /// The file cannot be read.
    #[error("the bootstrap file {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The text is not JSON.
    #[error("the bootstrap file is not JSON: line {line}, column {column}")]
    Json {
        /// The line of the first error, counted from 1.
        line: usize,
        /// The column of the first error, counted from 1.
        column: usize,
        /// What the parser found.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A key is missing or its value breaks a rule. It is named by its path in the file.
    #[error("the bootstrap file is not usable: {0}")]
    Invalid(#[from] InvalidValue),
}

impl BootstrapError {
    pub(super) fn json(error: serde_json::Error) -> Self {
        Self::Json {
            line: error.line(),
            column: error.column(),
            source: error.into(),
        }
    }

    /// The key that is missing or wrong, as its path in the file: `initiator.session_start.ttl_ms`.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Invalid(invalid) => Some(invalid.field()),
            Self::NoPath | Self::Read { .. } | Self::Json { .. } => None,
        }
    }
}
