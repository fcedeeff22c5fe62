use crate::anomaly::Discarded;
use macp_proto::v1::Envelope;
use macp_proto::{MessageType, Mode};
use prost::DecodeError;
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
    /// Lets a message take effect; says so if it is discarded as an anomaly.
    ///
    /// A payload that does not decode changes nothing, and neither does a message type that is not
    /// the mode's. Decoding a slice is cheapest; decoding a clone of the payload shares its `bytes`
    /// fields instead of copying them.
    fn apply(
        &mut self,
        message_type: &MessageType,
        envelope: &Envelope,
    ) -> Result<Option<Discarded>, DecodeError>;
}
