use super::blocks::Blocks;
use crate::repeated::Repeated;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use hashbrown::{DefaultHashBuilder, HashTable};
use macp_proto::MessageType;
use macp_proto::v1::Envelope;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;
use std::hash::BuildHasher as _;

/// The envelopes of one session's history, in accepted order.
///
/// What is the same on many envelopes is kept once, so an entry costs less memory than an
/// [`Envelope`] does; [`TranscriptEntry::to_envelope`] gives back the whole.
#[derive(Clone, Default)]
pub struct Transcript {
    headers: Repeated<Header>,
    entries: Blocks<Entry>,
    ids: HashTable<SeenId>,
    hasher: DefaultHashBuilder,
}

/// What many envelopes share: a session has one header for each message type.
#[derive(Clone, Debug, PartialEq)]
struct Header {
    macp_version: Box<str>,
    mode: Box<str>,
    session_id: Box<str>,
    message_type: MessageType,
}

#[derive(Clone, Debug)]
struct Entry {
    header: usize,
    message_id: Box<str>,
    sender: Box<str>,
    timestamp_unix_ms: i64,
    payload: Bytes,
}

/// A message id that was recorded, found through its hash; the text is in the entry.
#[derive(Clone, Copy)]
struct SeenId {
    hash: u64,
    entry: usize,
}

/// Where a message id that is not in the transcript yet would go.
#[derive(Clone, Copy)]
pub(crate) struct NewId(Option<u64>);

impl Transcript {
    /// How many envelopes it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds no envelope.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entry at `index`, counted from 0.
    pub fn get(&self, index: usize) -> Option<TranscriptEntry<'_>> {
        self.entries.get(index).map(|entry| self.view(entry))
    }

    /// The entries in accepted order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = TranscriptEntry<'_>> + ExactSizeIterator {
        (0..self.len()).map(|index| self.view(&self.entries[index]))
    }

    /// Whether an envelope with this message id is in it. The empty id never is: it names nothing.
    pub fn contains(&self, message_id: &str) -> bool {
        self.new_id(message_id).is_none()
    }

    /// Makes room for the message ids of `additional` envelopes.
    pub fn reserve(&mut self, additional: usize) {
        self.ids.reserve(additional, |seen| seen.hash);
    }

    /// Looks `message_id` up; `None` means that it is there already.
    pub(crate) fn new_id(&self, message_id: &str) -> Option<NewId> {
        if message_id.is_empty() {
            return Some(NewId(None));
        }
        let hash = self.hasher.hash_one(message_id);
        let known = self.ids.find(hash, |seen| {
            seen.hash == hash && *self.entries[seen.entry].message_id == *message_id
        });
        known.is_none().then_some(NewId(Some(hash)))
    }

    /// Appends an envelope whose id was looked up and whose type was read.
    pub(crate) fn push(&mut self, id: NewId, message_type: &MessageType, envelope: Envelope) {
        let header = self.header(message_type, &envelope);
        if let NewId(Some(hash)) = id {
            let entry = self.entries.len();
            self.ids
                .insert_unique(hash, SeenId { hash, entry }, |seen| seen.hash);
        }
        self.entries.push(Entry {
            header,
            message_id: envelope.message_id.into(),
            sender: envelope.sender.into(),
            timestamp_unix_ms: envelope.timestamp_unix_ms,
            payload: envelope.payload,
        });
    }

    fn header(&mut self, message_type: &MessageType, envelope: &Envelope) -> usize {
        self.headers.place(
            |header| {
                header.message_type == *message_type
                    && *header.session_id == *envelope.session_id
                    && *header.mode == *envelope.mode
                    && *header.macp_version == *envelope.macp_version
            },
            || Header {
                macp_version: envelope.macp_version.as_str().into(),
                mode: envelope.mode.as_str().into(),
                session_id: envelope.session_id.as_str().into(),
                message_type: message_type.clone(),
            },
        )
    }

    fn view<'a>(&'a self, entry: &'a Entry) -> TranscriptEntry<'a> {
        TranscriptEntry {
            header: &self.headers[entry.header],
            entry,
        }
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Transcript {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

/// One envelope of a [`Transcript`].
#[derive(Clone, Copy)]
pub struct TranscriptEntry<'a> {
    header: &'a Header,
    entry: &'a Entry,
}

impl<'a> TranscriptEntry<'a> {
    /// The protocol version.
    pub fn macp_version(&self) -> &'a str {
        &self.header.macp_version
    }

    /// The mode.
    pub fn mode(&self) -> &'a str {
        &self.header.mode
    }

    /// The session's id.
    pub fn session_id(&self) -> &'a str {
        &self.header.session_id
    }

    /// What the payload is.
    pub fn message_type(&self) -> &'a MessageType {
        &self.header.message_type
    }

    /// The message's id, possibly empty.
    pub fn message_id(&self) -> &'a str {
        &self.entry.message_id
    }

    /// Who sent it.
    pub fn sender(&self) -> &'a str {
        &self.entry.sender
    }

    /// When it was sent by its sender's clock, in milliseconds of Unix time; 0 if not stated.
    pub fn timestamp_unix_ms(&self) -> i64 {
        self.entry.timestamp_unix_ms
    }

    /// The payload, encoded.
    pub fn payload(&self) -> &'a Bytes {
        &self.entry.payload
    }

    /// The whole envelope.
    pub fn to_envelope(&self) -> Envelope {
        Envelope {
            macp_version: self.macp_version().to_owned(),
            mode: self.mode().to_owned(),
            message_type: self.message_type().as_str().to_owned(),
            message_id: self.message_id().to_owned(),
            session_id: self.session_id().to_owned(),
            sender: self.sender().to_owned(),
            timestamp_unix_ms: self.entry.timestamp_unix_ms,
            payload: self.entry.payload.clone(),
        }
    }
}

