//! The conventions as the runtime's package ships them, and whether a span keeps to them.

use opentelemetry::Value as Recorded;
use opentelemetry_sdk::trace::SpanData;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One span of the conventions.
pub(crate) struct Convention {
    name: String,
    kind: String,
    required: BTreeSet<String>,
    allowed: BTreeSet<String>,
    /// The values of the attributes that have few.
    members: BTreeMap<String, Vec<String>>,
}

impl Convention {
    /// Reads the conventions for the span with this id.
    pub(crate) fn read(id: &str) -> Self {
        let package = macp_test_data::runtime_package().unwrap_or_else(|error| panic!("{error}"));
        let file = package.join("tests/otel/macp-semconv.json");
        let all: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        assert_eq!(all["schema"], "macp-semconv/0.1");
        let groups = items(&all["groups"]);
        let span = groups.iter().find(|group| group["id"] == id).unwrap();
        let attributes = items(&span["attributes"]);
        let names = |wanted: &dyn Fn(&Value) -> bool| {
            attributes
                .iter()
                .filter(|attribute| wanted(&attribute["requirement_level"]))
                .map(|attribute| text(&attribute["ref"]))
                .collect()
        };
        Self {
            name: text(&span["span_name"]),
            kind: text(&span["span_kind"]),
            required: names(&|level| level == "required"),
            allowed: names(&|_| true),
            members: groups
                .iter()
                .filter(|group| group["type"] == "attribute_group")
                .flat_map(|group| items(&group["attributes"]))
                .filter(|attribute| attribute["members"].is_array())
                .map(|attribute| {
                    let members = items(&attribute["members"]);
                    let values = members.iter().map(|member| text(&member["value"]));
                    (text(&attribute["id"]), values.collect())
                })
                .collect(),
        }
    }

    /// Every attribute that a span may have.
    pub(crate) fn allowed(&self) -> &BTreeSet<String> {
        &self.allowed
    }

    /// Objects to a span that does not keep to them.
    pub(crate) fn check(&self, span: &SpanData) {
        let attributes = attributes(span);
        assert_eq!(span.name, self.name_for(&attributes));
        assert_eq!(format!("{:?}", span.span_kind).to_lowercase(), self.kind);
        let names: BTreeSet<_> = attributes.keys().cloned().collect();
        assert!(names.is_superset(&self.required), "{names:?}");
        assert!(names.is_subset(&self.allowed), "{names:?}");
        for (name, value) in &attributes {
            if let Some(members) = self.members.get(name) {
                assert!(members.contains(value), "{name} is {value}");
            }
        }
    }

    /// The name with the attributes' values in their places; one that is absent leaves nothing.
    fn name_for(&self, attributes: &BTreeMap<String, String>) -> String {
        let mut name = self.name.clone();
        for attribute in &self.allowed {
            let value = attributes.get(attribute).map_or("", String::as_str);
            name = name.replace(&format!("{{{attribute}}}"), value);
        }
        name.trim_end().to_owned()
    }
}

/// What a span says, which must be text.
pub(crate) fn attributes(span: &SpanData) -> BTreeMap<String, String> {
    let attributes = span.attributes.iter().map(|attribute| {
        let Recorded::String(text) = &attribute.value else {
            panic!("{attribute:?}");
        };
        (attribute.key.to_string(), text.to_string())
    });
    attributes.collect()
}

fn items(list: &Value) -> Vec<Value> {
    list.as_array().unwrap().clone()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
