use crate::Error;
use etcetera::BaseStrategy as _;
use std::path::{Path, PathBuf};

/// The version of `macp-runtime` that this SDK is built against and tested with.
pub const RUNTIME_VERSION: &str = "0.13.0";

/// The environment variable that names a runtime binary to use instead of the installed one.
pub const BINARY_VARIABLE: &str = "MACP_RUNTIME_BIN";

/// The features that the installed runtime is built with.
pub(crate) const FEATURES: &str = "http-listener";

/// The runtime to run: what `MACP_RUNTIME_BIN` names, or else the installed one.
///
/// # Errors
///
/// [`Error::NotInstalled`] when the file isn't there, [`Error::NoCacheFolder`] for a user without a
/// home folder.
pub fn runtime_binary() -> Result<PathBuf, Error> {
    let path = match std::env::var_os(BINARY_VARIABLE) {
        Some(path) if !path.is_empty() => path.into(),
        _ => installed_binary()?,
    };
    if path.is_file() {
        return Ok(path);
    }
    Err(Error::NotInstalled {
        version: RUNTIME_VERSION,
        path,
    })
}

/// Where the pinned runtime is, once installed.
fn installed_binary() -> Result<PathBuf, Error> {
    install_root().map(|root| binary_in(&root))
}

/// Where cargo puts the binary under an installation's root.
pub(crate) fn binary_in(root: &Path) -> PathBuf {
    let file = format!("macp-runtime{}", std::env::consts::EXE_SUFFIX);
    root.join("bin").join(file)
}

/// The pinned runtime's own folder: version and features tell it from every other build.
pub(crate) fn install_root() -> Result<PathBuf, Error> {
    let strategy = etcetera::choose_base_strategy()
        .map_err(|source| Error::NoCacheFolder(Box::new(source)))?;
    Ok(strategy
        .cache_dir()
        .join("macp-sdk")
        .join("runtime")
        .join(format!("{RUNTIME_VERSION}-{FEATURES}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_version_is_the_workspaces() {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
        let text = std::fs::read_to_string(manifest).unwrap();
        let pins = text
            .split("[workspace.metadata.macp]")
            .nth(1)
            .expect("the workspace states its pins");
        let pin = pins
            .lines()
            .find_map(|line| line.strip_prefix("runtime = "))
            .unwrap();
        assert_eq!(pin.trim_matches('"'), RUNTIME_VERSION);
    }

    #[test]
    fn each_version_has_its_own_folder() {
        let binary = installed_binary().unwrap();
        assert!(
            binary
                .components()
                .any(|part| part.as_os_str() == "0.13.0-http-listener")
        );
    }
}
