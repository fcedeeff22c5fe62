//! What an envelope carries, as one enum over every mode's messages.
//!
//! ```
//! use macp_projections::payload::{DecisionPayload, TypedPayload};
//! use macp_proto::modes::decision::VotePayload;
//! use macp_proto::v1::Envelope;
//! use macp_proto::{MessageId, Mode, SessionId};
//!
//! let session = SessionId::new("release-2026-11-approval")?;
//! let vote = VotePayload { vote: "APPROVE".into(), ..VotePayload::default() };
//! let envelope = Envelope::in_session(&session, &Mode::Decision, &MessageId::new("m1")?, &vote);
//! match TypedPayload::decode(&envelope).unwrap() {
//!     TypedPayload::Decision(DecisionPayload::Vote(vote)) => assert_eq!(vote.vote, "APPROVE"),
//!     other => panic!("{other:?}"),
//! }
//! # Ok::<(), macp_proto::InvalidValue>(())
//! ```

mod contribution;

pub use contribution::Contribution;

use bytes::Bytes;
use macp_proto::modes::{decision, handoff, proposal, quorum, task};
use macp_proto::v1::{self, Envelope};
use macp_proto::{DecodeError, MessageType, Mode};

macro_rules! payloads {
    ($(
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $message_type:ident($payload:ty), )+
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "each variant is the message of its name")]
        pub enum $name {
            $( $message_type($payload), )+
        }

        impl $name {
            /// Decodes the payload if it is one of these, by the envelope's message type.
            fn decode(envelope: &Envelope, message_type: &MessageType) -> Result<Option<Self>, DecodeError> {
                Ok(Some(match message_type {
                    $( MessageType::$message_type => Self::$message_type(envelope.decode()?), )+
                    _ => return Ok(None),
                }))
            }

            /// The message type that carries it.
            pub fn message_type(&self) -> MessageType {
                match self {
                    $( Self::$message_type(_) => MessageType::$message_type, )+
                }
            }
        }
    )+};
}

payloads! {
    /// A message that every mode has (RFC-MACP-0001).
    pub enum CorePayload {
        SessionStart(v1::SessionStartPayload),
        Commitment(v1::CommitmentPayload),
        Signal(v1::SignalPayload),
        Progress(v1::ProgressPayload),
        SessionCancel(v1::SessionCancelPayload),
        SessionSuspend(v1::SessionSuspendPayload),
        SessionResume(v1::SessionResumePayload),
    }

    /// A message of decision mode (RFC-MACP-0007).
    pub enum DecisionPayload {
        Proposal(decision::ProposalPayload),
        Evaluation(decision::EvaluationPayload),
        Objection(decision::ObjectionPayload),
        Vote(decision::VotePayload),
    }

    /// A message of proposal mode (RFC-MACP-0008).
    pub enum ProposalPayload {
        Proposal(proposal::ProposalPayload),
        CounterProposal(proposal::CounterProposalPayload),
        Accept(proposal::AcceptPayload),
        Reject(proposal::RejectPayload),
        Withdraw(proposal::WithdrawPayload),
    }

    /// A message of task mode (RFC-MACP-0009).
    pub enum TaskPayload {
        TaskRequest(task::TaskRequestPayload),
        TaskAccept(task::TaskAcceptPayload),
        TaskReject(task::TaskRejectPayload),
        TaskUpdate(task::TaskUpdatePayload),
        TaskComplete(task::TaskCompletePayload),
        TaskFail(task::TaskFailPayload),
    }

    /// A message of handoff mode (RFC-MACP-0010).
    pub enum HandoffPayload {
        HandoffOffer(handoff::HandoffOfferPayload),
        HandoffContext(handoff::HandoffContextPayload),
        HandoffAccept(handoff::HandoffAcceptPayload),
        HandoffDecline(handoff::HandoffDeclinePayload),
    }

    /// A message of quorum mode (RFC-MACP-0011).
    pub enum QuorumPayload {
        ApprovalRequest(quorum::ApprovalRequestPayload),
        Approve(quorum::ApprovePayload),
        Reject(quorum::RejectPayload),
        Abstain(quorum::AbstainPayload),
    }
}

/// The decoded payload of an envelope, by its mode and message type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TypedPayload {
    /// Of any mode.
    Core(CorePayload),
    /// Of [`Mode::Decision`].
    Decision(DecisionPayload),
    /// Of [`Mode::Proposal`].
    Proposal(ProposalPayload),
    /// Of [`Mode::Task`].
    Task(TaskPayload),
    /// Of [`Mode::Handoff`].
    Handoff(HandoffPayload),
    /// Of [`Mode::Quorum`].
    Quorum(QuorumPayload),
    /// The `Contribute` of [`Mode::MultiRound`], its only message. It always decodes, if only to
    /// nothing.
    MultiRound(Contribution),
    /// Of an extension mode, or of a message type that the mode does not have: the bytes, not
    /// copied.
    Unknown(Bytes),
}

impl TypedPayload {
    /// Decodes an envelope's payload. Bytes fields share the envelope's memory.
    ///
    /// # Errors
    ///
    /// A known message whose bytes do not decode.
    pub fn decode(envelope: &Envelope) -> Result<Self, DecodeError> {
        let message_type = MessageType::from(envelope.message_type.as_str());
        if let Some(core) = CorePayload::decode(envelope, &message_type)? {
            return Ok(Self::Core(core));
        }
        let decoded = match Mode::from(envelope.mode.as_str()) {
            Mode::Decision => DecisionPayload::decode(envelope, &message_type)?.map(Self::Decision),
            Mode::Proposal => ProposalPayload::decode(envelope, &message_type)?.map(Self::Proposal),
            Mode::Task => TaskPayload::decode(envelope, &message_type)?.map(Self::Task),
            Mode::Handoff => HandoffPayload::decode(envelope, &message_type)?.map(Self::Handoff),
            Mode::Quorum => QuorumPayload::decode(envelope, &message_type)?.map(Self::Quorum),
            Mode::MultiRound if message_type == MessageType::Contribute => {
                Some(Self::MultiRound(Contribution::read(&envelope.payload)))
            }
            _ => None,
        };
        Ok(decoded.unwrap_or_else(|| Self::Unknown(envelope.payload.clone())))
    }
}
