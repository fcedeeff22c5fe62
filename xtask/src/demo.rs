//! `cargo xtask demo`: one decision, from nothing to its outcome.

use crate::{runtime, shell};
use macp_testkit::Runtime;
use std::error::Error;

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    shell::header("install the runtime");
    let binary = runtime::found_or_installed()?;
    shell::header("build the example");
    shell::run(shell::cargo().args(["build", "--package=examples", "--example=decision"]))?;

    shell::header("start the runtime");
    let executor = tokio::runtime::Builder::new_current_thread().build()?;
    let runtime = executor.block_on(Runtime::builder().binary(binary).start())?;
    println!("the runtime answers at {}", runtime.endpoint());

    shell::header("run the decision");
    shell::run(
        shell::cargo()
            .args(["run", "--quiet", "--package=examples", "--example=decision"])
            .env("MACP_RUNTIME_TARGET", runtime.endpoint())
            .env("MACP_ALLOW_INSECURE", "1"),
    )?;
    Ok(())
}
