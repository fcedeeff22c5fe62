//! A folder of `.proto` files: its sources, its descriptors and its comments.

use super::Error;
use super::item::{Item, items};
use prost_types::source_code_info::Location;
use prost_types::{DescriptorProto, FileDescriptorProto};
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use std::collections::BTreeMap;
use std::path::Path;

/// File contents by their path below a folder, with `/` on every system.
pub(super) type Sources = BTreeMap<String, String>;

/// Compiled `.proto` files, in the order of their names.
pub(super) struct Schema {
    pub(super) files: Vec<FileDescriptorProto>,
}

impl Schema {
    pub(super) fn compile(sources: &Sources) -> Result<Self, Error> {
        let mut resolver = ChainFileResolver::new();
        resolver.add(InMemory(sources.clone()));
        resolver.add(GoogleFileResolver::new());
        let mut compiler = protox::Compiler::with_file_resolver(resolver);
        compiler.include_source_info(true);
        compiler.open_files(sources.keys()).map_err(Error::Schema)?;
        let mut files = compiler.file_descriptor_set().file;
        files.sort_by(|a, b| a.name().cmp(b.name()));
        Ok(Self { files })
    }

    /// The comment of every commented element, by the element's full name.
    pub(super) fn comments(&self) -> BTreeMap<String, String> {
        let mut comments = BTreeMap::new();
        for file in &self.files {
            let locations = file.source_code_info.iter().flat_map(|info| &info.location);
            let texts: BTreeMap<&[i32], String> = locations
                .map(|location| (&*location.path, comment(location)))
                .filter(|(_, text)| !text.is_empty())
                .collect();
            let items = items(file).into_iter().flat_map(Item::flatten);
            comments.extend(items.filter_map(|item| {
                let text = texts.get(&*item.path)?;
                Some((item.name, text.clone()))
            }));
        }
        comments
    }

    /// What decides the wire format and the generated code: everything except comments, the order
    /// of nested messages, and the options of whole files, which speak to other generators.
    pub(super) fn structure(&self) -> Vec<FileDescriptorProto> {
        let mut files = self.files.clone();
        for file in &mut files {
            file.source_code_info = None;
            file.options = None;
            file.message_type.iter_mut().for_each(sort_nested);
        }
        files
    }
}

fn sort_nested(message: &mut DescriptorProto) {
    message.nested_type.sort_by(|a, b| a.name().cmp(b.name()));
    message.nested_type.iter_mut().for_each(sort_nested);
}

/// Reads every file below `folder` whose name ends with `extension`; none if there is no folder.
pub(super) fn read_folder(folder: &Path, extension: &str) -> Result<Sources, Error> {
    let mut sources = Sources::new();
    let mut pending = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = pending.pop() {
        let read_error = |source| Error::Read(folder.clone(), source);
        if !folder.try_exists().map_err(read_error)? {
            continue;
        }
        for entry in folder.read_dir().map_err(read_error)? {
            let path = entry.map_err(read_error)?.path();
            let Some(file) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let name = format!("{prefix}{file}");
            if path.is_dir() {
                pending.push((path, format!("{name}/")));
            } else if name.ends_with(extension) {
                let text =
                    std::fs::read_to_string(&path).map_err(|source| Error::Read(path, source))?;
                sources.insert(name, text);
            }
        }
    }
    Ok(sources)
}

/// Every comment around an element, as one text: none may get lost when the file is printed anew.
fn comment(location: &Location) -> String {
    let blocks = location
        .leading_detached_comments
        .iter()
        .chain(&location.leading_comments)
        .chain(&location.trailing_comments);
    let blocks = blocks.map(|block| {
        let lines = block.trim_end().lines();
        let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
        lines.collect::<Vec<_>>().join("\n")
    });
    blocks.collect::<Vec<_>>().join("\n\n")
}

struct InMemory(Sources);

impl FileResolver for InMemory {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let text = self.0.get(name);
        let text = text.ok_or_else(|| protox::Error::file_not_found(name))?;
        File::from_source(name, text)
    }
}
