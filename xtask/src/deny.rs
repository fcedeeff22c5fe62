//! cargo-deny: licences, sources, duplicate versions and banned crates, by the rules of `deny.toml`.

use crate::shell;
use etcetera::BaseStrategy as _;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Pinned, so that a new release of the tool doesn't fail an old commit.
const VERSION: &str = "0.20.2";

pub(crate) fn check(advisories: bool) -> Result<(), Box<dyn Error>> {
    let tool = found_or_installed()?;
    let deny = |options: &[&str]| {
        let mut command = Command::new(&tool);
        command
            .current_dir(shell::root())
            .args(["--workspace", "--all-features"])
            .args(options);
        shell::run(&mut command)
    };
    deny(&["check", "licenses", "sources"])?;
    // What tests need may have other versions, and reach into every layer.
    deny(&["--exclude-dev", "check", "bans"])?;
    if advisories {
        deny(&["check", "advisories"])?;
    }
    Ok(())
}

/// cargo-deny from the path if it is the pinned version, or from the user's cache folder, built
/// first when it isn't there.
fn found_or_installed() -> Result<PathBuf, Box<dyn Error>> {
    let on_path = PathBuf::from("cargo-deny");
    if is_pinned(&on_path) {
        return Ok(on_path);
    }
    let root = etcetera::choose_base_strategy()?
        .cache_dir()
        .join("macp-sdk/tools")
        .join(format!("cargo-deny-{VERSION}"));
    let tool = root
        .join("bin")
        .join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if !is_pinned(&tool) {
        println!("building cargo-deny {VERSION}; this takes minutes, once");
        // Its published lock file may name versions that the registry has withdrawn.
        if install(&root, &["--locked"]).is_err() {
            println!("again, with the newest dependencies instead of its lock file");
            install(&root, &[])?;
        }
    }
    Ok(tool)
}

fn is_pinned(tool: &Path) -> bool {
    let output = Command::new(tool).arg("--version").output();
    output.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).trim() == format!("cargo-deny {VERSION}")
    })
}

fn install(root: &Path, options: &[&str]) -> Result<(), shell::Error> {
    shell::run(
        shell::cargo()
            .args(["install", "cargo-deny", "--debug"])
            .arg(format!("--version={VERSION}"))
            .args(options)
            .arg("--root")
            .arg(root),
    )
}
