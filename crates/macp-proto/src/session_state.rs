use crate::v1;
use std::fmt;

/// Where a session is in its life (RFC-MACP-0001 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionState {
    /// Accepts messages.
    Open,
    /// Sealed by a `Commitment`. Terminal.
    Resolved,
    /// Its time ran out. Terminal.
    Expired,
    /// Paused: accepts no messages until it is resumed.
    Suspended,
    /// Called off. Terminal.
    Cancelled,
    /// Not stated (0), or a number that this version does not know.
    Unknown(i32),
}

impl SessionState {
    /// Whether the session has ended for good.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Resolved | Self::Expired | Self::Cancelled)
    }
}

impl From<i32> for SessionState {
    fn from(number: i32) -> Self {
        v1::SessionState::try_from(number).map_or(Self::Unknown(number), Self::from)
    }
}

impl From<v1::SessionState> for SessionState {
    fn from(state: v1::SessionState) -> Self {
        match state {
            v1::SessionState::Open => Self::Open,
            v1::SessionState::Resolved => Self::Resolved,
            v1::SessionState::Expired => Self::Expired,
            v1::SessionState::Suspended => Self::Suspended,
            v1::SessionState::Cancelled => Self::Cancelled,
            v1::SessionState::Unspecified => Self::Unknown(0),
        }
    }
}

impl fmt::Display for SessionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.pad("OPEN"),
            Self::Resolved => f.pad("RESOLVED"),
            Self::Expired => f.pad("EXPIRED"),
            Self::Suspended => f.pad("SUSPENDED"),
            Self::Cancelled => f.pad("CANCELLED"),
            Self::Unknown(0) => f.pad("UNSPECIFIED"),
            Self::Unknown(number) => write!(f, "UNKNOWN({number})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SessionState;

    #[test]
    fn numbers_of_the_wire() {
        let shown: Vec<String> = (0..=6).map(|n| SessionState::from(n).to_string()).collect();
        assert_eq!(
            shown,
            [
                "UNSPECIFIED",
                "OPEN",
                "RESOLVED",
                "EXPIRED",
                "SUSPENDED",
                "CANCELLED",
                "UNKNOWN(6)"
            ]
        );
        let terminal: Vec<i32> = (0..=6)
            .filter(|n| SessionState::from(*n).is_terminal())
            .collect();
        assert_eq!(terminal, [2, 3, 5]);
    }
}
