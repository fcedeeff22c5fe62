//! Reading rules out of JSON, with the path of what is wrong.

use super::Number;
use super::json::{Json, Members, member};
use macp_proto::InvalidValue;
use std::str::FromStr;

/// How strictly rules are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As registration reads them: a word outside its set is refused.
    Admission,
    /// As the runtime reads a bound policy: such a word falls back to what the runtime does then.
    Bound,
}

/// One object of the rules. A missing one reads as empty.
pub struct Section<'a> {
    path: String,
    members: Option<&'a Members>,
    reading: Reading,
}

impl<'a> Section<'a> {
    pub(super) fn root(rules: &'a Members, reading: Reading) -> Self {
        Self {
            path: String::new(),
            members: Some(rules),
            reading,
        }
    }

    pub(super) fn reading(&self) -> Reading {
        self.reading
    }

    fn get(&self, name: &str) -> Option<&'a Json> {
        member(self.members?, name)
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    fn wrong<T>(&self, name: &str, found: &Json, rule: &'static str) -> Result<T, InvalidValue> {
        Err(InvalidValue::new(
            self.path_of(name),
            format_args!("is {}", found.kind()),
            rule,
        ))
    }

    pub(super) fn section(&self, name: &str) -> Result<Self, InvalidValue> {
        let members = match self.get(name) {
            None => None,
            Some(Json::Object(members)) => Some(members),
            Some(other) => return self.wrong(name, other, "must be an object"),
        };
        Ok(Self {
            path: self.path_of(name),
            members,
            reading: self.reading,
        })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn boolean(&self, name: &str) -> Result<bool, InvalidValue> {
        match self.get(name) {
            None => Ok(false),
            Some(Json::Bool(value)) => Ok(*value),
            Some(other) => self.wrong(name, other, "must be true or false"),
        }
    }

    pub(super) fn number(&self, name: &str, default: Number) -> Result<Number, InvalidValue> {
        match self.get(name) {
            None => Ok(default),
            Some(Json::Number(value)) => Ok(*value),
            Some(other) => self.wrong(name, other, "must be a number"),
        }
    }

    pub(super) fn integer<T>(&self, name: &str, default: T) -> Result<T, InvalidValue>
    where
        T: TryFrom<i128>,
    {
        let Some(found) = self.get(name) else {
            return Ok(default);
        };
        let Json::Number(number) = found else {
            return self.wrong(name, found, "must be an integer");
        };
        number
            .as_integer()
            .and_then(|value| T::try_from(value).ok())
            .ok_or_else(|| {
                InvalidValue::new(
                    self.path_of(name),
                    format_args!("is {number}"),
                    "must be an integer that is not negative and not too large",
                )
            })
    }

    pub(super) fn strings(&self, name: &str) -> Result<Vec<String>, InvalidValue> {
        let items = match self.get(name) {
            None => return Ok(Vec::new()),
            Some(Json::Array(items)) => items,
            Some(other) => return self.wrong(name, other, "must be a list of strings"),
        };
        items
            .iter()
            .map(|item| match item {
                Json::String(text) => Ok(text.clone()),
                other => self.wrong(name, other, "must hold strings only"),
            })
            .collect()
    }

    /// The numbers of an open map, in their order; `None` if there is no such member.
    pub(super) fn numbers(
        &self,
        name: &str,
    ) -> Result<Option<Vec<(String, Number)>>, InvalidValue> {
        let Some(members) = self.section(name)?.members else {
            return Ok(None);
        };
        members
            .iter()
            .map(|(key, value)| match value {
                Json::Number(number) => Ok((key.clone(), *number)),
                other => self.wrong(&format!("{name}.{key}"), other, "must be a number"),
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, InvalidValue> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::String(word)) => Ok(Some(word)),
            Some(other) => self.wrong(name, other, "must be a string"),
        }
    }

    /// A word of a closed set; `fallback` is what the runtime does for a word outside it.
    pub(super) fn word<T>(&self, name: &str, fallback: T) -> Result<T, InvalidValue>
    where
        T: FromStr<Err = InvalidValue> + Default,
    {
        match self.text(name)?.map(T::from_str) {
            None => Ok(T::default()),
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) if self.reading == Reading::Admission => Err(error),
            Some(Err(_)) => Ok(fallback),
        }
    }

    /// A word of a closed set that the runtime refuses to read otherwise, even when bound.
    pub(super) fn known_word<T>(&self, name: &str) -> Result<T, InvalidValue>
    where
        T: FromStr<Err = InvalidValue> + Default,
    {
        self.text(name)?
            .map_or_else(|| Ok(T::default()), T::from_str)
    }
}
