//! `tests/vectors/receipt`: decision receipts (RFC-MACP-0013, appendix A).

use super::read;
use libtest_mimic::{Failed, Trial};
use macp_projections::receipt::{Receipt, TrustedKeys};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Deserialize)]
struct Vector {
    receipt: Value,
    trusted_keys: BTreeMap<String, String>,
    expected: Value,
}

pub(super) fn trials(package: &Path) -> Vec<Trial> {
    let folder = package.join("tests/vectors/receipt");
    let files: Vec<_> = macp_test_data::files(&folder, ".json")
        .unwrap()
        .into_iter()
        .filter(|file| file.file_stem().unwrap() != "vector-schema")
        .collect();
    assert_eq!(files.len(), 12, "vectors in {}", folder.display());
    let trial = |file: std::path::PathBuf| {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        Trial::test(name, move || check(read(&file)))
    };
    files.into_iter().map(trial).collect()
}

fn check(vector: Vector) -> Result<(), Failed> {
    let mut trusted = TrustedKeys::new();
    for (kid, x) in vector.trusted_keys {
        trusted = trusted.trust(kid, x);
    }
    let receipt = Receipt::parse(vector.receipt.to_string())?;
    let found = serde_json::to_value(receipt.verify(&trusted))?;
    if found == vector.expected {
        Ok(())
    } else {
        Err(format!("{found} where {} was expected", vector.expected).into())
    }
}
