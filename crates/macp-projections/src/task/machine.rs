use super::{
    Assignment, TaskCompleteRecord, TaskFailRecord, TaskPhase, TaskRecord, TaskRejectRecord,
    TaskState, TaskStatus, TaskUpdateRecord,
};
use crate::anomaly::{AnomalyKind, Discarded, quoted};
use crate::projection::{Machine, Origin};
use bytes::Bytes;
use macp_proto::MessageType;
use macp_proto::modes::task::{
    TaskAcceptPayload, TaskCompletePayload, TaskFailPayload, TaskRejectPayload, TaskRequestPayload,
    TaskUpdatePayload,
};
use prost::Message as _;

/// A message of task mode.
#[derive(Debug)]
#[allow(missing_docs, reason = "one variant a message type")]
pub enum Message {
    Request(TaskRequestPayload),
    Accept(TaskAcceptPayload),
    Reject(TaskRejectPayload),
    Update(TaskUpdatePayload),
    Complete(TaskCompletePayload),
    Fail(TaskFailPayload),
}

impl Machine for TaskState {
    type Message = Message;

    fn parse(
        message_type: &MessageType,
        payload: &Bytes,
    ) -> Result<Option<Message>, prost::DecodeError> {
        Ok(Some(match message_type {
            MessageType::TaskRequest => {
                Message::Request(TaskRequestPayload::decode(payload.clone())?)
            }
            MessageType::TaskAccept => Message::Accept(TaskAcceptPayload::decode(&**payload)?),
            MessageType::TaskReject => Message::Reject(TaskRejectPayload::decode(&**payload)?),
            MessageType::TaskUpdate => Message::Update(TaskUpdatePayload::decode(&**payload)?),
            MessageType::TaskComplete => {
                Message::Complete(TaskCompletePayload::decode(payload.clone())?)
            }
            MessageType::TaskFail => Message::Fail(TaskFailPayload::decode(&**payload)?),
            _ => return Ok(None),
        }))
    }

    fn apply(&mut self, origin: Origin<'_>, message: Message) -> Option<Discarded> {
        let sender = origin.sender;
        match message {
            Message::Request(request) => self.request(sender, request),
            Message::Accept(accept) => return self.accept(sender, accept),
            Message::Reject(reject) => self.reject(sender, reject),
            Message::Update(update) => self.update(sender, update),
            Message::Complete(report) => self.complete(sender, report),
            Message::Fail(report) => self.fail(sender, report),
        }
        None
    }
}

impl TaskState {
    fn request(&mut self, sender: &str, request: TaskRequestPayload) {
        if self
            .active_assignment
            .as_ref()
            .is_some_and(|held| held.task_id == request.task_id)
        {
            self.active_assignment = None;
        }
        self.tasks.insert(
            request.task_id.clone(),
            TaskRecord {
                task_id: request.task_id,
                title: request.title,
                instructions: request.instructions,
                requested_assignee: request.requested_assignee,
                input: request.input,
                deadline_unix_ms: request.deadline_unix_ms,
                sender: sender.to_owned(),
                status: TaskStatus::Requested,
                assignee: None,
                progress: 0.0,
            },
        );
        self.phase = TaskPhase::Requested;
    }

    fn accept(&mut self, sender: &str, accept: TaskAcceptPayload) -> Option<Discarded> {
        let task = self.tasks.get_mut(&accept.task_id)?;
        if let Some(held) = &self.active_assignment {
            return Some(Discarded {
                kind: AnomalyKind::DuplicateTaskAccept,
                detail: format!(
                    "kept assignment of {} to {}; discarded acceptance by {}",
                    quoted(&held.task_id),
                    quoted(&held.sender),
                    quoted(sender)
                ),
                subject_id: accept.task_id,
            });
        }
        task.assignee = Some(named_or_sender(accept.assignee, sender));
        if !task.status.is_reported() {
            task.status = TaskStatus::Accepted;
            self.phase = TaskPhase::InProgress;
        }
        self.active_assignment = Some(Assignment {
            sender: sender.to_owned(),
            task_id: accept.task_id,
        });
        None
    }

    fn reject(&mut self, sender: &str, reject: TaskRejectPayload) {
        let returned = self.active_assignment.take_if(|held| held.sender == sender);
        if let Some(held) = &returned
            && let Some(task) = self.tasks.get_mut(&held.task_id)
        {
            task.assignee = None;
            if !task.status.is_reported() {
                task.status = TaskStatus::Requested;
                self.phase = TaskPhase::Requested;
            }
        }
        self.rejections.push(TaskRejectRecord {
            task_id: reject.task_id,
            assignee: named_or_sender(reject.assignee, sender),
            reason: reject.reason,
            while_assigned: returned.is_some(),
            sender: sender.to_owned(),
        });
    }

    fn update(&mut self, sender: &str, update: TaskUpdatePayload) {
        if let Some(task) = self.unreported(&update.task_id) {
            task.status = TaskStatus::InProgress;
            task.progress = update.progress;
        }
        self.updates.push(TaskUpdateRecord {
            task_id: update.task_id,
            status: update.status,
            progress: update.progress,
            message: update.message,
            sender: sender.to_owned(),
        });
    }

    fn complete(&mut self, sender: &str, report: TaskCompletePayload) {
        if let Some(task) = self.unreported(&report.task_id) {
            task.status = TaskStatus::Completed;
            task.progress = 1.0;
            self.phase = TaskPhase::Completed;
        }
        self.completions.push(TaskCompleteRecord {
            task_id: report.task_id,
            assignee: named_or_sender(report.assignee, sender),
            output: report.output,
            summary: report.summary,
            sender: sender.to_owned(),
        });
    }

    fn fail(&mut self, sender: &str, report: TaskFailPayload) {
        let known = self.tasks.contains_key(&report.task_id);
        let stands = match self.unreported(&report.task_id) {
            Some(task) => {
                task.status = TaskStatus::Failed;
                self.phase = TaskPhase::Failed;
                true
            }
            None => false,
        };
        self.failures.push(TaskFailRecord {
            task_id: report.task_id,
            assignee: named_or_sender(report.assignee, sender),
            error_code: report.error_code,
            reason: report.reason,
            retryable: report.retryable,
            sender: sender.to_owned(),
            too_late: known && !stands,
        });
    }

    /// The task, if it is known and has no report yet.
    fn unreported(&mut self, task_id: &str) -> Option<&mut TaskRecord> {
        self.tasks
            .get_mut(task_id)
            .filter(|task| !task.status.is_reported())
    }
}

fn named_or_sender(assignee: String, sender: &str) -> String {
    if assignee.is_empty() {
        sender.to_owned()
    } else {
        assignee
    }
}
