use crate::error::{Denial, Refusal};
use bytes::Bytes;
use macp_proto::{ErrorCode, MessageType, SessionState, v1};

/// What a session's history comes to under another policy (RFC-MACP-0012): the answer of
/// [`what_if_replay`](crate::Client::what_if_replay).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WhatIf {
    /// The policy that was tried.
    pub candidate_policy_id: String,
    /// The policy that the session is bound to.
    pub recorded_policy_id: String,
    /// How the session really stands.
    pub recorded: WhatIfOutcome,
    /// How it would stand.
    pub candidate: WhatIfOutcome,
    /// The 0-based place in the history of the first message that fares differently.
    pub first_divergence: Option<u64>,
    /// What the tried policy refuses.
    pub denials: Vec<WhatIfDenial>,
    /// Each message of the history, under both policies.
    pub entries: Vec<WhatIfEntry>,
}

/// How a session stands after a replay.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WhatIfOutcome {
    /// Its state.
    pub state: SessionState,
    /// What resolved it: an encoded `CommitmentPayload`; empty unless it is resolved.
    pub resolution: Bytes,
    /// The 0-based place in the history of the message that resolved it. Meaningless unless the
    /// session is resolved.
    pub resolved_by_history_index: u64,
    /// That message's id; empty unless the session is resolved.
    pub resolved_by_message_id: String,
}

/// A message that the tried policy refuses.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WhatIfDenial {
    /// Its 0-based place in the history.
    pub history_index: u64,
    /// Its id.
    pub message_id: String,
    /// Why.
    pub denials: Vec<Denial>,
}

/// One message of the history under both policies.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WhatIfEntry {
    /// Its 0-based place in the history.
    pub history_index: u64,
    /// Its id.
    pub message_id: String,
    /// Its type.
    pub message_type: MessageType,
    /// How it fares under the bound policy.
    pub recorded: WhatIfVerdict,
    /// How it fares under the tried policy.
    pub candidate: WhatIfVerdict,
}

/// How one message fares in a replay.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WhatIfVerdict {
    /// What happens to it.
    pub kind: WhatIfKind,
    /// The session's state after it.
    pub state: SessionState,
    /// The registry code when it is refused.
    pub code: Option<ErrorCode>,
    /// The policy's reasons when it is refused.
    pub denials: Vec<Denial>,
}

/// What happens to a message in a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WhatIfKind {
    /// It is accepted.
    Applied,
    /// The session has ended before it.
    NotOpen,
    /// It is refused.
    Refused,
    /// There is no session, because its start is refused.
    NoSession,
    /// Not stated (0), or a number that this version does not know.
    Unknown(i32),
}

impl From<v1::WhatIfReplayResponse> for WhatIf {
    fn from(response: v1::WhatIfReplayResponse) -> Self {
        Self {
            candidate_policy_id: response.candidate_policy_id,
            recorded_policy_id: response.recorded_policy_id,
            recorded: response.recorded.unwrap_or_default().into(),
            candidate: response.candidate.unwrap_or_default().into(),
            first_divergence: response.first_divergence,
            denials: response.denials.into_iter().map(Into::into).collect(),
            entries: response.entries.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<v1::WhatIfOutcome> for WhatIfOutcome {
    fn from(outcome: v1::WhatIfOutcome) -> Self {
        Self {
            state: outcome.state.into(),
            resolution: outcome.resolution,
            resolved_by_history_index: outcome.resolved_by_history_index,
            resolved_by_message_id: outcome.resolved_by_message_id,
        }
    }
}

impl From<v1::WhatIfDenial> for WhatIfDenial {
    fn from(denial: v1::WhatIfDenial) -> Self {
        Self {
            history_index: denial.history_index,
            message_id: denial.message_id,
            denials: Refusal::denials_of(&denial.details),
        }
    }
}

impl From<v1::WhatIfEntry> for WhatIfEntry {
    fn from(entry: v1::WhatIfEntry) -> Self {
        Self {
            history_index: entry.history_index,
            message_id: entry.message_id,
            message_type: entry.message_type.into(),
            recorded: entry.recorded.unwrap_or_default().into(),
            candidate: entry.candidate.unwrap_or_default().into(),
        }
    }
}

impl From<v1::WhatIfEntryOutcome> for WhatIfVerdict {
    fn from(outcome: v1::WhatIfEntryOutcome) -> Self {
        Self {
            kind: outcome.kind.into(),
            state: outcome.state.into(),
            code: (!outcome.error_code.is_empty()).then(|| outcome.error_code.into()),
            denials: Refusal::denials_of(&outcome.details),
        }
    }
}

impl From<i32> for WhatIfKind {
    fn from(number: i32) -> Self {
        use v1::what_if_entry_outcome::Kind;
        match Kind::try_from(number) {
            Ok(Kind::Applied) => Self::Applied,
            Ok(Kind::NotOpen) => Self::NotOpen,
            Ok(Kind::Refused) => Self::Refused,
            Ok(Kind::NoSession) => Self::NoSession,
            Ok(Kind::Unspecified) | Err(_) => Self::Unknown(number),
        }
    }
}
