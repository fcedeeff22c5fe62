//! What has to change, found without changing anything.

use super::item::{Item, items};
use super::schema::{Schema, Sources, read_folder};
use super::{Error, Folders, print, rust};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The way from what is committed to what upstream's structure and our comments make of it.
#[derive(Debug)]
pub(super) struct Plan {
    /// Elements that upstream added, removed or changed.
    structure: Vec<String>,
    /// Elements without a comment of ours.
    undocumented: Vec<String>,
    files: Vec<FileChange>,
}

#[derive(Debug)]
struct FileChange {
    path: PathBuf,
    committed: Option<String>,
    wanted: Option<String>,
}

impl Plan {
    /// Compares what is in the folders with what should be, and changes nothing.
    pub(super) fn make(folders: &Folders) -> Result<Self, Error> {
        let upstream = read_folder(&folders.upstream, ".proto")?;
        if upstream.is_empty() {
            return Err(Error::NoUpstream(folders.upstream.display().to_string()));
        }
        let upstream = Schema::compile(&upstream)?;
        let sources = read_folder(&folders.schema, ".proto")?;
        let committed = Schema::compile(&sources)?;

        let comments = committed.comments();
        let files = upstream.files.iter();
        let printed: Sources = files
            .map(|file| (file.name().to_owned(), print::print(file, &comments)))
            .collect();
        let wanted = Schema::compile(&printed)?;
        let mut files = upstream.structure().into_iter().zip(wanted.structure());
        if let Some((file, _)) = files.find(|(upstream, printed)| upstream != printed) {
            return Err(Error::Unprintable(file.name().to_owned()));
        }

        let structure = differences(&committed, &wanted);
        let undocumented = undocumented(&wanted);
        let code = rust::generate(wanted)?;
        let mut files = file_changes(&folders.schema, sources, printed);
        let committed_code = read_folder(&folders.generated, ".rs")?;
        files.extend(file_changes(&folders.generated, committed_code, code));
        Ok(Self {
            structure,
            undocumented,
            files,
        })
    }

    /// Whether all is up to date.
    pub(super) fn is_empty(&self) -> bool {
        self.undocumented.is_empty() && self.files.is_empty()
    }

    /// Writes the files. What needs a comment stays to be done.
    pub(super) fn apply(&self) -> Result<(), Error> {
        for FileChange { path, wanted, .. } in &self.files {
            let written = match wanted {
                Some(text) => path
                    .parent()
                    .map_or(Ok(()), std::fs::create_dir_all)
                    .and_then(|()| std::fs::write(path, text)),
                None => std::fs::remove_file(path),
            };
            written.map_err(|source| Error::Write(path.clone(), source))?;
        }
        Ok(())
    }
}

/// What `wanted` adds to, removes from and changes in `committed`, one line an element.
fn differences(committed: &Schema, wanted: &Schema) -> Vec<String> {
    let (committed, wanted) = (declarations(committed), declarations(wanted));
    let removed = committed
        .iter()
        .filter(|(name, _)| !wanted.contains_key(*name));
    let removed = removed.map(|(name, was)| format!("removed {name}: `{was}`"));
    let others = wanted
        .iter()
        .filter_map(|(name, is)| match committed.get(name) {
            None => Some(format!("added {name}: `{is}`")),
            Some(was) if was != is => Some(format!("changed {name}: `{was}` to `{is}`")),
            Some(_) => None,
        });
    removed.chain(others).collect()
}

fn declarations(schema: &Schema) -> BTreeMap<String, String> {
    let items = all_items(schema);
    items.map(|item| (item.name, item.declaration)).collect()
}

fn undocumented(schema: &Schema) -> Vec<String> {
    let comments = schema.comments();
    all_items(schema)
        .filter(|item| item.documented && !comments.contains_key(&item.name))
        .map(|item| item.name)
        .collect()
}

fn all_items(schema: &Schema) -> impl Iterator<Item = Item> {
    schema.files.iter().flat_map(items).flat_map(Item::flatten)
}

fn file_changes(folder: &Path, mut committed: Sources, wanted: Sources) -> Vec<FileChange> {
    let mut changes = Vec::new();
    for (name, wanted) in wanted {
        let committed = committed.remove(&name);
        if committed.as_ref() != Some(&wanted) {
            changes.push(FileChange {
                path: folder.join(name),
                committed,
                wanted: Some(wanted),
            });
        }
    }
    changes.extend(committed.into_iter().map(|(name, text)| FileChange {
        path: folder.join(name),
        committed: Some(text),
        wanted: None,
    }));
    changes
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.structure {
            writeln!(f, "schema: {line}")?;
        }
        for file in &self.files {
            writeln!(f, "{file}")?;
        }
        for name in &self.undocumented {
            writeln!(f, "needs a comment: {name}")?;
        }
        if self.is_empty() {
            writeln!(f, "the schema and its Rust code are up to date")?;
        }
        Ok(())
    }
}

impl fmt::Display for FileChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        let (Some(committed), Some(wanted)) = (&self.committed, &self.wanted) else {
            let what = if self.wanted.is_some() {
                "missing"
            } else {
                "no longer wanted"
            };
            return write!(f, "{path}: {what}");
        };
        let same = committed.lines().zip(wanted.lines());
        let same = same
            .take_while(|(committed, wanted)| committed == wanted)
            .count();
        let line = |text: &str| text.lines().nth(same).unwrap_or("").to_owned();
        write!(
            f,
            "{path}:{}: has `{}`, should have `{}`",
            same + 1,
            line(committed).trim(),
            line(wanted).trim()
        )
    }
}
