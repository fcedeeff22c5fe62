//! Mixed sessions: this program and the Python SDK, in every mode, each of them once the initiator.
//!
//! `cargo xtask interop` runs it: it installs the Python SDK, starts a runtime and names both here.
//!
//! ```text
//! MACP_INTEROP_PYTHON=.../bin/python MACP_RUNTIME_TARGET=http://127.0.0.1:50051 \
//!     cargo run --example interop_python
//! ```

mod bootstrap;
mod denial;
mod peer;
mod queries;
mod scenarios;
mod signals;
mod stage;

use stage::{Side, Stage};
use std::error::Error;
use std::time::Duration;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// How long either side may take for one thing.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "current_thread")]
async fn main() -> examples::Outcome {
    let set = |name| {
        std::env::var(name).map_err(|_| format!("{name} is not set: run `cargo xtask interop`"))
    };
    let (target, python) = (set("MACP_RUNTIME_TARGET")?, set("MACP_INTEROP_PYTHON")?);
    for initiator in [Side::Rust, Side::Python] {
        let mut stage = Stage::set(&target, &python, initiator).await?;
        scenarios::play_all(&mut stage).await?;
        denial::play(&mut stage).await?;
    }
    let mut stage = Stage::set(&target, &python, Side::Rust).await?;
    signals::exchange(&mut stage).await?;
    bootstrap::read_alike(&mut stage).await?;
    bootstrap::start_alike(&mut stage, &target).await?;
    Ok(())
}
