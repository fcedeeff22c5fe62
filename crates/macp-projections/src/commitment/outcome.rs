use macp_proto::InvalidValue;
use serde::{Deserialize, Serialize};

const NEGATIVE_ENDINGS: [&str; 3] = ["rejected", "failed", "declined"];
const POSITIVE_ENDINGS: [&str; 4] = ["selected", "accepted", "completed", "approved"];

/// Whether an outcome is a success: a commitment's `outcome_positive` (RFC-MACP-0001 §7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomePolarity {
    /// Something was selected, accepted, completed or approved.
    Positive,
    /// A definite no: something was rejected or declined, or it failed.
    Negative,
}

impl OutcomePolarity {
    /// The polarity that `outcome_positive` stands for.
    pub fn of(outcome_positive: bool) -> Self {
        if outcome_positive {
            Self::Positive
        } else {
            Self::Negative
        }
    }

    /// The wire's `outcome_positive`.
    pub fn is_positive(self) -> bool {
        self == Self::Positive
    }
}

/// The polarity of an action when nobody gives one.
///
/// Negative when the action ends, in any case, with `rejected`, `failed` or `declined`; positive
/// otherwise. Every SDK infers it like this.
///
/// ```
/// use macp_projections::commitment::{OutcomePolarity, infer_outcome};
///
/// assert_eq!(infer_outcome("deployment.approved"), OutcomePolarity::Positive);
/// assert_eq!(infer_outcome("Task.FAILED"), OutcomePolarity::Negative);
/// ```
pub fn infer_outcome(action: &str) -> OutcomePolarity {
    let action = action.to_lowercase();
    OutcomePolarity::of(
        !NEGATIVE_ENDINGS
            .iter()
            .any(|ending| action.ends_with(ending)),
    )
}

/// Refuses a polarity that contradicts the action's ending, as the runtime does.
///
/// The runtime compares case: `Decision.REJECTED` may be positive.
pub fn check_outcome(action: &str, outcome: OutcomePolarity) -> Result<(), InvalidValue> {
    let (contradictions, polarity) = match outcome {
        OutcomePolarity::Positive => (&NEGATIVE_ENDINGS[..], "negative"),
        OutcomePolarity::Negative => (&POSITIVE_ENDINGS[..], "positive"),
    };
    if !contradictions.iter().any(|ending| action.ends_with(ending)) {
        return Ok(());
    }
    Err(InvalidValue::new(
        "outcome_positive",
        format_args!("is {} for the action {action:?}", outcome.is_positive()),
        format!("an action with this ending has a {polarity} outcome"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inference_ignores_case_and_defaults_to_positive() {
        for action in ["decision.rejected", "X.Failed", "handoff.DECLINED"] {
            assert_eq!(infer_outcome(action), OutcomePolarity::Negative, "{action}");
        }
        for action in ["decision.approved", "failed.over", "anything", ""] {
            assert_eq!(infer_outcome(action), OutcomePolarity::Positive, "{action}");
        }
    }

    #[test]
    fn a_contradiction_names_the_rule() {
        let error = check_outcome("task.failed", OutcomePolarity::Positive).unwrap_err();
        assert_eq!(
            error.to_string(),
            "outcome_positive: is true for the action \"task.failed\"; \
             an action with this ending has a negative outcome"
        );
        assert!(check_outcome("task.completed", OutcomePolarity::Negative).is_err());
        assert!(check_outcome("Decision.REJECTED", OutcomePolarity::Positive).is_ok());
        assert!(check_outcome("custom", OutcomePolarity::Negative).is_ok());
    }
}
