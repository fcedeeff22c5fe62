use super::commitment::CommitmentRules;
use super::descriptor::{ModeRules, private};
use super::json::{Members, object};
use super::read::Section;
use macp_proto::{DenyCode, InvalidValue, Mode};

/// The rules of a task policy (RFC-MACP-0012 §4.4).
///
/// ```
/// use macp_projections::policy::{Policy, TaskRules};
///
/// let rules = TaskRules::default().require_output(true);
/// let descriptor = Policy::new("policy.with-output", rules).to_descriptor()?;
/// assert_eq!(descriptor.mode, "macp.mode.task.v1");
/// # Ok::<(), macp_proto::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskRules {
    /// Whether the assignee may give the task back, so that another may take it.
    pub allow_reassignment_on_reject: bool,
    /// Whether a positive outcome needs a completion with output.
    pub require_output: bool,
    /// Who may commit.
    pub commitment: CommitmentRules,
}

impl TaskRules {
    /// Lets the assignee give the task back, or not.
    #[must_use]
    pub fn allow_reassignment_on_reject(mut self, allow: bool) -> Self {
        self.allow_reassignment_on_reject = allow;
        self
    }

    /// Demands output for a positive outcome, or not.
    #[must_use]
    pub fn require_output(mut self, require: bool) -> Self {
        self.require_output = require;
        self
    }

    /// Sets who may commit.
    #[must_use]
    pub fn commitment(mut self, commitment: CommitmentRules) -> Self {
        self.commitment = commitment;
        self
    }

    /// Why the policy refuses this outcome, given whether the task was completed with output;
    /// empty if it does not.
    pub fn denials(&self, has_output: bool, positive: bool) -> Vec<DenyCode> {
        if positive && self.require_output && !has_output {
            vec![DenyCode::OutputRequired]
        } else {
            Vec::new()
        }
    }
}

impl ModeRules for TaskRules {
    const MODE: Mode = Mode::Task;
}

impl private::Rules for TaskRules {
    fn check(&self) -> Result<(), InvalidValue> {
        self.commitment.check()
    }

    fn read(rules: &Section<'_>) -> Result<Self, InvalidValue> {
        Ok(Self {
            allow_reassignment_on_reject: rules
                .section("assignment")?
                .boolean("allow_reassignment_on_reject")?,
            require_output: rules.section("completion")?.boolean("require_output")?,
            commitment: CommitmentRules::read_whole(rules)?,
        })
    }

    fn members(&self) -> Members {
        let reassign = self.allow_reassignment_on_reject;
        vec![
            (
                "assignment".to_owned(),
                object([("allow_reassignment_on_reject", reassign.into())]),
            ),
            (
                "completion".to_owned(),
                object([("require_output", self.require_output.into())]),
            ),
            self.commitment.section(),
        ]
    }
}
