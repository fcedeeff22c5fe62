//! `cargo xtask interop`: sessions shared with the Python SDK.

use crate::{metadata, runtime, shell};
use macp_testkit::Runtime;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let workspace = metadata::Metadata::load(&shell::root().join("Cargo.toml"), &["--no-deps"])?;
    let version: String = workspace.macp("python-sdk")?;

    shell::header("install the Python SDK");
    let python = python_with_sdk(&workspace.target_directory, &version)?;
    shell::header("build the example");
    shell::run(shell::cargo().args(["build", "--package=examples", "--example=interop_python"]))?;

    shell::header("start the runtime");
    let binary = runtime::found_or_installed()?;
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let runtime = executor.block_on(Runtime::builder().binary(binary).start())?;

    shell::header("run mixed sessions");
    let example = workspace
        .target_directory
        .join("debug/examples/interop_python");
    shell::run(
        Command::new(example)
            .env("MACP_RUNTIME_TARGET", runtime.endpoint())
            .env("MACP_INTEROP_PYTHON", python),
    )?;
    println!("both SDKs agree");
    Ok(())
}

/// The interpreter of a virtual environment that has the SDK; made once a version.
fn python_with_sdk(target: &Path, version: &str) -> Result<PathBuf, Box<dyn Error>> {
    let environment = target
        .join("interop")
        .join(format!("macp-sdk-python-{version}"));
    let python = environment.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let package = format!("macp-sdk-python=={version}");
    if !python.exists() {
        shell::run(
            Command::new("python3")
                .args(["-m", "venv"])
                .arg(&environment),
        )?;
    }
    // Does nothing when the version is there.
    shell::run(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        &package,
    ]))?;
    Ok(python)
}
