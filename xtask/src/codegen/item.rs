//! The declarations of a schema file, as a tree of items with names and canonical text.

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueOptions, FieldDescriptorProto, FieldOptions,
    FileDescriptorProto, MessageOptions, MethodDescriptorProto, MethodOptions,
    ServiceDescriptorProto, ServiceOptions,
};

// The field numbers of `descriptor.proto` of which the path of an element is made.
const FILE_MESSAGE: i32 = 4;
const FILE_ENUM: i32 = 5;
const FILE_SERVICE: i32 = 6;
const FILE_SYNTAX: i32 = 12;
const MESSAGE_FIELD: i32 = 2;
const MESSAGE_NESTED: i32 = 3;
const MESSAGE_ENUM: i32 = 4;
const MESSAGE_ONEOF: i32 = 8;
const ENUM_VALUE: i32 = 2;
const SERVICE_METHOD: i32 = 2;

/// One declaration of a schema file.
#[derive(Debug)]
pub(super) struct Item {
    /// The full name, unique in the schema: `macp.v1.Ack.ok`.
    pub(super) name: String,
    /// Where its comments are in the file's source info.
    pub(super) path: Vec<i32>,
    /// The declaration without its end: `bool ok = 1`, `message Ack`.
    pub(super) declaration: String,
    /// What stands between its braces, if it has any.
    pub(super) children: Option<Vec<Item>>,
    /// Whether it needs a comment.
    pub(super) documented: bool,
}

impl Item {
    fn leaf(name: String, path: Vec<i32>, declaration: String) -> Self {
        Self {
            name,
            path,
            declaration,
            children: None,
            documented: true,
        }
    }

    fn block(name: String, path: Vec<i32>, declaration: String, children: Vec<Item>) -> Self {
        Self {
            children: Some(children),
            ..Self::leaf(name, path, declaration)
        }
    }

    /// A line that explains itself: a reserved range, an option.
    fn plain(scope: &str, declaration: String) -> Self {
        Self {
            documented: false,
            ..Self::leaf(format!("{scope}.({declaration})"), Vec::new(), declaration)
        }
    }

    /// This item and everything in it, in the order of the file.
    pub(super) fn flatten(mut self) -> Vec<Item> {
        let children = self.children.take();
        let mut all = vec![self];
        all.extend(children.into_iter().flatten().flat_map(Self::flatten));
        all
    }
}

/// The items of `file`. The first is the file itself: its name is the file's, its declaration the
/// `syntax` line, and its comment the file's header.
pub(super) fn items(file: &FileDescriptorProto) -> Vec<Item> {
    let package = file.package();
    let syntax = format!("syntax = \"{}\"", file.syntax());
    let mut items = vec![
        Item::leaf(file.name().to_owned(), vec![FILE_SYNTAX], syntax),
        Item::plain(file.name(), format!("package {package}")),
    ];
    for import in &file.dependency {
        items.push(Item::plain(file.name(), format!("import \"{import}\"")));
    }
    items.extend(each(&file.message_type, |message, at| {
        message_item(message, package, package, vec![FILE_MESSAGE, at])
    }));
    items.extend(each(&file.enum_type, |item, at| {
        enum_item(item, package, vec![FILE_ENUM, at])
    }));
    items.extend(each(&file.service, |service, at| {
        service_item(service, package, vec![FILE_SERVICE, at])
    }));
    items
}

fn message_item(message: &DescriptorProto, scope: &str, package: &str, path: Vec<i32>) -> Item {
    let name = format!("{scope}.{}", message.name());
    let deprecated = message
        .options
        .as_ref()
        .is_some_and(MessageOptions::deprecated);
    let mut children = deprecation(&name, deprecated);
    for range in &message.reserved_range {
        let declaration = reserved_range(range.start(), range.end() - 1);
        children.push(Item::plain(&name, declaration));
    }
    children.extend(reserved_names(&name, &message.reserved_name));
    children.extend(each(&message.enum_type, |item, at| {
        enum_item(item, &name, join(&path, [MESSAGE_ENUM, at]))
    }));
    let nested = each(&message.nested_type, |nested, at| {
        let item = message_item(nested, &name, package, join(&path, [MESSAGE_NESTED, at]));
        (!is_map_entry(nested)).then_some(item)
    });
    children.extend(nested.flatten());
    children.extend(field_items(message, &name, package, &path));
    let declaration = format!("message {}", message.name());
    Item::block(name, path, declaration, children)
}

fn field_items(message: &DescriptorProto, scope: &str, package: &str, path: &[i32]) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for (field, at) in message.field.iter().zip(0..) {
        let item = field_item(
            field,
            message,
            scope,
            package,
            join(path, [MESSAGE_FIELD, at]),
        );
        // To the compiler an `optional` field is in a oneof of its own.
        let oneof = field.oneof_index.filter(|_| !field.proto3_optional());
        let declared =
            oneof.and_then(|at| Some((at, message.oneof_decl.get(usize::try_from(at).ok()?)?)));
        let Some((at, oneof)) = declared else {
            items.push(item);
            continue;
        };
        let name = format!("{scope}.{}", oneof.name());
        let members = items.iter_mut().find(|item| item.name == name);
        match members.and_then(|oneof| oneof.children.as_mut()) {
            Some(members) => members.push(item),
            None => items.push(Item::block(
                name,
                join(path, [MESSAGE_ONEOF, at]),
                format!("oneof {}", oneof.name()),
                vec![item],
            )),
        }
    }
    items
}

