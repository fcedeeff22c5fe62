use macp_proto::DEFAULT_POLICY_VERSION;
use macp_proto::v1::{CommitmentPayload, SessionStartPayload};
use serde::{Deserialize, Serialize};

/// What a session's `SessionStart` bound it to (RFC-MACP-0001 §7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Binding {
    /// The session's id.
    pub session_id: String,
    /// Who sent the `SessionStart`. The roster lists them only if they listed themselves.
    pub initiator: String,
    /// The roster, in the order given.
    pub participants: Vec<String>,
    /// What the session is for.
    pub intent: String,
    /// The external context it belongs to, or empty.
    pub context_id: String,
    /// The bound mode version.
    pub mode_version: String,
    /// The bound configuration version.
    pub configuration_version: String,
    /// The bound policy: `policy.default` where the `SessionStart` named none.
    pub policy_version: String,
    /// How long the session may last, in milliseconds.
    pub ttl_ms: i64,
    /// How long it may be suspended in all, in milliseconds; 0 means the runtime's default.
    pub max_suspend_ms: i64,
}

impl Binding {
    pub(crate) fn new(session_id: &str, initiator: &str, start: SessionStartPayload) -> Self {
        Self {
            session_id: session_id.to_owned(),
            initiator: initiator.to_owned(),
            participants: start.participants,
            intent: start.intent,
            context_id: start.context_id,
            mode_version: start.mode_version,
            configuration_version: start.configuration_version,
            policy_version: if start.policy_version.is_empty() {
                DEFAULT_POLICY_VERSION.to_owned()
            } else {
                start.policy_version
            },
            ttl_ms: start.ttl_ms,
            max_suspend_ms: start.max_suspend_ms,
        }
    }
}

/// The `Commitment` that sealed a session, as history holds it (RFC-MACP-0001 §7.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Commitment {
    /// Its id.
    pub commitment_id: String,
    /// What was decided, such as `decision.approved`.
    pub action: String,
    /// In whose name.
    pub authority_scope: String,
    /// Why.
    pub reason: String,
    /// The session's mode version.
    pub mode_version: String,
    /// The session's policy, or empty for the bound one.
    pub policy_version: String,
    /// The session's configuration version.
    pub configuration_version: String,
    /// Whether the outcome is a positive one.
    pub outcome_positive: bool,
    /// The earlier commitment that it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<Superseded>,
    /// Who sent it.
    pub sender: String,
}

impl Commitment {
    pub(crate) fn new(sender: &str, payload: CommitmentPayload) -> Self {
        Self {
            commitment_id: payload.commitment_id,
            action: payload.action,
            authority_scope: payload.authority_scope,
            reason: payload.reason,
            mode_version: payload.mode_version,
            policy_version: payload.policy_version,
            configuration_version: payload.configuration_version,
            outcome_positive: payload.outcome_positive,
            supersedes: payload.supersedes.map(|earlier| Superseded {
                session_id: earlier.session_id,
                commitment_hash: earlier.commitment_hash,
            }),
            sender: sender.to_owned(),
        }
    }
}

/// Which earlier commitment a [`Commitment`] says it replaces (RFC-MACP-0013).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Superseded {
    /// The session that the earlier commitment sealed.
    pub session_id: String,
    /// Its canonical hash.
    pub commitment_hash: String,
}
