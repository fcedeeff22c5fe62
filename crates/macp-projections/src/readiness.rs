use serde::{Deserialize, Serialize};

/// Which outcome the runtime would accept next, in a `Commitment` that is well formed and comes
/// from a sender who may commit.
///
/// It looks at the mode's rules, the roster and the bound policy. Time is out of its sight: a
/// session that was cancelled, has expired or is suspended accepts nothing, whatever this says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CommitReadiness {
    /// Whether a positive outcome would be accepted.
    pub positive: bool,
    /// Whether a negative outcome would be accepted.
    pub negative: bool,
}

impl CommitReadiness {
    /// Neither outcome.
    pub const NONE: Self = Self {
        positive: false,
        negative: false,
    };

    /// Either outcome.
    pub const BOTH: Self = Self {
        positive: true,
        negative: true,
    };

    /// Whether an outcome of this polarity would be accepted.
    pub const fn accepts(self, positive: bool) -> bool {
        if positive {
            self.positive
        } else {
            self.negative
        }
    }

    /// Whether any outcome would be accepted.
    pub const fn is_ready(self) -> bool {
        self.positive || self.negative
    }

    /// What `accepts` says about either outcome.
    pub(crate) fn of(accepts: impl Fn(bool) -> bool) -> Self {
        Self {
            positive: accepts(true),
            negative: accepts(false),
        }
    }
}
