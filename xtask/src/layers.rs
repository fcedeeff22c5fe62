//! The layer rules: which crate of the workspace may depend on what.
//!
//! `deny.toml` bans what the layers must not reach from outside the workspace. Here is what it
//! can't say: the order of our own crates, and that the test oracles stay out of normal builds.

use crate::metadata::{Metadata, Package};
use crate::shell;
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

/// The published crates from the bottom up, and the crates of the workspace each may depend on.
const LAYERS: &[(&str, &[&str])] = &[
    ("macp-proto", &[]),
    ("macp-projections", &["macp-proto"]),
    ("macp-transport", &["macp-proto"]),
    (
        "macp-modes",
        &["macp-proto", "macp-projections", "macp-transport"],
    ),
    (
        "macp-agent",
        &[
            "macp-proto",
            "macp-projections",
            "macp-transport",
            "macp-modes",
        ],
    ),
    (
        "macp-sdk",
        &[
            "macp-proto",
            "macp-projections",
            "macp-transport",
            "macp-modes",
            "macp-agent",
        ],
    ),
    ("macp-testkit", &["macp-transport"]),
];

/// External crates that only some of the published crates may name.
const RESERVED: &[(&str, &[&str])] = &[
    ("tonic", &["macp-proto", "macp-transport"]),
    ("tonic-prost", &["macp-proto", "macp-transport"]),
    (
        "tokio",
        &["macp-transport", "macp-modes", "macp-agent", "macp-testkit"],
    ),
];

/// The crate that must build without a runtime, a network or randomness, however deep in its tree.
const PURE: &str = "macp-projections";
const IMPURE: &[&str] = &[
    "tokio",
    "tonic",
    "hyper",
    "h2",
    "rustls",
    "mio",
    "socket2",
    "getrandom",
    "rand",
];

/// Fails on any dependency that the rules don't allow, naming each.
pub(crate) fn check(metadata: &Metadata) -> Result<(), Box<dyn Error>> {
    let workspace: Vec<&Package> = metadata.workspace_packages().collect();
    let mut violations: Vec<Violation> = workspace
        .iter()
        .flat_map(|package| direct_violations(package))
        .collect();
    let tree = normal_tree(PURE)?;
    violations.extend(impurities(tree.iter().map(String::as_str)));
    if violations.is_empty() {
        println!(
            "{} crates keep to their layers; {PURE} builds from {} crates, all pure",
            workspace.len(),
            tree.len()
        );
        return Ok(());
    }
    let list: Vec<String> = violations.iter().map(ToString::to_string).collect();
    let list = list.join("\n  ");
    Err(format!("forbidden dependencies (see xtask/src/layers.rs):\n  {list}").into())
}

/// The published crates, from the bottom up.
pub(crate) fn published(metadata: &Metadata) -> impl Iterator<Item = &'static str> {
    let there = |name: &str| metadata.workspace_packages().any(|p| p.name == name);
    LAYERS
        .iter()
        .map(|(name, _)| *name)
        .filter(move |name| there(name))
}

/// A dependency that a rule forbids.
#[derive(Debug, PartialEq, Eq)]
enum Violation {
    /// A published crate depends on one of the workspace that is not below it.
    Upward { from: String, to: String },
    /// A published crate that the table doesn't have.
    Unknown(String),
    /// A crate names an external one that is reserved for others.
    Reserved { from: String, to: String },
    /// An upstream crate outside of tests.
    Upstream { from: String, to: String },
    /// Something in the tree of the pure crate.
    Impure(String),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upward { from, to } => write!(f, "{from} must not depend on {to}"),
            Self::Unknown(name) => write!(f, "{name} has no place in the layers"),
            Self::Reserved { from, to } => write!(f, "{from} must not use {to} directly"),
            Self::Upstream { from, to } => {
                write!(f, "{from} may use upstream's {to} in tests only")
            }
            Self::Impure(name) => write!(f, "{PURE} must not pull in {name}"),
        }
    }
}

/// What a package's manifest names and may not.
fn direct_violations(package: &Package) -> Vec<Violation> {
    let from = &package.name;
    let layer = LAYERS.iter().find(|(name, _)| name == from);
    let mut violations = Vec::new();
    if layer.is_none() && package.is_published() {
        violations.push(Violation::Unknown(from.clone()));
    }
    for dependency in package.dependencies.iter().filter(|d| !d.is_for_tests()) {
        let to = &dependency.name;
        let edge = || (from.clone(), to.clone());
        if dependency.path.is_some() {
            // What is not published sits above every layer.
            if layer.is_some_and(|(_, below)| !below.contains(&to.as_str())) {
                let (from, to) = edge();
                violations.push(Violation::Upward { from, to });
            }
        } else if to.starts_with("macp-") {
            let (from, to) = edge();
            violations.push(Violation::Upstream { from, to });
        } else if layer.is_some()
            && RESERVED
                .iter()
                .any(|(name, users)| name == to && !users.contains(&from.as_str()))
        {
            let (from, to) = edge();
            violations.push(Violation::Reserved { from, to });
        }
    }
    violations
}

