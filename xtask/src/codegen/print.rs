//! Prints a schema file: its structure with the comments given for it.

use super::item::{Item, items};
use prost_types::FileDescriptorProto;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The text of `file` with `comments`, which are looked up by an element's full name.
pub(super) fn print(file: &FileDescriptorProto, comments: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    if let Some(header) = comments.get(file.name()) {
        write_comment(&mut out, header, 0);
        // Detached from the syntax line, as licence headers are.
        out.push('\n');
    }
    let items = items(file);
    let mut previous: Option<&Item> = None;
    for item in &items {
        // Only imports stand together.
        let imports = |item: &Item| item.declaration.starts_with("import ");
        if previous.is_some_and(|previous| !(imports(previous) && imports(item))) {
            out.push('\n');
        }
        write_item(&mut out, item, comments, 0);
        previous = Some(item);
    }
    out
}

fn write_item(out: &mut String, item: &Item, comments: &BTreeMap<String, String>, depth: usize) {
    if let Some(comment) = comments.get(&item.name).filter(|_| !is_file(item)) {
        write_comment(out, comment, depth);
    }
    let indent = "  ".repeat(depth);
    match item.children.as_deref() {
        None => _ = writeln!(out, "{indent}{};", item.declaration),
        Some([]) => _ = writeln!(out, "{indent}{} {{}}", item.declaration),
        Some(children) => {
            _ = writeln!(out, "{indent}{} {{", item.declaration);
            for (at, child) in children.iter().enumerate() {
                if at > 0 {
                    out.push('\n');
                }
                write_item(out, child, comments, depth + 1);
            }
            _ = writeln!(out, "{indent}}}");
        }
    }
}

/// Whether `item` stands for the file, whose comment has been printed as its header.
fn is_file(item: &Item) -> bool {
    item.declaration.starts_with("syntax ")
}

fn write_comment(out: &mut String, comment: &str, depth: usize) {
    let indent = "  ".repeat(depth);
    for line in comment.lines() {
        let space = if line.is_empty() { "" } else { " " };
        _ = writeln!(out, "{indent}//{space}{line}");
    }
}
