use macp_projections::{AnyProjection, Commitment, ModeState, Projection};
use macp_proto::SessionState;
use std::fmt;

/// How a participant's part in a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ending {
    /// The session was sealed by a `Commitment`.
    Resolved,
    /// The session was called off.
    Cancelled,
    /// The session's time ran out.
    Expired,
    /// The participant was stopped; the session may go on.
    Stopped,
}

impl Ending {
    /// The ending that a terminal state is.
    pub(crate) fn of(state: SessionState) -> Option<Self> {
        match state {
            SessionState::Resolved => Some(Self::Resolved),
            SessionState::Cancelled => Some(Self::Cancelled),
            SessionState::Expired => Some(Self::Expired),
            _ => None,
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Resolved => "RESOLVED",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
            Self::Stopped => "STOPPED",
        })
    }
}

/// What is left of a participant that has ended: how it ended, and the state it had reached.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ended<S: ModeState> {
    /// How it ended.
    pub ending: Ending,
    /// The session's state, as far as it was followed.
    pub projection: Projection<S>,
}

impl<S: ModeState> Ended<S> {
    /// The commitment that sealed the session.
    ///
    /// A resolved session has none here when its history was gone before the participant joined.
    pub fn commitment(&self) -> Option<&Commitment> {
        self.projection.commitment()
    }
}

/// What is left of a participant of whichever mode: an [`Ended`] without the mode in its type.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AnyEnded {
    /// How it ended.
    pub ending: Ending,
    /// The session's state, as far as it was followed.
    pub projection: AnyProjection,
}

impl AnyEnded {
    /// The commitment that sealed the session; see [`Ended::commitment`].
    pub fn commitment(&self) -> Option<&Commitment> {
        self.projection.commitment()
    }
}

impl<S: ModeState> From<Ended<S>> for AnyEnded
where
    AnyProjection: From<Projection<S>>,
{
    fn from(ended: Ended<S>) -> Self {
        Self {
            ending: ended.ending,
            projection: ended.projection.into(),
        }
    }
}