fn impurities<'a>(tree: impl Iterator<Item = &'a str>) -> Vec<Violation> {
    tree.filter(|name| IMPURE.contains(name))
        .map(|name| Violation::Impure(name.to_owned()))
        .collect()
}

/// The names of all crates that a normal build of `package` pulls in, on any platform.
///
/// `cargo tree` resolves the features of this package alone. `cargo metadata` would add those that
/// other crates of the workspace ask of a shared dependency.
fn normal_tree(package: &str) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let mut command = shell::cargo();
    command.args([
        "tree",
        "--package",
        package,
        "--all-features",
        "--target=all",
        "--edges=normal",
        "--prefix=none",
        "--format={p}",
    ]);
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn local(name: &str) -> Value {
        json!({ "name": name, "path": format!("/w/{name}"), "kind": null })
    }

    fn external(name: &str, kind: Option<&str>) -> Value {
        json!({ "name": name, "kind": kind })
    }

    fn violations(name: &str, published: bool, dependencies: &[Value]) -> Vec<String> {
        let package = json!({
            "id": name,
            "name": name,
            "manifest_path": format!("/w/{name}/Cargo.toml"),
            "publish": if published { Value::Null } else { json!([]) },
            "dependencies": dependencies,
            "targets": [],
        });
        let package: Package = serde_json::from_value(package).unwrap();
        let found = direct_violations(&package);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_edge_upward_is_caught() {
        assert_eq!(
            violations("macp-projections", true, &[local("macp-transport")]),
            ["macp-projections must not depend on macp-transport"]
        );
        assert_eq!(
            violations("macp-transport", true, &[local("macp-modes")]),
            ["macp-transport must not depend on macp-modes"]
        );
        assert!(violations("macp-modes", true, &[local("macp-transport")]).is_empty());
    }

    #[test]
    fn tests_may_look_upward() {
        let mut testkit = local("macp-testkit");
        testkit["kind"] = json!("dev");
        assert!(violations("macp-transport", true, &[testkit]).is_empty());
    }

    #[test]
    fn a_published_crate_must_have_a_layer() {
        assert_eq!(
            violations("macp-extra", true, &[]),
            ["macp-extra has no place in the layers"]
        );
        assert!(violations("examples", false, &[local("macp-sdk")]).is_empty());
    }

    #[test]
    fn a_reserved_crate_is_caught() {
        assert_eq!(
            violations("macp-modes", true, &[external("tonic", None)]),
            ["macp-modes must not use tonic directly"]
        );
        assert_eq!(
            violations(
                "macp-projections",
                true,
                &[external("tokio", Some("build"))]
            ),
            ["macp-projections must not use tokio directly"]
        );
        assert!(violations("macp-transport", true, &[external("tonic", None)]).is_empty());
        assert!(violations("macp-modes", true, &[external("tonic", Some("dev"))]).is_empty());
    }

    #[test]
    fn upstream_is_for_tests() {
        assert_eq!(
            violations("examples", false, &[external("macp-core", None)]),
            ["examples may use upstream's macp-core in tests only"]
        );
        let oracle = external("macp-core", Some("dev"));
        assert!(violations("macp-projections", true, &[oracle]).is_empty());
    }

    #[test]
    fn an_impure_tree_is_caught() {
        let found = impurities(["serde", "getrandom", "prost"].into_iter());
        assert_eq!(found, [Violation::Impure("getrandom".to_owned())]);
    }

    #[test]
    fn the_real_tree_is_read() {
        let tree = normal_tree("macp-projections").unwrap();
        assert!(
            tree.contains("macp-proto") && tree.contains("prost"),
            "{tree:?}"
        );
    }

    #[test]
    fn every_layer_is_above_what_it_uses() {
        for (place, (name, below)) in LAYERS.iter().enumerate() {
            for lower in *below {
                let lower_place = LAYERS.iter().position(|(other, _)| other == lower);
                assert!(lower_place.is_some_and(|lower| lower < place), "{name}");
            }
        }
    }
}
