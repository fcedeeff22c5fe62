use crate::anomaly::Discarded;
use bytes::Bytes;
use macp_proto::{MessageType, Mode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// One mode's own state: what a [`Projection`](crate::Projection) is made over.
///
/// The trait is sealed. The states are [`DecisionState`](crate::decision::DecisionState) and its
/// siblings; their queries are methods of the projection over them.
pub trait ModeState:
    Machine + Clone + Default + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The mode whose envelopes it reads; all others are ignored.
    const MODE: Mode;

    /// The phase of a session with an accepted `Commitment`.
    const COMMITTED: Self::Phase;

    /// How far a session of this mode has come.
    type Phase: Copy
        + Eq
        + fmt::Debug
        + fmt::Display
        + Into<&'static str>
        + Serialize
        + DeserializeOwned
        + Send
        + Sync;

    /// The phase that the messages led to, leaving a `Commitment` aside.
    fn open_phase(&self) -> Self::Phase;
}

/// How a mode reads its messages and what they do.
pub trait Machine {
    /// A decoded message of the mode, which may borrow from the payload.
    type Message<'a>;

    /// Decodes a payload; `None` for a message type that is not the mode's.
    ///
    /// Decoding a slice is cheapest; decoding a clone shares the payload's `bytes` fields instead
    /// of copying them.
    fn parse<'a>(
        message_type: &MessageType,
        payload: &'a Bytes,
    ) -> Result<Option<Self::Message<'a>>, prost::DecodeError>;

    /// Lets a message take effect; says so if it is discarded as an anomaly.
    fn apply(&mut self, origin: Origin<'_>, message: Self::Message<'_>) -> Option<Discarded>;
}

/// Which envelope a message came in.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) sender: &'a str,
}
