use super::blocks::Blocks;
use super::ids::{IdHash, Ids};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use macp_proto::v1::Envelope;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

/// The envelopes of one session's history, in accepted order.
#[derive(Clone, Default)]
pub struct Transcript {
    envelopes: Blocks<Envelope>,
    ids: Ids,
}

/// Where a message id that is not in the transcript yet would go.
#[derive(Clone, Copy)]
pub(crate) struct NewId(Option<IdHash>);

impl Transcript {
    /// How many envelopes it holds.
    pub fn len(&self) -> usize {
        self.envelopes.len()
    }

    /// Whether it holds no envelope.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The envelope at `index`, counted from 0.
    pub fn get(&self, index: usize) -> Option<&Envelope> {
        self.envelopes.get(index)
    }

    /// The envelope that was accepted last.
    pub fn last(&self) -> Option<&Envelope> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The envelopes in accepted order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Envelope> + ExactSizeIterator {
        (0..self.len()).map(|index| &self.envelopes[index])
    }

    /// Whether an envelope with this message id is in it. The empty id never is: it names nothing.
    pub fn contains(&self, message_id: &str) -> bool {
        self.new_id(message_id).is_none()
    }

    /// Makes room for the message ids of `additional` envelopes.
    pub fn reserve(&mut self, additional: usize) {
        self.ids.reserve(additional);
    }

    /// Looks `message_id` up; `None` means that it is there already.
    pub(crate) fn new_id(&self, message_id: &str) -> Option<NewId> {
        if message_id.is_empty() {
            return Some(NewId(None));
        }
        let hash = self.ids.hash(message_id);
        let known = self.ids.contains(hash, |place| {
            self.envelopes[place].message_id == *message_id
        });
        (!known).then_some(NewId(Some(hash)))
    }

    /// Appends an envelope whose id was looked up.
    pub(crate) fn push(&mut self, id: NewId, envelope: Envelope) {
        if let NewId(Some(hash)) = id {
            self.ids.insert(hash, self.len());
        }
        self.envelopes.push(envelope);
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
        serializer.collect_seq(self.iter().map(|envelope| Line {
            macp_version: envelope.macp_version.as_str().into(),
            message_id: envelope.message_id.as_str().into(),
            message_type: envelope.message_type.as_str().into(),
            mode: envelope.mode.as_str().into(),
            payload_b64: BASE64.encode(&envelope.payload).into(),
            sender: envelope.sender.as_str().into(),
            session_id: envelope.session_id.as_str().into(),
            timestamp_unix_ms: envelope.timestamp_unix_ms,
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
                message_type: line.message_type.into_owned(),
                message_id: line.message_id.into_owned(),
                session_id: line.session_id.into_owned(),
                sender: line.sender.into_owned(),
                timestamp_unix_ms: line.timestamp_unix_ms,
                payload: payload.into(),
            };
            transcript.push(id, envelope);
        }
        Ok(transcript)
    }
}
