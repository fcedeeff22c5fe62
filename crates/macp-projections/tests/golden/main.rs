//! Our projections against the golden histories: what the runtime accepted, and the state to reach.
//!
//! The folder is named by `MACP_GOLDEN_DIR`, or `../shared/golden/public` beside the workspace.
//! Each expected document is one test; each difference is printed as a JSON path with both values.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a panic is a test's failure, and this is its report"
)]

mod corpus;
mod diff;
mod document;
mod states;

use corpus::Corpus;
use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = match macp_test_data::golden() {
        Ok(folder) => {
            let corpus = Arc::new(Corpus::read(&folder));
            println!(
                "{} golden documents in {}",
                corpus.documents.len(),
                folder.display()
            );
            trials(&corpus)
        }
        Err(missing) => {
            println!("no golden documents: {missing}");
            vec![Trial::test("golden documents", || Ok(())).with_ignored_flag(true)]
        }
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials(corpus: &Arc<Corpus>) -> Vec<Trial> {
    let documents = (0..corpus.documents.len()).map(|at| {
        let corpus = Arc::clone(corpus);
        let name = corpus.documents[at].name.clone();
        Trial::test(name, move || agrees(&corpus, at))
    });
    let corpus = Arc::clone(corpus);
    let sensitivity = Trial::test("every changed value is found", move || {
        every_changed_value_is_found(&corpus)
    });
    documents.chain([sensitivity]).collect()
}

fn agrees(corpus: &Corpus, at: usize) -> Result<(), Failed> {
    let document = &corpus.documents[at];
    let ours = document::of(corpus, document);
    let differences = diff::between(&document.expected, &ours);
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences.join("\n").into())
    }
}

/// Changes each value of each expected document in turn and looks for exactly that difference.
fn every_changed_value_is_found(corpus: &Corpus) -> Result<(), Failed> {
    let mut changed = 0;
    for document in &corpus.documents {
        let ours = document::of(corpus, document);
        let clean = diff::between(&document.expected, &ours).len();
        for pointer in diff::leaves(&document.expected) {
            let mut expected = document.expected.clone();
            diff::change(expected.pointer_mut(&pointer).unwrap());
            let found = diff::between(&expected, &ours).len();
            if found == clean {
                return Err(format!("{}: {pointer} may change unseen", document.name).into());
            }
            changed += 1;
        }
    }
    println!("{changed} changed values found");
    Ok(())
}
