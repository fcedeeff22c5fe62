use std::borrow::Cow;
use std::fmt::Display;

/// A value that breaks a rule of the protocol, found before anything was sent.
///
/// It names the field, what is wrong with the value and the rule, so that the text alone is enough
/// to mend the call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}; {rule}")]
pub struct InvalidValue {
    field: Cow<'static, str>,
    problem: String,
    rule: Cow<'static, str>,
}

impl InvalidValue {
    /// An error about `field`: what is wrong with its value, and the rule that it breaks.
    pub fn new(
        field: impl Into<Cow<'static, str>>,
        problem: impl Display,
        rule: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            field: field.into(),
            problem: problem.to_string(),
            rule: rule.into(),
        }
    }

    /// The field's name, as the wire or the builder spells it.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What is wrong with the value.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// The rule that the value breaks.
    pub fn rule(&self) -> &str {
        &self.rule
    }
}

/// Refuses a text that is empty after trimming, as the runtime does.
pub(crate) fn non_blank(field: &'static str, value: &str) -> Result<(), InvalidValue> {
    if value.trim().is_empty() {
        let problem = if value.is_empty() {
            "is empty"
        } else {
            "is blank"
        };
        return Err(InvalidValue::new(
            field,
            problem,
            "must contain more than white space",
        ));
    }
    Ok(())
}
