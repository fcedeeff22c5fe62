use crate::v1::Envelope;
use crate::{MessageId, MessageType, Mode, PROTOCOL_VERSION, Payload, SessionId};

impl Envelope {
    /// An envelope that carries `payload` in a session of `mode`.
    ///
    /// Its `sender` is empty, which the runtime fills with the authenticated identity, and its
    /// timestamp is 0.
    pub fn in_session<P: Payload>(
        session_id: &SessionId,
        mode: &Mode,
        message_id: &MessageId,
        payload: &P,
    ) -> Self {
        Self {
            macp_version: PROTOCOL_VERSION.to_owned(),
            mode: mode.as_str().to_owned(),
            message_type: P::MESSAGE_TYPE.into(),
            message_id: message_id.as_str().to_owned(),
            session_id: session_id.as_str().to_owned(),
            sender: String::new(),
            timestamp_unix_ms: 0,
            payload: payload.encode_to_vec().into(),
        }
    }

    /// Decodes the payload as `P`, after checking that this envelope's mode and message type are
    /// those of `P`.
    pub fn decode<P: Payload>(&self) -> Result<P, DecodeError> {
        if P::MODE.is_some_and(|mode| mode != self.mode.as_str()) {
            return Err(DecodeError::WrongMode {
                message_id: self.message_id.clone(),
                expected: P::MODE,
                found: self.mode.as_str().into(),
            });
        }
        if P::MESSAGE_TYPE != self.message_type.as_str() {
            return Err(DecodeError::WrongMessageType {
                message_id: self.message_id.clone(),
                expected: P::MESSAGE_TYPE,
                found: self.message_type.as_str().into(),
            });
        }
        P::decode(self.payload.clone()).map_err(|source| DecodeError::Malformed {
            message_id: self.message_id.clone(),
            message_type: P::MESSAGE_TYPE,
            source,
        })
    }
}

/// An envelope that does not carry the payload it was asked for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The envelope is of another mode.
    #[error("message {message_id:?} is of mode {found}, not {}", expected.as_ref().map_or("any", Mode::as_str))]
    WrongMode {
        /// The envelope's message id.
        message_id: String,
        /// The payload's mode.
        expected: Option<Mode>,
        /// The envelope's mode.
        found: Mode,
    },
    /// The envelope has another message type.
    #[error("message {message_id:?} is a {found}, not a {expected}")]
    WrongMessageType {
        /// The envelope's message id.
        message_id: String,
        /// The payload's message type.
        expected: MessageType,
        /// The envelope's message type.
        found: MessageType,
    },
    /// The bytes are not that payload.
    #[error("the payload of {message_type} message {message_id:?} does not decode")]
    Malformed {
        /// The envelope's message id.
        message_id: String,
        /// The message type.
        message_type: MessageType,
        /// What the decoder found.
        source: prost::DecodeError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modes::{decision, proposal};
    use crate::v1::{CommitmentPayload, SessionStartPayload};

    fn envelope(mode: Mode, message_type: &str, payload: &'static [u8]) -> Envelope {
        Envelope {
            mode: mode.into(),
            message_type: message_type.into(),
            message_id: "m1".into(),
            payload: payload.into(),
            ..Envelope::default()
        }
    }

    #[test]
    fn the_same_word_is_another_payload_in_another_mode() {
        let envelope = envelope(Mode::Proposal, "Proposal", b"");
        assert!(envelope.decode::<proposal::ProposalPayload>().is_ok());
        assert!(matches!(
            envelope.decode::<decision::ProposalPayload>(),
            Err(DecodeError::WrongMode { .. })
        ));
    }

    #[test]
    fn core_payloads_are_of_any_mode() {
        for mode in [Mode::Task, Mode::from("ext.custom.v1")] {
            let envelope = envelope(mode, "SessionStart", b"");
            assert!(envelope.decode::<SessionStartPayload>().is_ok());
            assert!(matches!(
                envelope.decode::<CommitmentPayload>(),
                Err(DecodeError::WrongMessageType { .. })
            ));
        }
    }

    #[test]
    fn malformed_bytes_name_the_message() {
        let error = envelope(Mode::Decision, "Vote", b"\x0a\xff")
            .decode::<decision::VotePayload>()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the payload of Vote message \"m1\" does not decode"
        );
        assert!(std::error::Error::source(&error).is_some());
    }
}
