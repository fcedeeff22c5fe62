use super::TaskState;
use crate::policy::{Policy, TaskRules};
use crate::{CommitReadiness, Projection};

/// What the bound policy makes of a task session.
impl Projection<TaskState> {
    /// Which outcome the runtime would accept next (RFC-MACP-0009 §5, RFC-MACP-0012 §4.4).
    ///
    /// After a report either outcome will do, unless the policy refuses; before it, only a
    /// negative one, and only if the one participant who was asked declined. `None` stands for
    /// the defaults of every rule. Without the `SessionStart` the answer is neither.
    pub fn commit_readiness(&self, policy: Option<&Policy<TaskRules>>) -> CommitReadiness {
        if self.is_committed() || self.binding.is_none() || self.is_poisoned() {
            return CommitReadiness::NONE;
        }
        let reported = self.tasks().any(|task| task.status.is_reported());
        if !reported {
            return CommitReadiness {
                positive: false,
                negative: self.tasks().any(|task| self.declined_by_requested(task)),
            };
        }
        let Some(policy) = policy else {
            return CommitReadiness::BOTH;
        };
        let has_output = self
            .completions()
            .first()
            .is_some_and(|report| !report.output.is_empty());
        CommitReadiness::of(|positive| policy.rules().denials(has_output, positive).is_empty())
    }

    /// Who may accept the task now, by the runtime's rules (RFC-MACP-0009 §5).
    ///
    /// Nobody before the request, while somebody holds it, or after the commitment. Else the
    /// requested assignee, or any participant but the initiator, unless they declined; and after
    /// the task was given back, only where the policy allows reassignment.
    pub fn eligible_assignees(
        &self,
        policy: Option<&Policy<TaskRules>>,
    ) -> impl Iterator<Item = &str> {
        let reassigning = self.rejections().iter().any(|r| r.while_assigned);
        let allowed = policy.is_some_and(|policy| policy.rules().allow_reassignment_on_reject);
        let task = self.tasks().next().filter(|_| {
            self.active_assignment().is_none()
                && !self.is_committed()
                && !self.is_poisoned()
                && (allowed || !reassigning)
        });
        self.participants()
            .iter()
            .map(String::as_str)
            .filter(move |one| {
                task.is_some_and(|task| {
                    if task.requested_assignee.is_empty() {
                        self.initiator() != Some(*one)
                    } else {
                        task.requested_assignee == *one
                    }
                }) && !self.has_declined(one)
            })
    }

    /// Whether a reported progress is no finite number, after which the runtime refuses every
    /// further message of the session.
    pub fn is_poisoned(&self) -> bool {
        self.updates().any(|update| !update.progress.is_finite())
    }
}
