//! Fixtures spell payloads as JSON under the schema's field names, with bytes as a list of numbers
//! or as text. Here each becomes its typed message.

use bytes::Bytes;
use macp_proto::Payload;
use macp_proto::modes::{decision, handoff, multi_round, proposal, quorum, task};
use macp_proto::v1::{CommitmentPayload, Envelope, SessionStartPayload};
use prost::Message as _;
use serde_json::{Map, Value, json};

/// A payload that fixtures can spell.
pub(crate) trait FromFixture: Payload {
    fn from_fields(fields: &mut Fields) -> Self;
}

/// Reads a payload; a member that it has no field for is an error of ours.
pub(crate) fn read<P: FromFixture>(json: &Value) -> P {
    let mut fields = Fields(json.as_object().expect("a payload is an object").clone());
    let payload = P::from_fields(&mut fields);
    assert!(fields.0.is_empty(), "no field for {:?}", fields.0);
    payload
}

/// The members of a payload that are not read yet.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    fn take<T: Field>(&mut self, name: &str) -> T {
        self.0.remove(name).map_or_else(T::default, |value| {
            T::read(&value).unwrap_or_else(|| panic!("{name}: {value}"))
        })
    }
}

trait Field: Default {
    fn read(value: &Value) -> Option<Self>;
    fn write(&self) -> Value;
}

impl Field for String {
    fn read(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }

    fn write(&self) -> Value {
        self.as_str().into()
    }
}

impl Field for Bytes {
    fn read(value: &Value) -> Option<Self> {
        if let Some(text) = value.as_str() {
            return Some(text.to_owned().into());
        }
        let byte = |value: &Value| u8::try_from(value.as_u64()?).ok();
        value.as_array()?.iter().map(byte).collect()
    }

    fn write(&self) -> Value {
        self.to_vec().into()
    }
}

impl Field for Vec<String> {
    fn read(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(String::read).collect()
    }

    fn write(&self) -> Value {
        self.as_slice().into()
    }
}

impl Field for f64 {
    fn read(value: &Value) -> Option<Self> {
        value.as_f64()
    }

    fn write(&self) -> Value {
        (*self).into()
    }
}

impl Field for bool {
    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }

    fn write(&self) -> Value {
        (*self).into()
    }
}

impl Field for i64 {
    fn read(value: &Value) -> Option<Self> {
        value.as_i64()
    }

    fn write(&self) -> Value {
        (*self).into()
    }
}

impl Field for u32 {
    fn read(value: &Value) -> Option<Self> {
        value.as_u64()?.try_into().ok()
    }

    fn write(&self) -> Value {
        (*self).into()
    }
}

macro_rules! payloads {
    ($( $name:literal: $payload:ty { $($field:ident),+ } )+) => {
        $(
            impl FromFixture for $payload {
                // Fields that no fixture has stay at their defaults.
                #[allow(clippy::needless_update)]
                fn from_fields(fields: &mut Fields) -> Self {
                    Self {
                        $( $field: fields.take(stringify!($field)), )+
                        ..Self::default()
                    }
                }
            }
        )+

        /// Spells an envelope's payload as fixtures do.
        pub(crate) fn spell(envelope: &Envelope) -> Value {
            $(
                if let Ok(payload) = envelope.decode::<$payload>() {
                    return json!({ $( stringify!($field): payload.$field.write() ),+ });
                }
            )+
            panic!("no payload for {envelope:?}")
        }

        /// The payload's bytes on the wire.
        pub(crate) fn encode(payload_type: &str, json: &Value) -> Bytes {
            let bytes = match payload_type {
                $( $name => read::<$payload>(json).encode_to_vec(), )+
                other => panic!("no payload {other}"),
            };
            bytes.into()
        }
    };
}

payloads! {
    "macp.v1.SessionStartPayload": SessionStartPayload {
        intent, participants, mode_version, configuration_version, policy_version, ttl_ms
    }
    "macp.v1.CommitmentPayload": CommitmentPayload {
        commitment_id, action, authority_scope, reason, mode_version, policy_version,
        configuration_version, outcome_positive
    }
    "macp.modes.decision.v1.ProposalPayload": decision::ProposalPayload {
        proposal_id, option, rationale, supporting_data
    }
    "macp.modes.decision.v1.EvaluationPayload": decision::EvaluationPayload {
        proposal_id, recommendation, confidence, reason
    }
    "macp.modes.decision.v1.ObjectionPayload": decision::ObjectionPayload {
        proposal_id, reason, severity
    }
    "macp.modes.decision.v1.VotePayload": decision::VotePayload { proposal_id, vote, reason }
    "macp.modes.proposal.v1.ProposalPayload": proposal::ProposalPayload {
        proposal_id, title, summary, details, tags
    }
    "macp.modes.proposal.v1.CounterProposalPayload": proposal::CounterProposalPayload {
        proposal_id, supersedes_proposal_id, title, summary, details
    }
    "macp.modes.proposal.v1.AcceptPayload": proposal::AcceptPayload { proposal_id, reason }
    "macp.modes.proposal.v1.RejectPayload": proposal::RejectPayload {
        proposal_id, terminal, reason
    }
    "macp.modes.proposal.v1.WithdrawPayload": proposal::WithdrawPayload { proposal_id, reason }
    "macp.modes.task.v1.TaskRequestPayload": task::TaskRequestPayload {
        task_id, title, instructions, requested_assignee, input, deadline_unix_ms
    }
    "macp.modes.task.v1.TaskAcceptPayload": task::TaskAcceptPayload { task_id, assignee, reason }
    "macp.modes.task.v1.TaskRejectPayload": task::TaskRejectPayload { task_id, assignee, reason }
    "macp.modes.task.v1.TaskUpdatePayload": task::TaskUpdatePayload {
        task_id, status, progress, message, partial_output
    }
    "macp.modes.task.v1.TaskCompletePayload": task::TaskCompletePayload {
        task_id, assignee, output, summary
    }
    "macp.modes.task.v1.TaskFailPayload": task::TaskFailPayload {
        task_id, assignee, error_code, reason, retryable
    }
    "macp.modes.handoff.v1.HandoffOfferPayload": handoff::HandoffOfferPayload {
        handoff_id, target_participant, scope, reason
    }
    "macp.modes.handoff.v1.HandoffContextPayload": handoff::HandoffContextPayload {
        handoff_id, content_type, context
    }
    "macp.modes.handoff.v1.HandoffAcceptPayload": handoff::HandoffAcceptPayload {
        handoff_id, accepted_by, reason, implicit
    }
    "macp.modes.handoff.v1.HandoffDeclinePayload": handoff::HandoffDeclinePayload {
        handoff_id, declined_by, reason
    }
    "macp.modes.quorum.v1.ApprovalRequestPayload": quorum::ApprovalRequestPayload {
        request_id, action, summary, details, required_approvals
    }
    "macp.modes.quorum.v1.ApprovePayload": quorum::ApprovePayload { request_id, reason }
    "macp.modes.quorum.v1.RejectPayload": quorum::RejectPayload { request_id, reason }
    "macp.modes.quorum.v1.AbstainPayload": quorum::AbstainPayload { request_id, reason }
    "macp.modes.multi_round.v1.ContributePayload": multi_round::ContributePayload { value }
}
