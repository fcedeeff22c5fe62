//! Finds test data that this repository doesn't hold: what comes with the upstream packages, and
//! the golden transcripts.
//!
//! Tests that need it are ignored where it is absent, and say how to get it.

#[cfg(feature = "policies")]
pub mod policies;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The manifest with the pinned upstream versions, `[workspace.metadata.macp]`.
const WORKSPACE: &str = include_str!("../../../Cargo.toml");

/// Test data that is not on this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} not found; {remedy}")]
pub struct Missing {
    what: String,
    remedy: String,
}

/// The folder of the pinned `macp-runtime` package, with the conformance fixtures (RFC-MACP-0001
/// to 0013), the parity contract and the receipt vectors under `tests/`.
///
/// It is looked for in `MACP_UPSTREAM_DIR`, then where cargo unpacks what it downloads.
pub fn runtime_package() -> Result<PathBuf, Missing> {
    let package = format!("macp-runtime-{}", runtime_version());
    find_package(&package, upstream_dirs()).ok_or_else(|| Missing {
        remedy: format!(
            "`{}` downloads it, or set MACP_UPSTREAM_DIR to a folder that holds {package}",
            download_command()
        ),
        what: package,
    })
}

/// The same, after downloading the package if it is absent. Builds nothing.
pub fn download_runtime_package() -> Result<PathBuf, Missing> {
    runtime_package().or_else(|missing| {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        // `cargo info` unpacks the package to read its manifest, and touches no dependency of it.
        // Any failure shows as the package still being absent.
        let _ = Command::new(cargo)
            .args(["info", "--quiet", &runtime_spec()])
            .output();
        runtime_package().map_err(|_| missing)
    })
}

/// The folder of the golden transcripts: `MACP_GOLDEN_DIR`, or `../shared/golden/public` beside
/// this repository.
pub fn golden() -> Result<PathBuf, Missing> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/golden/public");
    let folder = env::var_os("MACP_GOLDEN_DIR").map_or_else(|| default.into(), PathBuf::from);
    if folder.join("manifest.json").is_file() {
        return Ok(folder);
    }
    Err(Missing {
        what: format!("golden transcripts in {}", folder.display()),
        remedy: "set MACP_GOLDEN_DIR to the folder that holds their manifest.json".to_owned(),
    })
}

/// The files of `folder` whose names end with `suffix`, sorted by name.
///
/// # Errors
///
/// A folder that cannot be read.
pub fn files(folder: &Path, suffix: &str) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(suffix) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The pinned version of the runtime.
pub fn runtime_version() -> &'static str {
    WORKSPACE
        .split_once("[workspace.metadata.macp]")
        .and_then(|(_, table)| table.split_once("runtime = \""))
        .and_then(|(_, value)| value.split_once('"'))
        .map_or("unpinned", |(version, _)| version)
}

fn runtime_spec() -> String {
    format!("macp-runtime@{}", runtime_version())
}

fn download_command() -> String {
    format!("cargo info {}", runtime_spec())
}

fn upstream_dirs() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = env::var_os("MACP_UPSTREAM_DIR")
        .map(Into::into)
        .into_iter()
        .collect();
    let cargo_home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    if let Some(sources) = cargo_home.map(|home| home.join("registry/src"))
        && let Ok(registries) = fs::read_dir(sources)
    {
        folders.extend(registries.flatten().map(|registry| registry.path()));
    }
    folders
}

fn find_package(package: &str, folders: Vec<PathBuf>) -> Option<PathBuf> {
    folders
        .into_iter()
        .map(|folder| folder.join(package))
        .find(|folder| folder.join("Cargo.toml").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_version_is_read() {
        let version = runtime_version();
        assert_eq!(version.split('.').count(), 3, "{version}");
    }

    #[test]
    fn an_absent_package_is_not_found() {
        assert_eq!(find_package("no-such-package-0.0.0", upstream_dirs()), None);
    }

    #[test]
    fn what_is_missing_says_how_to_get_it() {
        let missing = Missing {
            what: "macp-runtime-1.2.3".into(),
            remedy: "`cargo info macp-runtime@1.2.3` downloads it".into(),
        };
        assert_eq!(
            missing.to_string(),
            "macp-runtime-1.2.3 not found; `cargo info macp-runtime@1.2.3` downloads it"
        );
    }
}
