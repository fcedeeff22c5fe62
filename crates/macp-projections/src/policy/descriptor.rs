use super::json::{Json, Members};
use super::read::{Reading, Section};
use super::stored_rules;
use macp_proto::v1::PolicyDescriptor;
use macp_proto::{InvalidValue, Mode};
use serde::Serialize;
use std::fmt::Debug;

/// The version of the rule semantics that a policy is evaluated under (RFC-MACP-0012 §8).
///
/// A policy keeps its own version forever, whatever the runtime's release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SchemaVersion {
    /// The base rules.
    V1 = 1,
    /// Adds `allow_decline_over_approval` and `critical_objection_action`.
    V2 = 2,
    /// Without a decisive vote, only algorithm `none` lets a positive outcome pass.
    V3 = 3,
}

impl From<SchemaVersion> for u32 {
    fn from(version: SchemaVersion) -> Self {
        version as Self
    }
}

impl TryFrom<u32> for SchemaVersion {
    type Error = InvalidValue;

    fn try_from(version: u32) -> Result<Self, InvalidValue> {
        match version {
            1 => Ok(Self::V1),
            2 => Ok(Self::V2),
            3 => Ok(Self::V3),
            _ => Err(InvalidValue::new(
                "schema_version",
                format_args!("is {version}"),
                "must be 1, 2 or 3",
            )),
        }
    }
}

/// The rules of one standard mode. Implemented for the five of this module, and sealed.
pub trait ModeRules: Clone + Debug + PartialEq + private::Rules {
    /// The mode that these rules govern.
    const MODE: Mode;
}

pub(super) mod private {
    use super::{Members, SchemaVersion, Section};
    use macp_proto::InvalidValue;

    pub trait Rules: Sized {
        /// What a builder declares unless told otherwise.
        const SCHEMA_VERSION: SchemaVersion = SchemaVersion::V1;

        /// The rules that registration would refuse.
        fn check(&self) -> Result<(), InvalidValue>;

        fn read(rules: &Section<'_>) -> Result<Self, InvalidValue>;

        fn members(&self) -> Members;
    }
}

/// A governance policy of one mode.
///
/// Two policies are equal when they say the same, whatever the order of weights, extensions and
/// annotations.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy<R> {
    id: String,
    description: String,
    pub(super) schema_version: SchemaVersion,
    rules: R,
    extensions: Extras,
    annotations: Extras,
}

/// Members beside the sections of a rule tree, and the first problem with one of them.
#[derive(Clone, Debug, Default)]
struct Extras {
    members: Members,
    problem: Option<InvalidValue>,
}

impl PartialEq for Extras {
    fn eq(&self, other: &Self) -> bool {
        super::json::same_members(&self.members, &other.members) && self.problem == other.problem
    }
}

impl<R: ModeRules> Policy<R> {
    /// A policy with this id and these rules.
    ///
    /// The id is not checked here, because a candidate that is only tried out needs none;
    /// [`check_registration`](super::check_registration) does.
    pub fn new(id: impl Into<String>, rules: R) -> Self {
        Self {
            id: id.into(),
            description: String::new(),
            schema_version: R::SCHEMA_VERSION,
            rules,
            extensions: Extras::default(),
            annotations: Extras::default(),
        }
    }

    /// Says in words what the policy is for.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Adds a vendor extension, for runtimes that know it; a stock runtime knows none and refuses
    /// the policy.
    ///
    /// The key looks like `x-com.acme.audit` and the value must serialize to an object; otherwise
    /// building fails.
    #[must_use]
    pub fn extension(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        self.extensions.add(key.into(), &value, check_extension);
        self
    }

    /// Adds a note that no runtime interprets. The key starts with `_` or `$`; otherwise building
    /// fails.
    #[must_use]
    pub fn annotation(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        self.annotations
            .add(key.into(), &value, |key, _| check_annotation(key));
        self
    }

    /// The policy's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the policy is for.
    pub fn describes(&self) -> &str {
        &self.description
    }

    /// The version of the rule semantics that it is evaluated under.
    pub fn version(&self) -> SchemaVersion {
        self.schema_version
    }

    /// The rules.
    pub fn rules(&self) -> &R {
        &self.rules
    }

    /// The vendor extensions and annotations: their keys, and their values as JSON text.
    pub fn extras(&self) -> impl Iterator<Item = (&str, String)> {
        let members = self.extensions.members.iter();
        members
            .chain(&self.annotations.members)
            .map(|(key, value)| (key.as_str(), value.to_string()))
    }

