//! What every mode's projection shares.

mod binding;
mod blocks;
mod ids;
mod mode_state;
mod transcript;

pub use binding::{Binding, Commitment, Superseded};
pub(crate) use mode_state::Machine;
pub use mode_state::ModeState;
pub use transcript::Transcript;

use crate::anomaly::Anomaly;
use macp_proto::v1::{CommitmentPayload, Envelope, SessionStartPayload};
use macp_proto::{MessageType, Mode};
use prost::Message as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::marker::PhantomData;

/// The state of one session, built from its accepted history.
///
/// Feed it every envelope of one session in accepted order. The same history gives the same state,
/// in the same order of iteration, on every machine (RFC-MACP-0003). It serializes with serde, and
/// a restored snapshot continues where it was.
///
/// What is common to all modes is here; the mode's own queries are methods of, for example,
/// `Projection<DecisionState>`.
///
/// ```
/// use macp_projections::{Applied, DecisionProjection};
/// use macp_proto::v1::Envelope;
/// use macp_proto::modes::decision::ProposalPayload;
/// use macp_proto::{MessageId, Mode, SessionId};
///
/// let session = SessionId::new("release-2026-11-approval")?;
/// let mut projection = DecisionProjection::new();
/// let proposal = ProposalPayload { proposal_id: "p1".into(), ..Default::default() };
/// let mut envelope =
///     Envelope::in_session(&session, &Mode::Decision, &MessageId::new("m1")?, &proposal);
/// envelope.sender = "alice".into();
///
/// assert_eq!(projection.apply(envelope.clone())?, Applied::Recorded);
/// assert_eq!(projection.apply(envelope)?, Applied::Duplicate);
/// assert_eq!(projection.proposals().next().unwrap().sender, "alice");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Projection<S: ModeState> {
    #[serde(default)]
    mode: ModeTag<S>,
    pub(crate) binding: Option<Binding>,
    pub(crate) commitment: Option<Commitment>,
    anomalies: Vec<Anomaly>,
    pub(crate) state: S,
    transcript: Transcript,
}

impl<S: ModeState> Projection<S> {
    /// The state before any envelope.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next envelope of the history.
    ///
    /// * An envelope of another mode, or with a message id that is in the transcript, is ignored.
    /// * Everything else enters the transcript, with an effect if it is a message of the mode, the
    ///   first `SessionStart`, or the first `Commitment`. That one is final: what follows it has no
    ///   effect and is not decoded.
    /// * A payload that does not decode is an error and changes nothing at all: a later envelope
    ///   may carry the same id.
    pub fn apply(&mut self, envelope: Envelope) -> Result<Applied, ApplyError> {
        if S::MODE != envelope.mode.as_str() {
            return Ok(Applied::OtherMode);
        }
        let Some(id) = self.transcript.new_id(&envelope.message_id) else {
            return Ok(Applied::Duplicate);
        };
        let message_type = MessageType::from(envelope.message_type.as_str());
        match self.take(&message_type, &envelope) {
            Ok(applied) => {
                self.transcript.push(id, envelope);
                Ok(applied)
            }
            Err(source) => Err(ApplyError {
                message_id: envelope.message_id,
                message_type,
                source,
            }),
        }
    }

    /// Lets a message take effect, as a whole or, where its payload does not decode, not at all.
    fn take(
        &mut self,
        message_type: &MessageType,
        envelope: &Envelope,
    ) -> Result<Applied, prost::DecodeError> {
        let (sender, payload) = (&envelope.sender, &envelope.payload);
        if self.is_committed() {
            return Ok(Applied::AfterCommitment);
        }
        match message_type {
            MessageType::SessionStart if self.binding.is_some() => {}
            MessageType::SessionStart => {
                let start = SessionStartPayload::decode(payload.clone())?;
                self.binding = Some(Binding::new(&envelope.session_id, sender, start));
            }
            MessageType::Commitment => {
                let commitment = CommitmentPayload::decode(&**payload)?;
                self.commitment = Some(Commitment::new(sender, commitment));
            }
            _ => {
                if let Some(discarded) = self.state.apply(message_type, envelope)? {
                    self.anomalies.push(Anomaly {
                        kind: discarded.kind,
                        mode: S::MODE,
                        message_type: message_type.clone(),
                        message_id: envelope.message_id.clone(),
                        sender: sender.clone(),
                        subject_id: discarded.subject_id,
                        detail: discarded.detail,
                    });
                    return Ok(Applied::Anomalous);
                }
            }
        }
        Ok(Applied::Recorded)
    }

