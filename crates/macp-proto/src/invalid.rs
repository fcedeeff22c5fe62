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

    /// Refuses a text that is empty after trimming, as the runtime does.
    ///
    /// ```
    /// use macp_proto::InvalidValue;
    ///
    /// assert!(InvalidValue::if_blank("proposal_id", "p1").is_ok());
    /// let error = InvalidValue::if_blank("proposal_id", "").unwrap_err();
    /// assert_eq!(error.to_string(), "proposal_id: is empty; must contain more than white space");
    /// ```
    pub fn if_blank(field: impl Into<Cow<'static, str>>, text: &str) -> Result<(), Self> {
        if !text.trim().is_empty() {
            return Ok(());
        }
        let problem = if text.is_empty() {
            "is empty"
        } else {
            "is blank"
        };
        Err(Self::new(
            field,
            problem,
            "must contain more than white space",
        ))
    }
}
