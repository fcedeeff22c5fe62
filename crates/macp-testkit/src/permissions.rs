use serde::Serialize;

/// What an identity may do, for static tokens and for the scopes of a JWT.
///
/// The default is the runtime's: every mode, any number of sessions, no registry, no observing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Permissions {
    /// An empty list is every mode in a static token, and none at all in a JWT.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) allowed_modes: Vec<String>,
    pub(crate) can_start_sessions: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_open_sessions: Option<usize>,
    pub(crate) can_manage_mode_registry: bool,
    pub(crate) is_observer: bool,
}

impl Default for Permissions {
    fn default() -> Self {
        Self {
            allowed_modes: Vec::new(),
            can_start_sessions: true,
            max_open_sessions: None,
            can_manage_mode_registry: false,
            is_observer: false,
        }
    }
}

/// The setters that every holder of a `permissions` field offers.
macro_rules! permission_setters {
    () => {
        /// Lets it read every session, and send into none.
        pub fn observer(mut self) -> Self {
            self.permissions.is_observer = true;
            self
        }

        /// Lets it manage the registries of modes and of policies.
        pub fn registry_manager(mut self) -> Self {
            self.permissions.can_manage_mode_registry = true;
            self
        }

        /// Keeps it to these modes. Without this call, or with no mode, all are allowed.
        pub fn allowed_modes(mut self, modes: impl IntoIterator<Item = impl Into<String>>) -> Self {
            self.permissions.allowed_modes = modes.into_iter().map(Into::into).collect();
            self
        }

        /// Refuses it the start of sessions.
        pub fn no_session_starts(mut self) -> Self {
            self.permissions.can_start_sessions = false;
            self
        }

        /// The most sessions it may have open at a time. Without this call there is no limit.
        pub fn max_open_sessions(mut self, count: usize) -> Self {
            self.permissions.max_open_sessions = Some(count);
            self
        }
    };
}
pub(crate) use permission_setters;
