use super::{
    Assignment, TaskCompleteRecord, TaskFailRecord, TaskPhase, TaskRecord, TaskRejectRecord,
    TaskState, TaskStatus, TaskUpdateRecord,
};
use crate::anomaly::{AnomalyKind, Discarded, quoted};
use crate::projection::Machine;
use crate::wire::{self, Fields};
use macp_proto::MessageType;
use macp_proto::modes::task::{
    TaskAcceptPayload, TaskCompletePayload, TaskFailPayload, TaskRejectPayload, TaskRequestPayload,
    TaskUpdatePayload,
};
use macp_proto::v1::Envelope;
use prost::{DecodeError, Message as _};
use std::borrow::Cow;

/// A progress report, read in place.
#[derive(Debug)]
struct Update<'a> {
    task_id: Cow<'a, str>,
    status: Cow<'a, str>,
    progress: f64,
    message: Cow<'a, str>,
}

impl<'a> Update<'a> {
    fn decode(payload: &'a [u8]) -> Result<Self, DecodeError> {
        if let Some(update) = Self::read(payload) {
            return Ok(update);
        }
        let update = TaskUpdatePayload::decode(payload)?;
        Ok(Self {
            task_id: update.task_id.into(),
            status: update.status.into(),
            progress: update.progress,
            message: update.message.into(),
        })
    }

    fn read(payload: &'a [u8]) -> Option<Self> {
        const TASK_ID: u8 = wire::delimited(1);
        const STATUS: u8 = wire::delimited(2);
        const PROGRESS: u8 = wire::double(3);
        const MESSAGE: u8 = wire::delimited(4);
        const PARTIAL_OUTPUT: u8 = wire::delimited(5);
        let (mut task_id, mut status, mut progress, mut message) = ("", "", 0.0, "");
        let mut fields = Fields::of(payload);
        while let Some(key) = fields.key() {
            match key {
                TASK_ID => task_id = fields.text()?,
                STATUS => status = fields.text()?,
                PROGRESS => progress = fields.double()?,
                MESSAGE => message = fields.text()?,
                PARTIAL_OUTPUT => {
                    fields.bytes()?;
                }
                _ => return None,
            }
        }
        Some(Self {
            task_id: task_id.into(),
            status: status.into(),
            progress,
            message: message.into(),
        })
    }
}

impl Machine for TaskState {
    fn apply(
        &mut self,
        message_type: &MessageType,
        envelope: &Envelope,
    ) -> Result<Option<Discarded>, DecodeError> {
        let (sender, payload) = (&envelope.sender, &envelope.payload);
        match message_type {
            MessageType::TaskRequest => {
                self.request(sender, TaskRequestPayload::decode(payload.clone())?);
            }
            MessageType::TaskAccept => {
                return Ok(self.accept(sender, TaskAcceptPayload::decode(&**payload)?));
            }
            MessageType::TaskReject => self.reject(sender, TaskRejectPayload::decode(&**payload)?),
            MessageType::TaskUpdate => self.update(sender, &Update::decode(payload)?),
            MessageType::TaskComplete => {
                self.complete(sender, TaskCompletePayload::decode(payload.clone())?);
            }
            MessageType::TaskFail => self.fail(sender, TaskFailPayload::decode(&**payload)?),
            _ => {}
        }
        Ok(None)
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

    fn update(&mut self, sender: &str, update: &Update<'_>) {
        if let Some(task) = self.unreported(&update.task_id) {
            task.status = TaskStatus::InProgress;
            task.progress = update.progress;
        }
        self.updates.push(TaskUpdateRecord {
            task_id: &update.task_id,
            status: &update.status,
            progress: update.progress,
            message: &update.message,
            sender,
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn updates_read_in_place_as_they_decode(payload in wire::tests::almost_payloads()) {
            if let Some(read) = Update::read(&payload) {
                let update = TaskUpdatePayload::decode(payload.as_slice()).unwrap();
                prop_assert_eq!(read.task_id, update.task_id);
                prop_assert_eq!(read.status, update.status);
                prop_assert_eq!(read.progress.to_bits(), update.progress.to_bits());
                prop_assert_eq!(read.message, update.message);
            }
        }
    }
}
