use macp_proto::InvalidValue;
use serde_json::{Map, Value};

/// An object of the file, and where in the file it is.
///
/// Problems tell a value's type and never the value: it may be a secret.
pub(super) struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    /// The path of the object with a dot behind it; empty at the top.
    prefix: String,
}

impl<'a> Fields<'a> {
    pub(super) fn top(value: &'a Value) -> Result<Self, InvalidValue> {
        match value {
            Value::Object(object) => Ok(Self {
                object: Some(object),
                prefix: String::new(),
            }),
            other => Err(wrong_type("the file".into(), other, "an object")),
        }
    }

    /// What stands for an object that is not there.
    pub(super) fn empty(path: &str) -> Self {
        Self {
            object: None,
            prefix: format!("{path}."),
        }
    }

    /// The value under `key`; `null` is none.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.object?.get(key).filter(|value| !value.is_null())
    }

    /// The path of `key` in the file.
    pub(super) fn path(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    pub(super) fn object(&self, key: &str) -> Result<Option<Self>, InvalidValue> {
        self.typed(key, "an object", |value| {
            value.as_object().map(|object| Self {
                object: Some(object),
                prefix: format!("{}.", self.path(key)),
            })
        })
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, InvalidValue> {
        self.typed(key, "a text", Value::as_str)
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, InvalidValue> {
        self.typed(key, "true or false", Value::as_bool)
    }

    pub(super) fn count(&self, key: &str) -> Result<Option<u64>, InvalidValue> {
        self.typed(key, "a whole number from 0", Value::as_u64)
    }

    /// A text that must be there and not be blank.
    pub(super) fn required(&self, key: &str) -> Result<&'a str, InvalidValue> {
        match self.text(key)? {
            Some(text) => {
                InvalidValue::if_blank(self.path(key), text)?;
                Ok(text)
            }
            None => Err(missing(self.path(key))),
        }
    }

    /// A text that may be missing but not be blank.
    pub(super) fn named(&self, key: &str) -> Result<Option<String>, InvalidValue> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        InvalidValue::if_blank(self.path(key), text)?;
        Ok(Some(text.to_owned()))
    }

    /// The texts of a list; none for anything that is not a list.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, InvalidValue> {
        let Some(Value::Array(list)) = self.get(key) else {
            return Ok(Vec::new());
        };
        let text = |(at, value): (usize, &Value)| match value {
            Value::String(text) => Ok(text.clone()),
            other => Err(wrong_type(
                format!("{}[{at}]", self.path(key)),
                other,
                "a text",
            )),
        };
        list.iter().enumerate().map(text).collect()
    }

    /// The objects of a list.
    pub(super) fn objects(&self, key: &str) -> Result<Vec<Self>, InvalidValue> {
        let list = self.typed(key, "a list", Value::as_array)?;
        let object = |(at, value): (usize, &'a Value)| {
            let path = format!("{}[{at}]", self.path(key));
            match value {
                Value::Object(object) => Ok(Self {
                    object: Some(object),
                    prefix: format!("{path}."),
                }),
                other => Err(wrong_type(path, other, "an object")),
            }
        };
        list.into_iter().flatten().enumerate().map(object).collect()
    }

    /// Every key and value of the object.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.object.into_iter().flatten()
    }

    fn typed<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, InvalidValue> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => match read(value) {
                Some(read) => Ok(Some(read)),
                None => Err(wrong_type(self.path(key), value, expected)),
            },
        }
    }
}

pub(super) fn missing(path: String) -> InvalidValue {
    InvalidValue::new(path, "is missing", "must be given")
}

pub(super) fn wrong_type(path: String, value: &Value, expected: &str) -> InvalidValue {
    let problem = match value {
        Value::Null => "is null",
        Value::Bool(_) => "is true or false",
        Value::Number(number) if number.is_f64() => "is a number with a fraction",
        Value::Number(number) if number.is_i64() && !number.is_u64() => "is a negative number",
        Value::Number(_) => "is a number",
        Value::String(_) => "is a text",
        Value::Array(_) => "is a list",
        Value::Object(_) => "is an object",
    };
    InvalidValue::new(path, problem, format!("must be {expected}"))
}