    /// Builds the descriptor, with rules that every runtime of the pinned version admits (if it
    /// knows the extensions) and that are the bytes of the Python SDK's builder.
    ///
    /// # Errors
    ///
    /// The first rule that is broken, by its path in the rules.
    pub fn to_descriptor(&self) -> Result<PolicyDescriptor, InvalidValue> {
        self.rules.check()?;
        let mut members = self.rules.members();
        for extras in [&self.extensions, &self.annotations] {
            if let Some(problem) = &extras.problem {
                return Err(problem.clone());
            }
            members.extend(extras.members.iter().cloned());
        }
        Ok(PolicyDescriptor {
            policy_id: self.id.clone(),
            mode: R::MODE.into(),
            description: self.description.clone(),
            rules: Json::Object(members).to_string(),
            schema_version: self.schema_version.into(),
            registered_at_unix_ms: 0,
        })
    }

    /// Reads the policy that a session of this mode is bound to, as leniently as the runtime does:
    /// text that is no JSON object means no rules, a missing rule means its default, and keys that
    /// this mode does not define are passed over. Top-level extensions and annotations are kept.
    ///
    /// A policy for every mode (`*`) is read for this one.
    ///
    /// # Errors
    ///
    /// Another mode, an unknown schema version, or rules that the runtime could not read either;
    /// it would deny every outcome of such a session.
    pub fn from_descriptor(descriptor: &PolicyDescriptor) -> Result<Self, InvalidValue> {
        if descriptor.mode != "*" && descriptor.mode != R::MODE.as_str() {
            return Err(InvalidValue::new(
                "mode",
                format_args!("is {:?}", descriptor.mode),
                format!("must be {} or *", R::MODE),
            ));
        }
        let schema_version = descriptor.schema_version.try_into()?;
        let stored = stored_rules(&descriptor.rules);
        let rules = R::read(&Section::root(&stored, Reading::Bound))?;
        let pick = |matches: fn(&str) -> bool| Extras {
            members: stored
                .iter()
                .filter(|(key, _)| matches(key))
                .cloned()
                .collect(),
            problem: None,
        };
        Ok(Self {
            id: descriptor.policy_id.clone(),
            description: descriptor.description.clone(),
            schema_version,
            rules,
            extensions: pick(is_extension_key),
            annotations: pick(is_annotation_key),
        })
    }
}

impl Extras {
    fn add(
        &mut self,
        key: String,
        value: &impl Serialize,
        check: impl FnOnce(&str, &Json) -> Result<(), InvalidValue>,
    ) {
        let added = to_json(&key, value).and_then(|value| {
            check(&key, &value)?;
            if self.members.iter().any(|(known, _)| *known == key) {
                return Err(InvalidValue::new(
                    key.clone(),
                    "is given twice",
                    "a key may occur once",
                ));
            }
            Ok(value)
        });
        match added {
            Ok(value) => self.members.push((key, value)),
            Err(problem) => {
                self.problem.get_or_insert(problem);
            }
        }
    }
}

fn to_json(key: &str, value: &impl Serialize) -> Result<Json, InvalidValue> {
    serde_json::to_string(value)
        .and_then(|text| Json::parse(&text))
        .map_err(|error| {
            InvalidValue::new(
                key.to_owned(),
                format_args!("does not serialize: {error}"),
                "must be JSON",
            )
        })
}

pub(super) fn check_extension(key: &str, value: &Json) -> Result<(), InvalidValue> {
    if !is_extension_key(key) {
        return Err(InvalidValue::new(
            key.to_owned(),
            "is no extension key",
            "an extension key is x- and two or more names joined by dots, such as x-com.acme.audit",
        ));
    }
    if value.as_object().is_none() {
        return Err(InvalidValue::new(
            key.to_owned(),
            format_args!("is {}", value.kind()),
            "an extension's value must be an object",
        ));
    }
    Ok(())
}

fn check_annotation(key: &str) -> Result<(), InvalidValue> {
    if is_annotation_key(key) {
        return Ok(());
    }
    Err(InvalidValue::new(
        key.to_owned(),
        "is no annotation key",
        "an annotation key starts with _ or $",
    ))
}

pub(super) fn is_annotation_key(key: &str) -> bool {
    key.starts_with(['_', '$'])
}

/// `^x-[a-z0-9]+(\.[a-z0-9-]+)+$`
pub(super) fn is_extension_key(key: &str) -> bool {
    fn is_name(name: &str, hyphen: bool) -> bool {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || (hyphen && b == b'-');
        !name.is_empty() && name.bytes().all(legal)
    }
    key.strip_prefix("x-")
        .and_then(|names| names.split_once('.'))
        .is_some_and(|(first, rest)| {
            is_name(first, false) && rest.split('.').all(|name| is_name(name, true))
        })
}

#[cfg(test)]
mod tests {
    use super::is_extension_key;

    #[test]
    fn extension_keys() {
        for key in ["x-com.acme", "x-com.acme-2.audit", "x-0.-"] {
            assert!(is_extension_key(key), "{key}");
        }
        for key in [
            "x-com", "x-", "x-.a", "x-a.", "x-a..b", "x-A.b", "x-a-b.c", "y-a.b", "x-a.b\n",
        ] {
            assert!(!is_extension_key(key), "{key}");
        }
    }
}
