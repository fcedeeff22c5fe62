//! What `cargo metadata` says of a workspace.

use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The part of `cargo metadata`'s answer that the tasks read.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    workspace_members: Vec<String>,
    pub(crate) target_directory: PathBuf,
    /// `[workspace.metadata]`, if there is one.
    #[serde(rename = "metadata")]
    tables: Option<serde_json::Value>,
}

/// One package of the workspace, or of its dependencies when they were asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    id: String,
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    /// The registries it may be published to: any if absent, none if empty.
    pub(crate) publish: Option<Vec<String>>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
}

/// A library, program, example or test of a package.
#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
}

/// A dependency as a manifest states it.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// The folder, of a path dependency.
    pub(crate) path: Option<PathBuf>,
    /// `dev`, `build`, or absent for a normal one.
    kind: Option<String>,
}

impl Dependency {
    /// Whether only tests, examples and benchmarks have it.
    pub(crate) fn is_for_tests(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

impl Package {
    /// Whether it may be published at all.
    pub(crate) fn is_published(&self) -> bool {
        self.publish.as_deref() != Some(&[])
    }
}

/// Why a workspace's metadata could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MetadataError {
    #[error("cargo does not start")]
    Start(#[source] io::Error),
    #[error("cargo metadata failed for {}", .0.display())]
    Failed(PathBuf),
    #[error("the answer of cargo metadata is not understood")]
    Malformed(#[from] serde_json::Error),
    #[error("[workspace.metadata.macp] of the root Cargo.toml has no valid `{0}`")]
    NoEntry(&'static str),
}

impl Metadata {
    /// Asks cargo about the workspace of `manifest`.
    pub(crate) fn load(manifest: &Path, arguments: &[&str]) -> Result<Self, MetadataError> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let answer = Command::new(cargo)
            .args(["metadata", "--format-version=1", "--manifest-path"])
            .arg(manifest)
            .args(arguments)
            .stderr(Stdio::inherit())
            .output()
            .map_err(MetadataError::Start)?;
        if !answer.status.success() {
            return Err(MetadataError::Failed(manifest.to_owned()));
        }
        Ok(serde_json::from_slice(&answer.stdout)?)
    }

    /// The packages of the workspace itself.
    pub(crate) fn workspace_packages(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.workspace_members.contains(&package.id))
    }

    /// The value of `key` in `[workspace.metadata.macp]`.
    pub(crate) fn macp<'a, T: Deserialize<'a>>(
        &'a self,
        key: &'static str,
    ) -> Result<T, MetadataError> {
        let value = self
            .tables
            .as_ref()
            .and_then(|value| value.get("macp")?.get(key));
        value
            .and_then(|value| T::deserialize(value).ok())
            .ok_or(MetadataError::NoEntry(key))
    }
}
