//! The golden transcripts, read and written back.

use libtest_mimic::{Failed, Trial};
use macp_projections::transcript::{TranscriptReader, TranscriptWriter};
use std::fs;
use std::path::Path;

pub(super) fn trials() -> Vec<Trial> {
    match macp_test_data::golden() {
        Ok(folder) => vec![Trial::test("golden transcripts round-trip", move || {
            all_round_trip(&folder.join("transcripts"))
        })],
        Err(missing) => {
            println!("{missing}");
            vec![Trial::test("golden transcripts round-trip", || Ok(())).with_ignored_flag(true)]
        }
    }
}

fn all_round_trip(folder: &Path) -> Result<(), Failed> {
    let mut count = 0;
    for mode in fs::read_dir(folder)? {
        for file in macp_test_data::files(&mode?.path(), ".jsonl")? {
            let text = fs::read(&file)?;
            let mut writer = TranscriptWriter::new(Vec::new());
            for envelope in TranscriptReader::new(text.as_slice()) {
                writer.write(&envelope?)?;
            }
            if writer.into_inner()? != text {
                return Err(format!("{} changed", file.display()).into());
            }
            count += 1;
        }
    }
    if count == 0 {
        return Err("there are no transcripts".into());
    }
    Ok(())
}