impl fmt::Debug for TranscriptEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_envelope(), f)
    }
}

impl PartialEq for TranscriptEntry<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.header == other.header
            && self.entry.message_id == other.entry.message_id
            && self.entry.sender == other.entry.sender
            && self.entry.timestamp_unix_ms == other.entry.timestamp_unix_ms
            && self.entry.payload == other.entry.payload
    }
}

/// An envelope in a snapshot, with the member names of a transcript file's lines.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    macp_version: Cow<'a, str>,
    message_id: Cow<'a, str>,
    message_type: Cow<'a, str>,
    mode: Cow<'a, str>,
    payload_b64: Cow<'a, str>,
    sender: Cow<'a, str>,
    session_id: Cow<'a, str>,
    timestamp_unix_ms: i64,
}

impl Serialize for Transcript {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(|entry| Line {
            macp_version: entry.macp_version().into(),
            message_id: entry.message_id().into(),
            message_type: entry.message_type().as_str().into(),
            mode: entry.mode().into(),
            payload_b64: BASE64.encode(entry.payload()).into(),
            sender: entry.sender().into(),
            session_id: entry.session_id().into(),
            timestamp_unix_ms: entry.timestamp_unix_ms(),
        }))
    }
}

impl<'de> Deserialize<'de> for Transcript {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let lines = Vec::<Line<'_>>::deserialize(deserializer)?;
        let mut transcript = Self::default();
        transcript.reserve(lines.len());
        for line in lines {
            let id = transcript.new_id(&line.message_id).ok_or_else(|| {
                de::Error::custom(format_args!(
                    "message id {:?} occurs twice in the transcript",
                    line.message_id
                ))
            })?;
            let payload = BASE64
                .decode(line.payload_b64.as_bytes())
                .map_err(de::Error::custom)?;
            let envelope = Envelope {
                macp_version: line.macp_version.into_owned(),
                mode: line.mode.into_owned(),
                message_id: line.message_id.into_owned(),
                session_id: line.session_id.into_owned(),
                sender: line.sender.into_owned(),
                timestamp_unix_ms: line.timestamp_unix_ms,
                payload: payload.into(),
                message_type: String::new(),
            };
            transcript.push(id, &line.message_type.as_ref().into(), envelope);
        }
        Ok(transcript)
    }
}
