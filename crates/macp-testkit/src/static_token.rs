use crate::permissions::{Permissions, permission_setters};
use serde::Serialize;
use std::fmt;

/// A bearer token that the runtime knows, the sender it stands for, and what that sender may do.
///
/// ```
/// use macp_testkit::StaticToken;
///
/// let auditor = StaticToken::new("auditor-token", "auditor").observer();
/// // The token is a secret, even in tests.
/// assert!(!format!("{auditor:?}").contains("auditor-token"));
/// ```
#[derive(Clone, Serialize)]
pub struct StaticToken {
    token: String,
    sender: String,
    #[serde(flatten)]
    permissions: Permissions,
}

impl StaticToken {
    /// A token for `sender`, who may start sessions in every mode.
    ///
    /// The token must hold no `.` when the runtime also checks JWTs: it would be taken for one.
    pub fn new(token: impl Into<String>, sender: impl Into<String>) -> Self {
        Self {
            token: token.into(),
            sender: sender.into(),
            permissions: Permissions::default(),
        }
    }

    permission_setters!();
}

impl fmt::Debug for StaticToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticToken")
            .field("sender", &self.sender)
            .field("permissions", &self.permissions)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn written_as_the_runtime_reads_it() {
        let plain = StaticToken::new("t", "alice");
        assert_eq!(
            serde_json::to_value(&plain).unwrap(),
            json!({
                "token": "t",
                "sender": "alice",
                "can_start_sessions": true,
                "can_manage_mode_registry": false,
                "is_observer": false,
            })
        );
        let special = plain
            .observer()
            .registry_manager()
            .no_session_starts()
            .allowed_modes(["macp.mode.task.v1"])
            .max_open_sessions(2);
        assert_eq!(
            serde_json::to_value(&special).unwrap(),
            json!({
                "token": "t",
                "sender": "alice",
                "allowed_modes": ["macp.mode.task.v1"],
                "can_start_sessions": false,
                "max_open_sessions": 2,
                "can_manage_mode_registry": true,
                "is_observer": true,
            })
        );
    }
}
