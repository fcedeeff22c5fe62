use crate::action::{
    Action, ActionContext, ActionPayload, check_finite, check_is_sender, check_takes_part,
    default_to_sender, reason_setter,
};
use crate::{OwnSends, Session, SessionMode, View};
use bytes::Bytes;
use macp_projections::task::TaskState;
use macp_proto::InvalidValue;
use macp_proto::modes::task::{
    TaskAcceptPayload, TaskCompletePayload, TaskFailPayload, TaskRejectPayload, TaskRequestPayload,
    TaskUpdatePayload,
};

/// A session in task mode (RFC-MACP-0009).
pub type TaskSession<V = OwnSends<TaskState>> = Session<TaskState, V>;

impl SessionMode for TaskState {
    fn check_roster(participants: &[String], initiator: &str) -> Result<(), InvalidValue> {
        if participants.iter().any(|name| name != initiator) {
            return Ok(());
        }
        Err(InvalidValue::new(
            "participants",
            format_args!("has nobody but the initiator {initiator:?}"),
            "a task needs a participant to do it",
        ))
    }
}

impl<V: View<TaskState>> TaskSession<V> {
    /// Asks for the session's one task. Only the initiator may, once.
    pub fn request_task(
        &mut self,
        task_id: impl Into<String>,
        title: impl Into<String>,
    ) -> Action<'_, TaskState, V, TaskRequestPayload> {
        self.send(TaskRequestPayload {
            task_id: task_id.into(),
            title: title.into(),
            ..TaskRequestPayload::default()
        })
    }

    /// Takes the task on.
    pub fn accept_task(
        &mut self,
        task_id: impl Into<String>,
    ) -> Action<'_, TaskState, V, TaskAcceptPayload> {
        self.send(TaskAcceptPayload {
            task_id: task_id.into(),
            ..TaskAcceptPayload::default()
        })
    }

    /// Declines the task, or gives it back where the bound policy allows that.
    pub fn reject_task(
        &mut self,
        task_id: impl Into<String>,
    ) -> Action<'_, TaskState, V, TaskRejectPayload> {
        self.send(TaskRejectPayload {
            task_id: task_id.into(),
            ..TaskRejectPayload::default()
        })
    }

    /// Reports progress. Any finite `progress` is accepted; 0 to 1 is customary.
    pub fn update_task(
        &mut self,
        task_id: impl Into<String>,
        status: impl Into<String>,
        progress: f64,
    ) -> Action<'_, TaskState, V, TaskUpdatePayload> {
        self.send(TaskUpdatePayload {
            task_id: task_id.into(),
            status: status.into(),
            progress,
            ..TaskUpdatePayload::default()
        })
    }

    /// Reports the task done.
    pub fn complete_task(
        &mut self,
        task_id: impl Into<String>,
    ) -> Action<'_, TaskState, V, TaskCompletePayload> {
        self.send(TaskCompletePayload {
            task_id: task_id.into(),
            ..TaskCompletePayload::default()
        })
    }

    /// Reports the task failed.
    pub fn fail_task(
        &mut self,
        task_id: impl Into<String>,
        error_code: impl Into<String>,
    ) -> Action<'_, TaskState, V, TaskFailPayload> {
        self.send(TaskFailPayload {
            task_id: task_id.into(),
            error_code: error_code.into(),
            ..TaskFailPayload::default()
        })
    }
}

impl<V: View<TaskState>> Action<'_, TaskState, V, TaskRequestPayload> {
    /// What is to be done.
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.payload.instructions = instructions.into();
        self
    }

    /// The participant who is to do it; anybody but the initiator may when it is not set.
    pub fn requested_assignee(mut self, participant: impl Into<String>) -> Self {
        self.payload.requested_assignee = participant.into();
        self
    }

    /// Input for the work; the protocol does not read it.
    pub fn input(mut self, input: impl Into<Bytes>) -> Self {
        self.payload.input = input.into();
        self
    }

    /// When it should be done, in Unix milliseconds. For information: nobody enforces it.
    pub fn deadline_unix_ms(mut self, deadline: i64) -> Self {
        self.payload.deadline_unix_ms = deadline;
        self
    }
}

impl<V: View<TaskState>> Action<'_, TaskState, V, TaskUpdatePayload> {
    /// What there is to say.
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.payload.message = message.into();
        self
    }

    /// What is ready so far; the protocol does not read it.
    pub fn partial_output(mut self, output: impl Into<Bytes>) -> Self {
        self.payload.partial_output = output.into();
        self
    }
}

impl<V: View<TaskState>> Action<'_, TaskState, V, TaskCompletePayload> {
    /// The result. A policy with `completion.require_output` asks for it.
    pub fn output(mut self, output: impl Into<Bytes>) -> Self {
        self.payload.output = output.into();
        self
    }

    /// The result, in short.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.payload.summary = summary.into();
        self
    }
}

impl<V: View<TaskState>> Action<'_, TaskState, V, TaskFailPayload> {
    /// Says that another attempt may succeed.
    pub fn retryable(mut self) -> Self {
        self.payload.retryable = true;
        self
    }
}

reason_setter!(TaskState: TaskAcceptPayload, TaskRejectPayload, TaskFailPayload);

impl ActionPayload for TaskRequestPayload {
    fn check(&self, context: ActionContext<'_>) -> Result<(), InvalidValue> {
        InvalidValue::if_blank("task_id", &self.task_id)?;
        if self.requested_assignee.is_empty() {
            return Ok(());
        }
        check_takes_part(
            "requested_assignee",
            &self.requested_assignee,
            context.participants,
        )
    }
}

impl ActionPayload for TaskUpdatePayload {
    fn check(&self, _context: ActionContext<'_>) -> Result<(), InvalidValue> {
        InvalidValue::if_blank("task_id", &self.task_id)?;
        check_finite("progress", self.progress)
    }
}

macro_rules! by_assignee {
    ($($payload:ty),+) => {$(
        impl ActionPayload for $payload {
            fn complete(&mut self, context: ActionContext<'_>) {
                default_to_sender(&mut self.assignee, context.sender);
            }

            fn check(&self, context: ActionContext<'_>) -> Result<(), InvalidValue> {
                InvalidValue::if_blank("task_id", &self.task_id)?;
                check_is_sender("assignee", &self.assignee, context.sender)
            }
        }
    )+};
}

by_assignee!(
    TaskAcceptPayload,
    TaskRejectPayload,
    TaskCompletePayload,
    TaskFailPayload
);
