use crate::policy::Policy;
use crate::projection::{
    Applied, ApplyError, Binding, Commitment, ModeState, Projection, Transcript,
};
use crate::{
    Anomaly, CommitReadiness, DecisionProjection, HandoffProjection, MultiRoundProjection,
    ProposalProjection, QuorumProjection, TaskProjection,
};
use macp_proto::v1::{Envelope, PolicyDescriptor};
use macp_proto::{InvalidValue, Mode};
use serde::{Deserialize, Serialize, Serializer};

macro_rules! modes {
    ($( $(#[$meta:meta])* $mode:ident($projection:ty), )+) => {
        /// The state of a session of whichever mode.
        ///
        /// A snapshot of it is the snapshot of the projection inside.
        ///
        /// ```
        /// use macp_projections::AnyProjection;
        /// use macp_proto::Mode;
        ///
        /// let projection = AnyProjection::new(&Mode::Quorum)?;
        /// assert_eq!(projection.phase(), "Pending");
        /// assert!(AnyProjection::new(&Mode::from("ext.custom.v1")).is_err());
        /// # Ok::<(), macp_projections::UnknownMode>(())
        /// ```
        #[derive(Clone, Debug, Deserialize)]
        #[serde(tag = "mode")]
        #[non_exhaustive]
        pub enum AnyProjection {
            $( $(#[$meta])* $mode($projection), )+
        }

        impl AnyProjection {
            /// The state before any envelope, for a session of `mode`.
            pub fn new(mode: &Mode) -> Result<Self, UnknownMode> {
                match mode {
                    $( Mode::$mode => Ok(Self::$mode(<$projection>::new())), )+
                    other => Err(UnknownMode { mode: other.clone() }),
                }
            }
        }

        impl Serialize for AnyProjection {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $( Self::$mode(projection) => projection.serialize(serializer), )+
                }
            }
        }

        /// What every mode answers, asked of the projection inside.
        macro_rules! each {
            ($any:expr, $inner:ident => $answer:expr) => {
                match $any {
                    $( AnyProjection::$mode($inner) => $answer, )+
                }
            };
        }

        $(
            impl From<$projection> for AnyProjection {
                fn from(projection: $projection) -> Self {
                    Self::$mode(projection)
                }
            }
        )+
    };
}

modes! {
    /// Of decision mode.
    #[serde(rename = "macp.mode.decision.v1")]
    Decision(DecisionProjection),
    /// Of proposal mode.
    #[serde(rename = "macp.mode.proposal.v1")]
    Proposal(ProposalProjection),
    /// Of task mode.
    #[serde(rename = "macp.mode.task.v1")]
    Task(TaskProjection),
    /// Of handoff mode.
    #[serde(rename = "macp.mode.handoff.v1")]
    Handoff(HandoffProjection),
    /// Of quorum mode.
    #[serde(rename = "macp.mode.quorum.v1")]
    Quorum(QuorumProjection),
    /// Of multi-round mode.
    #[serde(rename = "ext.multi_round.v1")]
    MultiRound(MultiRoundProjection),
}

impl AnyProjection {
    /// The state after the first envelope of a history, which says what its mode is.
    pub fn starting_with(envelope: Envelope) -> Result<Self, StartError> {
        let mut projection = Self::new(&Mode::from(envelope.mode.as_str()))?;
        projection.apply(envelope)?;
        Ok(projection)
    }

    /// Takes the next envelope of the history; see [`Projection::apply`].
    pub fn apply(&mut self, envelope: Envelope) -> Result<Applied, ApplyError> {
        each!(self, projection => projection.apply(envelope))
    }

    /// The mode.
    pub fn mode(&self) -> Mode {
        each!(self, projection => mode_of(projection))
    }

    /// The name of the phase; see [`Projection::phase`].
    pub fn phase(&self) -> &'static str {
        each!(self, projection => projection.phase().into())
    }

    /// The accepted `Commitment`.
    pub fn commitment(&self) -> Option<&Commitment> {
        each!(self, projection => projection.commitment())
    }

    /// Whether a `Commitment` was accepted.
    pub fn is_committed(&self) -> bool {
        self.commitment().is_some()
    }

    /// Whether the committed outcome is a positive one; `None` until there is one.
    pub fn is_positive_outcome(&self) -> Option<bool> {
        each!(self, projection => projection.is_positive_outcome())
    }

    /// What no runtime would have accepted, in order of arrival.
    pub fn anomalies(&self) -> &[Anomaly] {
        each!(self, projection => projection.anomalies())
    }

    /// Whether the history holds what no runtime would have accepted.
    pub fn has_anomalies(&self) -> bool {
        each!(self, projection => projection.has_anomalies())
    }

    /// What the `SessionStart` bound, once it was seen.
    pub fn binding(&self) -> Option<&Binding> {
        each!(self, projection => projection.binding())
    }

    /// The roster that the `SessionStart` declared; empty until it was seen.
    pub fn participants(&self) -> &[String] {
        each!(self, projection => projection.participants())
    }

    /// The accepted history.
    pub fn transcript(&self) -> &Transcript {
        each!(self, projection => projection.transcript())
    }

    /// Which outcome the runtime would accept next, under the bound policy if there is one.
    ///
    /// Fails where the policy is not one of this mode, or does not read.
    pub fn commit_readiness(
        &self,
        policy: Option<&PolicyDescriptor>,
    ) -> Result<CommitReadiness, InvalidValue> {
        macro_rules! under_policy {
            ($projection:expr) => {{
                let policy = policy.map(Policy::from_descriptor).transpose()?;
                $projection.commit_readiness(policy.as_ref())
            }};
        }
        Ok(match self {
            Self::Decision(projection) => under_policy!(projection),
            Self::Proposal(projection) => under_policy!(projection),
            Self::Task(projection) => under_policy!(projection),
            Self::Quorum(projection) => under_policy!(projection),
            Self::Handoff(projection) => projection.commit_readiness(),
            Self::MultiRound(projection) => projection.commit_readiness(),
        })
    }
}

fn mode_of<S: ModeState>(_: &Projection<S>) -> Mode {
    S::MODE
}

/// A mode that has no projection here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no projection for sessions of mode {mode:?}", mode = mode.as_str())]
#[non_exhaustive]
pub struct UnknownMode {
    /// The mode.
    pub mode: Mode,
}

/// A first envelope that begins no projection.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Its mode has no projection.
    #[error(transparent)]
    UnknownMode(#[from] UnknownMode),
    /// Its payload does not decode.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}
