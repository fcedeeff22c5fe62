//! The test vectors and the parity contract that come with the pinned runtime's package, and the
//! golden transcripts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a panic is a test's failure, and this is its report"
)]

mod commitment_hash;
mod parity;
#[cfg(feature = "receipts")]
mod receipts;
mod transcripts;

use libtest_mimic::{Arguments, Trial};
use serde::de::DeserializeOwned;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = match macp_test_data::runtime_package() {
        Ok(package) => {
            let mut trials = commitment_hash::trials(&package);
            trials.extend(parity::trials(&package));
            #[cfg(feature = "receipts")]
            trials.extend(receipts::trials(&package));
            trials
        }
        Err(missing) => {
            println!("no test vectors: {missing}");
            vec![Trial::test("test vectors", || Ok(())).with_ignored_flag(true)]
        }
    };
    trials.extend(transcripts::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn read<T: DeserializeOwned>(file: &Path) -> T {
    let text = fs::read_to_string(file).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}