    /// The mode's own state.
    pub fn state(&self) -> &S {
        &self.state
    }

    /// How far the session has come.
    pub fn phase(&self) -> S::Phase {
        if self.is_committed() {
            S::COMMITTED
        } else {
            self.state.open_phase()
        }
    }

    /// The accepted `Commitment`.
    pub fn commitment(&self) -> Option<&Commitment> {
        self.commitment.as_ref()
    }

    /// Whether a `Commitment` was accepted.
    pub fn is_committed(&self) -> bool {
        self.commitment.is_some()
    }

    /// Whether the committed outcome is a positive one; `None` until there is one.
    pub fn is_positive_outcome(&self) -> Option<bool> {
        self.commitment
            .as_ref()
            .map(|commitment| commitment.outcome_positive)
    }

    /// What no runtime would have accepted, in order of arrival.
    pub fn anomalies(&self) -> &[Anomaly] {
        &self.anomalies
    }

    /// Whether the history holds what no runtime would have accepted.
    pub fn has_anomalies(&self) -> bool {
        !self.anomalies.is_empty()
    }

    /// What the `SessionStart` bound, once it was seen.
    pub fn binding(&self) -> Option<&Binding> {
        self.binding.as_ref()
    }

    /// The session's id, once its `SessionStart` was seen.
    pub fn session_id(&self) -> Option<&str> {
        self.binding.as_ref().map(|bound| &*bound.session_id)
    }

    /// Who started the session, once that was seen.
    pub fn initiator(&self) -> Option<&str> {
        self.binding.as_ref().map(|bound| &*bound.initiator)
    }

    /// The roster that the `SessionStart` declared; empty until it was seen.
    pub fn participants(&self) -> &[String] {
        self.binding
            .as_ref()
            .map_or(&[], |bound| &bound.participants)
    }

    /// Whether the roster lists `name`.
    pub fn is_participant(&self, name: &str) -> bool {
        self.participants().iter().any(|listed| listed == name)
    }

    /// The bound mode version.
    pub fn mode_version(&self) -> Option<&str> {
        self.binding.as_ref().map(|bound| &*bound.mode_version)
    }

    /// The bound configuration version.
    pub fn configuration_version(&self) -> Option<&str> {
        self.binding
            .as_ref()
            .map(|bound| &*bound.configuration_version)
    }

    /// The bound policy's id: `policy.default` where the `SessionStart` named none.
    pub fn policy_version(&self) -> Option<&str> {
        self.binding.as_ref().map(|bound| &*bound.policy_version)
    }

    /// The accepted history.
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }
}

/// What became of an envelope that [`Projection::apply`] took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Applied {
    /// It is in the transcript and had whatever effect it has.
    Recorded,
    /// It is in the transcript, had no effect, and is the newest of [`Projection::anomalies`].
    Anomalous,
    /// It is in the transcript, without effect: the session was committed before it.
    AfterCommitment,
    /// Ignored: its message id is in the transcript already.
    Duplicate,
    /// Ignored: it is of another mode.
    OtherMode,
}

impl Applied {
    /// Whether the envelope is in the transcript now because of this call.
    pub fn is_recorded(self) -> bool {
        !matches!(self, Self::Duplicate | Self::OtherMode)
    }
}

/// An envelope whose payload does not decode. It changed nothing, and its message id stays free.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the payload of {message_type} message {message_id:?} does not decode")]
#[non_exhaustive]
pub struct ApplyError {
    /// The envelope's message id.
    pub message_id: String,
    /// The envelope's message type.
    pub message_type: MessageType,
    /// What the decoder found.
    pub source: prost::DecodeError,
}

/// The mode in a snapshot, which keeps one mode's snapshot from being restored as another's.
#[derive(Clone, Copy, Debug)]
struct ModeTag<S>(PhantomData<S>);

impl<S> Default for ModeTag<S> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<S: ModeState> Serialize for ModeTag<S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        S::MODE.serialize(serializer)
    }
}

impl<'de, S: ModeState> Deserialize<'de> for ModeTag<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mode = Mode::deserialize(deserializer)?;
        if mode == S::MODE {
            Ok(Self::default())
        } else {
            Err(de::Error::custom(format_args!(
                "a snapshot of mode {mode}, not {}",
                S::MODE
            )))
        }
    }
}
