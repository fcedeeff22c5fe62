//! Finds the schema of the pinned upstream crate.

use super::Error;
use crate::metadata::Metadata;
use std::path::{Path, PathBuf};

/// The package that ships the schema.
const PACKAGE: &str = "macp-proto";

/// The folder of the upstream schema. Cargo downloads the package when it isn't there yet.
pub(super) fn schema_folder(root: &Path) -> Result<PathBuf, Error> {
    let workspace = Metadata::load(&root.join("Cargo.toml"), &["--no-deps"])?;
    let version: &str = workspace.macp("wire-schema")?;

    // A member of our workspace has the same name, so a manifest outside of it depends on the
    // package.
    let scratch = workspace.target_directory.join("codegen");
    let manifest = scratch.join("Cargo.toml");
    let text = format!(
        "[package]\nname = \"wire-schema\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n\
         [dependencies]\n{PACKAGE} = \"={version}\"\n\n[workspace]\n"
    );
    std::fs::create_dir_all(&scratch)
        .and_then(|()| std::fs::write(scratch.join("lib.rs"), ""))
        .and_then(|()| std::fs::write(&manifest, text))
        .map_err(|source| Error::Write(manifest.clone(), source))?;

    let resolved = Metadata::load(&manifest, &[])?;
    let mut packages = resolved.packages.into_iter();
    packages
        .find(|package| package.name == PACKAGE)
        .and_then(|package| Some(package.manifest_path.parent()?.join("proto")))
        .ok_or_else(|| Error::NoUpstream(format!("{PACKAGE} {version}")))
}
