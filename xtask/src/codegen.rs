//! `cargo xtask codegen`: keeps the wire schema and the Rust code generated from it up to date.
//!
//! The structure of `proto/` is upstream's, its comments are ours. So our files are printed from
//! upstream's descriptors and our comments, and "up to date" is "the print is what is committed".

mod item;
mod plan;
mod print;
mod rust;
mod schema;
mod upstream;

#[cfg(test)]
mod tests;

use crate::metadata::MetadataError;
use plan::Plan;
use std::io;
use std::path::{Path, PathBuf};

/// Brings `proto/` and the generated code up to date, or, to `check`, only fails if they are not.
pub(crate) fn run(check: bool) -> Result<(), Error> {
    let manifest_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = manifest_folder.parent().unwrap_or(manifest_folder);
    let folders = Folders {
        upstream: upstream::schema_folder(root)?,
        schema: root.join("proto"),
        generated: root.join("crates/macp-proto/src/generated"),
    };
    let plan = Plan::make(&folders)?;
    print!("{plan}");
    if check && !plan.is_empty() {
        return Err(Error::OutOfDate);
    }
    plan.apply()
}

/// Where everything is.
struct Folders {
    upstream: PathBuf,
    schema: PathBuf,
    generated: PathBuf,
}

/// Why the schema could not be brought, or is not, up to date.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the pins are not read, or the upstream schema is not found")]
    Metadata(#[from] MetadataError),
    #[error("there is no upstream schema in {0}")]
    NoUpstream(String),
    #[error("{} cannot be read", .0.display())]
    Read(PathBuf, #[source] io::Error),
    #[error("{} cannot be written", .0.display())]
    Write(PathBuf, #[source] io::Error),
    #[error("the schema does not compile")]
    Schema(#[source] protox::Error),
    #[error(
        "{0} has a construct that the printer does not know: teach it to xtask/src/codegen/item.rs"
    )]
    Unprintable(String),
    #[error("the Rust code cannot be generated")]
    Generate(#[source] io::Error),
    #[error(
        "the wire schema or the code generated from it is out of date: run `cargo xtask codegen`, \
         then write the comments that it asks for"
    )]
    OutOfDate,
}
