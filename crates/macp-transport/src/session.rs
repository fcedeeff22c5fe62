use crate::error::{Error, Refusal, TransportError, TransportErrorKind};
use macp_proto::{Mode, SessionState, v1};

/// A message, or an act on a session, that the runtime accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accepted {
    /// The session; empty for an ambient signal.
    pub session_id: String,
    /// The message; empty for cancel, suspend and resume, which have no message id.
    pub message_id: String,
    /// When it was accepted, in milliseconds since the Unix epoch, by the runtime's clock.
    pub accepted_at: i64,
    /// The session's state after it.
    pub state: SessionState,
    /// The runtime had accepted this message id before; this time it changed nothing.
    pub duplicate: bool,
}

impl Accepted {
    /// A duplicate is tested first: it is a success whatever else the acknowledgement says.
    pub(crate) fn from_wire(ack: Option<v1::Ack>) -> Result<Self, Error> {
        let Some(ack) = ack else {
            return Err(missing("acknowledgement"));
        };
        if !ack.duplicate && !ack.ok {
            return Err(Refusal::from_wire(ack.error)
                .about(&ack.session_id, &ack.message_id)
                .into());
        }
        Ok(Self {
            session_id: ack.session_id,
            message_id: ack.message_id,
            accepted_at: ack.accepted_at_unix_ms,
            state: ack.session_state.into(),
            duplicate: ack.duplicate,
        })
    }
}

/// An answer without the part that makes it one.
pub(crate) fn missing(part: &str) -> Error {
    TransportError::new(
        TransportErrorKind::Protocol,
        format!("it carries no {part}"),
    )
    .into()
}

/// What the runtime tells about a session, apart from its history.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionMetadata {
    /// The session's id.
    pub session_id: String,
    /// Its mode.
    pub mode: Mode,
    /// Where it is in its life.
    pub state: SessionState,
    /// When it started, in milliseconds since the Unix epoch, by the runtime's clock.
    pub started_at: i64,
    /// When it expires, in milliseconds since the Unix epoch. It does not move while the session
    /// is suspended and jumps when it is resumed.
    pub expires_at: i64,
    /// The bound `mode_version`, which a `Commitment` must repeat.
    pub mode_version: String,
    /// The bound `configuration_version`, which a `Commitment` must repeat.
    pub configuration_version: String,
    /// The bound policy, resolved: `policy.default` when the initiator named none.
    pub policy_version: String,
    /// The declared participants.
    pub participants: Vec<String>,
    /// What those who sent something did.
    pub activity: Vec<ParticipantActivity>,
    /// Who started the session; not necessarily a participant.
    pub initiator: String,
    /// The initiator's reference to a context; empty when it gave none.
    pub context_id: String,
    /// The keys of the initiator's extensions, in no particular order. Their values are not told.
    pub extension_keys: Vec<String>,
}

impl From<v1::SessionMetadata> for SessionMetadata {
    fn from(session: v1::SessionMetadata) -> Self {
        Self {
            session_id: session.session_id,
            mode: session.mode.into(),
            state: session.state.into(),
            started_at: session.started_at_unix_ms,
            expires_at: session.expires_at_unix_ms,
            mode_version: session.mode_version,
            configuration_version: session.configuration_version,
            policy_version: session.policy_version,
            participants: session.participants,
            activity: session
                .participant_activity
                .into_iter()
                .map(ParticipantActivity::from)
                .collect(),
            initiator: session.initiator,
            context_id: session.context_id,
            extension_keys: session.extension_keys,
        }
    }
}

/// What one sender did in a session, `SessionStart` excluded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParticipantActivity {
    /// The sender.
    pub participant: String,
    /// When its last message was accepted, in milliseconds since the Unix epoch.
    pub last_message_at: i64,
    /// How many of its messages were accepted.
    pub message_count: u32,
}

impl From<v1::ParticipantActivity> for ParticipantActivity {
    fn from(activity: v1::ParticipantActivity) -> Self {
        Self {
            participant: activity.participant_id,
            last_message_at: activity.last_message_at_unix_ms,
            message_count: activity.message_count,
        }
    }
}

/// One page of sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionPage {
    /// The sessions, in ascending order of their ids. May be fewer than asked for, on any page.
    pub sessions: Vec<SessionMetadata>,
    /// The next page; `None` on the last one.
    pub next_page_token: Option<String>,
}

impl From<v1::ListSessionsResponse> for SessionPage {
    fn from(page: v1::ListSessionsResponse) -> Self {
        Self {
            sessions: page.sessions.into_iter().map(Into::into).collect(),
            next_page_token: Some(page.next_page_token).filter(|token| !token.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use macp_proto::ErrorCode;

    #[test]
    fn a_duplicate_is_a_success_even_when_not_ok() {
        for ok in [true, false] {
            let accepted = Accepted::from_wire(Some(v1::Ack {
                ok,
                duplicate: true,
                session_state: 2,
                ..v1::Ack::default()
            }))
            .unwrap();
            assert!(accepted.duplicate);
            assert_eq!(accepted.state, SessionState::Resolved);
        }
    }

    #[test]
    fn a_refusal_keeps_the_ids_and_the_details() {
        let error = Accepted::from_wire(Some(v1::Ack {
            message_id: "m1".into(),
            session_id: "s1".into(),
            error: Some(v1::MacpError {
                code: "POLICY_DENIED".into(),
                message: "PolicyDenied".into(),
                details: r#"{"denials":[{"code":"no_votes","message":"nobody voted"}],"reasons":["nobody voted"]}"#.into(),
                ..v1::MacpError::default()
            }),
            ..v1::Ack::default()
        }))
        .unwrap_err();
        let refusal = error.refusal().unwrap();
        assert_eq!(refusal.code, ErrorCode::PolicyDenied);
        assert_eq!((&*refusal.session_id, &*refusal.message_id), ("s1", "m1"));
        assert_eq!(refusal.denials.len(), 1);
        assert_eq!(
            error.to_string(),
            "the runtime refused: POLICY_DENIED (PolicyDenied), message \"m1\", session \"s1\": nobody voted"
        );
    }

    #[test]
    fn a_refusal_without_a_reason_has_the_code_unknown() {
        for error in [None, Some(v1::MacpError::default())] {
            let error = Accepted::from_wire(Some(v1::Ack {
                error,
                ..v1::Ack::default()
            }))
            .unwrap_err();
            assert_eq!(error.code(), Some(&ErrorCode::from("UNKNOWN")));
        }
    }

    #[test]
    fn no_acknowledgement_is_a_protocol_error() {
        let error = Accepted::from_wire(None).unwrap_err();
        assert_eq!(
            error.transport().map(TransportError::kind),
            Some(TransportErrorKind::Protocol)
        );
        assert!(error.may_have_acted());
    }
}
