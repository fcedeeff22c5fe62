use super::{
    Assignment, TaskCompleteRecord, TaskFailRecord, TaskRecord, TaskRejectRecord, TaskState,
    TaskStatus, TaskUpdateRecord,
};
use crate::Projection;

/// What a task session holds.
impl Projection<TaskState> {
    /// The tasks, in the order of their first request. A runtime accepts one a session.
    pub fn tasks(&self) -> impl DoubleEndedIterator<Item = &TaskRecord> + ExactSizeIterator {
        self.state.tasks.values()
    }

    /// One task.
    pub fn task(&self, task_id: &str) -> Option<&TaskRecord> {
        self.state.tasks.get(task_id)
    }

    /// Who holds a task now.
    pub fn active_assignment(&self) -> Option<&Assignment> {
        self.state.active_assignment.as_ref()
    }

    /// Every decline and return, in order.
    pub fn rejections(&self) -> &[TaskRejectRecord] {
        &self.state.rejections
    }

    /// Every progress report, in order.
    pub fn updates(
        &self,
    ) -> impl DoubleEndedIterator<Item = TaskUpdateRecord<'_>> + ExactSizeIterator {
        self.state.updates.iter()
    }

    /// Every report of success, in order; only the first report of a task stands.
    pub fn completions(&self) -> &[TaskCompleteRecord] {
        &self.state.completions
    }

    /// Every report of failure, in order; only the first report of a task stands.
    pub fn failures(&self) -> &[TaskFailRecord] {
        &self.state.failures
    }

    /// Who works on a task, as its acceptance named them.
    pub fn current_assignee(&self, task_id: &str) -> Option<&str> {
        self.task(task_id)?.assignee.as_deref()
    }

    /// Where a task stands.
    pub fn current_status(&self, task_id: &str) -> Option<TaskStatus> {
        self.task(task_id).map(|task| task.status)
    }

    /// Whether somebody accepted the task and has not reported yet.
    pub fn is_accepted(&self, task_id: &str) -> bool {
        matches!(
            self.current_status(task_id),
            Some(TaskStatus::Accepted | TaskStatus::InProgress)
        )
    }

    /// Whether the task is reported as done.
    pub fn is_completed(&self, task_id: &str) -> bool {
        self.current_status(task_id) == Some(TaskStatus::Completed)
    }

    /// Whether the task is reported as failed.
    pub fn is_failed(&self, task_id: &str) -> bool {
        self.current_status(task_id) == Some(TaskStatus::Failed)
    }

    /// Whether a report of failure says that another try may succeed. One that came after the
    /// task's report does not count.
    pub fn is_retryable(&self, task_id: &str) -> bool {
        self.failures()
            .iter()
            .any(|failure| failure.task_id == task_id && failure.retryable && !failure.too_late)
    }

    /// How much of a task is done, as last reported; 0 for an unknown one.
    pub fn progress_of(&self, task_id: &str) -> f64 {
        self.task(task_id).map_or(0.0, |task| task.progress)
    }

    /// The last progress that was reported, on whichever task.
    pub fn latest_progress(&self) -> Option<f64> {
        self.updates().next_back().map(|update| update.progress)
    }

    /// The tasks that are not reported yet.
    pub fn active_tasks(&self) -> impl DoubleEndedIterator<Item = &TaskRecord> {
        self.tasks().filter(|task| !task.status.is_reported())
    }

    /// Whether a decline or return names this participant.
    pub fn has_declined(&self, participant: &str) -> bool {
        self.rejections()
            .iter()
            .any(|rejection| rejection.assignee == participant)
    }

    /// Everyone who declined or gave back, once each, in the order of the first time.
    pub fn declined_participants(&self) -> impl DoubleEndedIterator<Item = &str> {
        let rejections = self.rejections();
        rejections
            .iter()
            .enumerate()
            .filter(|(at, rejection)| {
                !rejections[..*at]
                    .iter()
                    .any(|earlier| earlier.assignee == rejection.assignee)
            })
            .map(|(_, rejection)| rejection.assignee.as_str())
    }

    /// Whether nobody holds a task and `participant` has not declined.
    ///
    /// Whether there is a task, whom it is meant for and what the policy says is not asked:
    /// [`Self::eligible_assignees`] is the runtime's rule.
    pub fn can_accept(&self, participant: &str) -> bool {
        self.active_assignment().is_none() && !self.has_declined(participant)
    }

    /// Whether a negative outcome of this task could be committed.
    pub fn negative_commit_eligible(&self, task_id: &str) -> bool {
        let Some(task) = self.task(task_id) else {
            return false;
        };
        let reported = self.completions().iter().any(|c| c.task_id == task_id)
            || self.failures().iter().any(|f| f.task_id == task_id);
        reported || self.declined_by_requested(task)
    }

    /// Whether the only participant who might take the task declined to, and nobody holds it.
    pub(super) fn declined_by_requested(&self, task: &TaskRecord) -> bool {
        !task.requested_assignee.is_empty()
            && self.active_assignment().is_none()
            && self.rejections().iter().any(|rejection| {
                rejection.assignee == task.requested_assignee && !rejection.while_assigned
            })
    }
}
