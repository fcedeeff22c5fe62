//! Task mode: one task, delegated and reported on (RFC-MACP-0009).

mod machine;
mod queries;
mod readiness;
mod updates;

pub use updates::TaskUpdateRecord;

use crate::names::names;
use crate::projection::ModeState;
use crate::{Map, Projection, base64_bytes, double};
use bytes::Bytes;
use macp_proto::Mode;
use serde::{Deserialize, Serialize};
use updates::Updates;

/// The state of a task session.
pub type TaskProjection = Projection<TaskState>;

names! {
    /// How far a task has come.
    #[derive(Default)]
    pub enum TaskPhase {
        /// Waiting for the request.
        #[default]
        Pending = "Pending",
        /// Waiting for somebody to accept.
        Requested = "Requested",
        /// Somebody works on it.
        InProgress = "InProgress",
        /// Reported as done.
        Completed = "Completed",
        /// Reported as failed.
        Failed = "Failed",
        /// The outcome is sealed.
        Committed = "Committed",
    }
}

names! {
    /// Where one task stands.
    pub enum TaskStatus {
        /// Nobody holds it.
        Requested = "requested",
        /// Somebody accepted it.
        Accepted = "accepted",
        /// Its holder reported progress.
        InProgress = "in_progress",
        /// Reported as done. Final.
        Completed = "completed",
        /// Reported as failed. Final.
        Failed = "failed",
    }
}

impl TaskStatus {
    /// Whether there is a report that stands, so that nothing changes the status any more.
    pub fn is_reported(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// A task, as it was last requested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskRecord {
    /// Its id.
    pub task_id: String,
    /// Its title.
    pub title: String,
    /// What to do.
    pub instructions: String,
    /// The only participant who may accept it; empty if any may.
    pub requested_assignee: String,
    /// What to work on.
    #[serde(with = "base64_bytes")]
    pub input: Bytes,
    /// When it should be done, in milliseconds of Unix time; 0 if not stated. For information.
    pub deadline_unix_ms: i64,
    /// Who requested it.
    pub sender: String,
    /// Where it stands.
    pub status: TaskStatus,
    /// Who works on it.
    pub assignee: Option<String>,
    /// How much is done, as last reported; usually from 0 to 1, but any double is possible.
    #[serde(with = "double")]
    pub progress: f64,
}

/// A declined or returned task, as logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskRejectRecord {
    /// The task.
    pub task_id: String,
    /// Who declines.
    pub assignee: String,
    /// Why.
    pub reason: String,
    /// Whether it is the holder giving the task back, rather than somebody declining to take it.
    pub while_assigned: bool,
    /// Who said so.
    pub sender: String,
}

/// A report of success, as logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskCompleteRecord {
    /// The task.
    pub task_id: String,
    /// Who did it.
    pub assignee: String,
    /// The result.
    #[serde(with = "base64_bytes")]
    pub output: Bytes,
    /// The result in short.
    pub summary: String,
    /// Who reports.
    pub sender: String,
}

/// A report of failure, as logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskFailRecord {
    /// The task.
    pub task_id: String,
    /// Who failed.
    pub assignee: String,
    /// What went wrong, as a code.
    pub error_code: String,
    /// What went wrong.
    pub reason: String,
    /// Whether another try may succeed.
    pub retryable: bool,
    /// Who reports.
    pub sender: String,
    /// Whether the task had its report already, so that this one only was logged.
    pub too_late: bool,
}

/// Who holds which task. A session has one such slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Assignment {
    /// Who accepted.
    pub sender: String,
    /// What they accepted.
    pub task_id: String,
}

/// Task mode's part of a [`TaskProjection`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TaskState {
    phase: TaskPhase,
    tasks: Map<String, TaskRecord>,
    active_assignment: Option<Assignment>,
    rejections: Vec<TaskRejectRecord>,
    updates: Updates,
    completions: Vec<TaskCompleteRecord>,
    failures: Vec<TaskFailRecord>,
}

impl ModeState for TaskState {
    const MODE: Mode = Mode::Task;
    const COMMITTED: TaskPhase = TaskPhase::Committed;
    type Phase = TaskPhase;

    fn open_phase(&self) -> TaskPhase {
        self.phase
    }
}
