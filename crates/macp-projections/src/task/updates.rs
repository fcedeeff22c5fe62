use crate::double;
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

/// How many headers back a report looks for its own. One that comes again later is kept twice.
const RECENT: usize = 16;

/// The progress reports of a session, of which there may be many.
///
/// One holder reports on one task, often in the same words, so that what many reports share is
/// kept once, and the rest of their text in one piece.
#[derive(Clone, Debug, Default)]
pub(super) struct Updates {
    headers: Vec<Header>,
    entries: Vec<Entry>,
    messages: Texts,
}

#[derive(Clone, Debug)]
struct Header {
    task_id: Box<str>,
    status: Box<str>,
    sender: Box<str>,
}

#[derive(Clone, Debug)]
struct Entry {
    header: u32,
    message: u32,
    progress: f64,
}

/// A place as an entry keeps it. Nobody holds so many reports that it does not fit.
fn small(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

impl Updates {
    pub(super) fn push(&mut self, update: TaskUpdateRecord<'_>) {
        let header = self.header(&update);
        let message = self.messages.place(update.message);
        self.entries.push(Entry {
            header: small(header),
            message: small(message),
            progress: update.progress,
        });
    }

    /// The place of the report's header, a recent one or a new one.
    fn header(&mut self, update: &TaskUpdateRecord<'_>) -> usize {
        let mut recent = self.headers.iter().enumerate().rev().take(RECENT);
        let same = recent.find(|(_, header)| {
            *header.task_id == *update.task_id
                && *header.status == *update.status
                && *header.sender == *update.sender
        });
        if let Some((place, _)) = same {
            return place;
        }
        self.headers.push(Header {
            task_id: update.task_id.into(),
            status: update.status.into(),
            sender: update.sender.into(),
        });
        self.headers.len() - 1
    }

    pub(super) fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = TaskUpdateRecord<'_>> + ExactSizeIterator {
        self.entries.iter().map(|entry| {
            let header = &self.headers[entry.header as usize];
            TaskUpdateRecord {
                task_id: &header.task_id,
                status: &header.status,
                progress: entry.progress,
                message: self.messages.get(entry.message as usize),
                sender: &header.sender,
            }
        })
    }
}

/// Texts in one piece; one that is repeated at once is kept once.
#[derive(Clone, Debug, Default)]
struct Texts {
    joined: String,
    /// Where each ends; it begins where the one before ends.
    ends: Vec<usize>,
}

impl Texts {
    /// The place of `text`, which may be that of the text before.
    fn place(&mut self, text: &str) -> usize {
        match self.ends.len().checked_sub(1) {
            Some(last) if self.get(last) == text => last,
            _ => {
                self.joined.push_str(text);
                self.ends.push(self.joined.len());
                self.ends.len() - 1
            }
        }
    }

    fn get(&self, place: usize) -> &str {
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.joined[begin..self.ends[place]]
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
