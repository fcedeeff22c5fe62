use crate::double;
use crate::repeated::Repeated;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// A progress report, as logged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TaskUpdateRecord<'a> {
    /// The task.
    pub task_id: &'a str,
    /// Where it stands, in the holder's words.
    pub status: &'a str,
    /// How much is done.
    #[serde(with = "double")]
    pub progress: f64,
    /// What else there is to say.
    pub message: &'a str,
    /// Who reports.
    pub sender: &'a str,
}

/// The progress reports of a session, of which there may be many.
///
/// One holder reports on one task, often in the same words, so that what many reports share is
/// kept once, and the rest of their text in one piece.
#[derive(Clone, Debug, Default)]
pub(super) struct Updates {
    headers: Repeated<Header>,
    entries: Vec<Entry>,
    messages: String,
}

#[derive(Clone, Debug)]
struct Header {
    task_id: Box<str>,
    status: Box<str>,
    sender: Box<str>,
}

#[derive(Clone, Debug)]
struct Entry {
    header: usize,
    progress: f64,
    /// Where its message ends; it begins where the one before ends.
    message_end: usize,
}

impl Updates {
    pub(super) fn push(&mut self, update: TaskUpdateRecord<'_>) {
        let header = self.header(&update);
        self.messages.push_str(update.message);
        self.entries.push(Entry {
            header,
            progress: update.progress,
            message_end: self.messages.len(),
        });
    }

    fn header(&mut self, update: &TaskUpdateRecord<'_>) -> usize {
        self.headers.place(
            |header| {
                *header.task_id == *update.task_id
                    && *header.status == *update.status
                    && *header.sender == *update.sender
            },
            || Header {
                task_id: update.task_id.into(),
                status: update.status.into(),
                sender: update.sender.into(),
            },
        )
    }

    pub(super) fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = TaskUpdateRecord<'_>> + ExactSizeIterator {
        (0..self.entries.len()).map(|at| {
            let begin = at
                .checked_sub(1)
                .map_or(0, |before| self.entries[before].message_end);
            let entry = &self.entries[at];
            let header = &self.headers[entry.header];
            TaskUpdateRecord {
                task_id: &header.task_id,
                status: &header.status,
                progress: entry.progress,
                message: &self.messages[begin..entry.message_end],
                sender: &header.sender,
            }
        })
    }
}

impl Serialize for Updates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Updates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// A [`TaskUpdateRecord`] in a snapshot.
        #[derive(Deserialize)]
        struct Stored<'a> {
            task_id: Cow<'a, str>,
            status: Cow<'a, str>,
            #[serde(with = "double")]
            progress: f64,
            message: Cow<'a, str>,
            sender: Cow<'a, str>,
        }

        let mut updates = Self::default();
        for stored in Vec::<Stored<'_>>::deserialize(deserializer)? {
            updates.push(TaskUpdateRecord {
                task_id: &stored.task_id,
                status: &stored.status,
                progress: stored.progress,
                message: &stored.message,
                sender: &stored.sender,
            });
        }
        Ok(updates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_pushed_is_there(
            told in prop::collection::vec(("[ab]?", "\\PC{0,2}", any::<f64>(), "\\PC{0,9}", "[ab]"), 0..40),
        ) {
            let mut updates = Updates::default();
            let records: Vec<_> = told
                .iter()
                .map(|(task_id, status, progress, message, sender)| TaskUpdateRecord {
                    task_id, status, progress: *progress, message, sender,
                })
                .collect();
            for record in &records {
                updates.push(*record);
            }
            prop_assert!(updates.iter().eq(records.iter().copied()));
            prop_assert!(updates.iter().rev().eq(records.iter().rev().copied()));

            let stored = serde_json::to_string(&updates).unwrap();
            prop_assert_eq!(&stored, &serde_json::to_string(&records).unwrap());
            let restored: Updates = serde_json::from_str(&stored).unwrap();
            prop_assert!(restored.iter().eq(records.iter().copied()));
        }
    }
}