fn field_item(
    field: &FieldDescriptorProto,
    message: &DescriptorProto,
    scope: &str,
    package: &str,
    path: Vec<i32>,
) -> Item {
    let type_name = field.type_name();
    let entry = message.nested_type.iter().find(|nested| {
        is_map_entry(nested)
            && type_name.strip_prefix('.') == Some(&format!("{scope}.{}", nested.name()))
    });
    let written = |field| type_of(field, scope, package);
    let (label, type_name) = match entry.map(|entry| &*entry.field) {
        Some([key, value]) => {
            let (key, value) = (written(key), written(value));
            ("", format!("map<{key}, {value}>"))
        }
        _ if field.proto3_optional() => ("optional ", written(field)),
        _ if field.label() == Label::Repeated => ("repeated ", written(field)),
        _ => ("", written(field)),
    };
    let deprecated = field.options.as_ref().is_some_and(FieldOptions::deprecated);
    let declaration = format!(
        "{label}{type_name} {} = {}{}",
        field.name(),
        field.number(),
        deprecation_suffix(deprecated)
    );
    Item::leaf(format!("{scope}.{}", field.name()), path, declaration)
}

fn enum_item(item: &EnumDescriptorProto, scope: &str, path: Vec<i32>) -> Item {
    let name = format!("{scope}.{}", item.name());
    let options = item.options.clone().unwrap_or_default();
    let mut children = deprecation(&name, options.deprecated());
    if options.allow_alias() {
        children.push(Item::plain(&name, "option allow_alias = true".to_owned()));
    }
    for range in &item.reserved_range {
        children.push(Item::plain(
            &name,
            reserved_range(range.start(), range.end()),
        ));
    }
    children.extend(reserved_names(&name, &item.reserved_name));
    children.extend(each(&item.value, |value, at| {
        let deprecated = value
            .options
            .as_ref()
            .is_some_and(EnumValueOptions::deprecated);
        let suffix = deprecation_suffix(deprecated);
        Item::leaf(
            format!("{name}.{}", value.name()),
            join(&path, [ENUM_VALUE, at]),
            format!("{} = {}{suffix}", value.name(), value.number()),
        )
    }));
    let declaration = format!("enum {}", item.name());
    Item::block(name, path, declaration, children)
}

fn service_item(service: &ServiceDescriptorProto, package: &str, path: Vec<i32>) -> Item {
    let name = format!("{package}.{}", service.name());
    let deprecated = service
        .options
        .as_ref()
        .is_some_and(ServiceOptions::deprecated);
    let mut children = deprecation(&name, deprecated);
    children.extend(each(&service.method, |method, at| {
        method_item(method, &name, package, join(&path, [SERVICE_METHOD, at]))
    }));
    let declaration = format!("service {}", service.name());
    Item::block(name, path, declaration, children)
}

fn method_item(
    method: &MethodDescriptorProto,
    service: &str,
    package: &str,
    path: Vec<i32>,
) -> Item {
    let stream = |streaming| if streaming { "stream " } else { "" };
    let name = format!("{service}.{}", method.name());
    let declaration = format!(
        "rpc {}({}{}) returns ({}{})",
        method.name(),
        stream(method.client_streaming()),
        relative(method.input_type(), service, package),
        stream(method.server_streaming()),
        relative(method.output_type(), service, package),
    );
    let deprecated = method
        .options
        .as_ref()
        .is_some_and(MethodOptions::deprecated);
    if deprecated {
        let option = deprecation(&name, true);
        return Item::block(name, path, declaration, option);
    }
    Item::leaf(name, path, declaration)
}

fn type_of(field: &FieldDescriptorProto, message: &str, package: &str) -> String {
    match field.r#type() {
        Type::Message | Type::Enum => relative(field.type_name(), message, package).to_owned(),
        scalar => scalar
            .as_str_name()
            .trim_start_matches("TYPE_")
            .to_lowercase(),
    }
}

/// `.macp.v1.Ack` as it may be written inside `message`, a message of `package`.
fn relative<'a>(full_name: &'a str, message: &str, package: &str) -> &'a str {
    let name = full_name.trim_start_matches('.');
    let below = |scope| name.strip_prefix(scope)?.strip_prefix('.');
    below(message).or_else(|| below(package)).unwrap_or(name)
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    message
        .options
        .as_ref()
        .is_some_and(MessageOptions::map_entry)
}

fn deprecation(scope: &str, deprecated: bool) -> Vec<Item> {
    let option = || Item::plain(scope, "option deprecated = true".to_owned());
    deprecated.then(option).into_iter().collect()
}

fn deprecation_suffix(deprecated: bool) -> &'static str {
    if deprecated {
        " [deprecated = true]"
    } else {
        ""
    }
}

fn reserved_range(first: i32, last: i32) -> String {
    if first == last {
        format!("reserved {first}")
    } else {
        format!("reserved {first} to {last}")
    }
}

fn reserved_names(scope: &str, names: &[String]) -> Vec<Item> {
    let reserved = |name| Item::plain(scope, format!("reserved \"{name}\""));
    names.iter().map(reserved).collect()
}

fn each<'a, T, U>(
    elements: &'a [T],
    mut item: impl FnMut(&'a T, i32) -> U + 'a,
) -> impl Iterator<Item = U> + 'a {
    elements
        .iter()
        .zip(0..)
        .map(move |(element, at)| item(element, at))
}

fn join(path: &[i32], step: [i32; 2]) -> Vec<i32> {
    path.iter().copied().chain(step).collect()
}
