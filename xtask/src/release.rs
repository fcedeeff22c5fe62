//! `cargo xtask release`: publishes the workspace's crates, unless a name is not ours to publish.

use crate::metadata::{Metadata, MetadataError, Package};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};

/// Packages and verifies every released crate, and publishes them if told to `execute`.
pub(crate) fn run(execute: bool) -> Result<(), Error> {
    let manifest_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = manifest_folder.parent().unwrap_or(manifest_folder);
    let manifest = root.join("Cargo.toml");
    let workspace = Metadata::load(&manifest, &["--no-deps"])?;
    let not_ours: Vec<String> = workspace.macp("names-owned-by-others")?;
    let released = released(&workspace.packages, &not_ours)?;

    let mut command = Command::new("cargo");
    command.args(["publish", "--manifest-path"]).arg(&manifest);
    command.args(released.iter().flat_map(|name| ["--package", name]));
    if !execute {
        command.arg("--dry-run");
    }
    let status = command.status().map_err(Error::Start)?;
    if !status.success() {
        return Err(Error::Publish(status));
    }
    if !execute {
        println!("nothing was published; `cargo xtask release --execute` publishes");
    }
    Ok(())
}

/// The packages to publish: those that may be, and all they need from the workspace.
fn released<'a>(packages: &'a [Package], not_ours: &[String]) -> Result<BTreeSet<&'a str>, Error> {
    let publishable = packages.iter().filter(|package| package.is_published());
    let mut pending: Vec<&Package> = publishable.collect();
    let mut released = BTreeSet::new();
    while let Some(package) = pending.pop() {
        if !released.insert(&*package.name) {
            continue;
        }
        // Those for tests too: their names are published in the manifest.
        let needed = package.dependencies.iter();
        let needed = needed.filter(|dependency| dependency.path.is_some());
        pending.extend(needed.filter_map(|dependency| {
            let mut packages = packages.iter();
            packages.find(|package| package.name == dependency.name)
        }));
    }
    let refused: Vec<&str> = released
        .iter()
        .copied()
        .filter(|name| not_ours.iter().any(|other| other == name))
        .collect();
    if refused.is_empty() {
        Ok(released)
    } else {
        Err(Error::NotOurs(refused.join(", ")))
    }
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the workspace is not read")]
    Metadata(#[from] MetadataError),
    #[error(
        "refusing to publish {0}: in the public registry these names belong to another project, \
         with other contents. Publishing needs names of our own: see docs/releasing.md"
    )]
    NotOurs(String),
    #[error("cargo does not start")]
    Start(#[source] io::Error),
    #[error("cargo publish ended with {0}")]
    Publish(ExitStatus),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A package in cargo's own words: its name, whether it may be published, what it needs.
    fn package(name: &str, publish: bool, needs: &[&str]) -> Package {
        let needs = needs.iter();
        let needs: Vec<_> = needs
            .map(|name| serde_json::json!({ "name": name, "path": format!("/w/{name}") }))
            .collect();
        let registries: Option<&[&str]> = if publish { None } else { Some(&[]) };
        let package = serde_json::json!({
            "id": name,
            "id": name,
            "name": name,
            "targets": [],
            "manifest_path": format!("/w/{name}/Cargo.toml"),
            "publish": registries,
            "dependencies": needs,
            "targets": [],
        });
        serde_json::from_value(package).unwrap()
    }

    #[test]
    fn what_may_be_published_is_and_nothing_else() {
        let packages = [
            package("sdk", true, &["core"]),
            package("core", true, &[]),
            package("xtask", false, &["theirs"]),
            package("theirs", false, &[]),
        ];
        let released = released(&packages, &["theirs".to_owned()]).unwrap();
        assert_eq!(released.into_iter().collect::<Vec<_>>(), ["core", "sdk"]);
    }

    #[test]
    fn a_name_of_others_is_refused_even_behind_another_crate() {
        let packages = [
            package("sdk", true, &["middle"]),
            package("middle", true, &["theirs"]),
            package("theirs", false, &[]),
        ];
        let error = released(&packages, &["theirs".to_owned()]).unwrap_err();
        assert!(matches!(&error, Error::NotOurs(names) if names == "theirs"));
        assert!(error.to_string().contains("docs/releasing.md"));
    }

    #[test]
    fn this_workspace_is_refused_while_it_has_names_of_others() {
        let error = run(false).unwrap_err();
        assert!(
            matches!(&error, Error::NotOurs(names) if names == "macp-modes, macp-proto"),
            "{error:?}"
        );
    }
}
