//! The workspace `crates/macp-kernel-tests`: tests against the reference kernel, whose build runs `protoc`.

use crate::shell;
use std::process::Command;

/// `cargo SUBCOMMAND` for that workspace.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let folder = shell::root().join("crates/macp-kernel-tests");
    let mut command = shell::cargo();
    // From its own folder, where its own rules for lints are found.
    command.current_dir(&folder).arg(subcommand);
    if std::env::var_os("CARGO_TARGET_DIR").is_none() {
        command.env("CARGO_TARGET_DIR", shell::root().join("target/kernel"));
    }
    if std::env::var_os("PROTOC").is_none() {
        // Without a binary for this platform the build looks for an installed one.
        if let Ok(protoc) = protoc_bin_vendored::protoc_bin_path() {
            command.env("PROTOC", protoc);
        }
    }
    command
}
