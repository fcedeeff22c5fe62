//! `cargo xtask check`: everything that can be found without running the tests.

use crate::metadata::Metadata;
use crate::{codegen, deny, kernel, layers, shell};
use std::error::Error;

pub(crate) fn run(advisories: bool) -> Result<(), Box<dyn Error>> {
    shell::header("format");
    shell::run(shell::cargo().args(["fmt", "--all", "--check"]))?;
    shell::run(kernel::cargo("fmt").arg("--check"))?;

    // First of what compiles nothing new, so that a forbidden dependency is not built.
    shell::header("layers");
    let metadata = Metadata::load(&shell::root().join("Cargo.toml"), &["--no-deps"])?;
    layers::check(&metadata)?;

    shell::header("generated code");
    codegen::run(true)?;

    shell::header("lints");
    shell::run(shell::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "--deny=warnings",
    ]))?;
    shell::run(kernel::cargo("clippy").args(["--all-targets", "--", "--deny=warnings"]))?;

    // With all features on, a crate's missing features are those of another that shares the build.
    shell::header("lints of each crate alone, without features");
    for name in layers::published(&metadata) {
        shell::run(
            shell::cargo()
                .args([
                    "clippy",
                    "--quiet",
                    "--package",
                    name,
                    "--no-default-features",
                ])
                .args(["--", "--deny=warnings"]),
        )?;
        println!("{name}: ok");
    }

    shell::header("docs");
    shell::run(
        shell::cargo()
            .args(["doc", "--workspace", "--no-deps", "--all-features"])
            .env("RUSTDOCFLAGS", "--deny=warnings"),
    )?;

    shell::header("dependencies");
    deny::check(advisories)?;
    Ok(())
}
