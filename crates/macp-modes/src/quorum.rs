use crate::action::{Action, ActionContext, ActionPayload, reason_setter};
use crate::{OwnSends, Session, SessionMode, View};
use bytes::Bytes;
use macp_projections::quorum::QuorumState;
use macp_proto::InvalidValue;
use macp_proto::modes::quorum::{
    AbstainPayload, ApprovalRequestPayload, ApprovePayload, RejectPayload,
};

/// A session in quorum mode (RFC-MACP-0011).
pub type QuorumSession<V = OwnSends<QuorumState>> = Session<QuorumState, V>;

impl SessionMode for QuorumState {}

impl<V: View<QuorumState>> QuorumSession<V> {
    /// Asks for approval of `action`. Only the initiator may, once.
    ///
    /// `required_approvals` is from 1 to the number of participants; the bound policy may set
    /// another bar.
    pub fn request_approval(
        &mut self,
        request_id: impl Into<String>,
        action: impl Into<String>,
        required_approvals: u32,
    ) -> Action<'_, QuorumState, V, ApprovalRequestPayload> {
        self.send(ApprovalRequestPayload {
            request_id: request_id.into(),
            action: action.into(),
            required_approvals,
            ..ApprovalRequestPayload::default()
        })
    }

    /// Approves. A participant has one ballot.
    pub fn approve(
        &mut self,
        request_id: impl Into<String>,
    ) -> Action<'_, QuorumState, V, ApprovePayload> {
        self.send(ApprovePayload {
            request_id: request_id.into(),
            ..ApprovePayload::default()
        })
    }

    /// Rejects. A participant has one ballot.
    pub fn reject(
        &mut self,
        request_id: impl Into<String>,
    ) -> Action<'_, QuorumState, V, RejectPayload> {
        self.send(RejectPayload {
            request_id: request_id.into(),
            ..RejectPayload::default()
        })
    }

    /// Abstains: a ballot that never counts as an approval.
    pub fn abstain(
        &mut self,
        request_id: impl Into<String>,
    ) -> Action<'_, QuorumState, V, AbstainPayload> {
        self.send(AbstainPayload {
            request_id: request_id.into(),
            ..AbstainPayload::default()
        })
    }
}

impl<V: View<QuorumState>> Action<'_, QuorumState, V, ApprovalRequestPayload> {
    /// What is to be approved, in short.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.payload.summary = summary.into();
        self
    }

    /// What is to be approved, in full; the protocol does not read it.
    pub fn details(mut self, details: impl Into<Bytes>) -> Self {
        self.payload.details = details.into();
        self
    }
}

impl ActionPayload for ApprovalRequestPayload {
    fn check(&self, context: ActionContext<'_>) -> Result<(), InvalidValue> {
        InvalidValue::if_blank("request_id", &self.request_id)?;
        let participants = context.participants.len();
        let required = usize::try_from(self.required_approvals).unwrap_or(usize::MAX);
        if (1..=participants).contains(&required) {
            return Ok(());
        }
        Err(InvalidValue::new(
            "required_approvals",
            format_args!("is {required} of {participants} participants"),
            "must be from 1 to the number of participants",
        ))
    }
}

reason_setter!(QuorumState: ApprovePayload, RejectPayload, AbstainPayload);

macro_rules! ballots {
    ($($payload:ty),+) => {$(
        impl ActionPayload for $payload {
            fn check(&self, _context: ActionContext<'_>) -> Result<(), InvalidValue> {
                InvalidValue::if_blank("request_id", &self.request_id)
            }
        }
    )+};
}

ballots!(ApprovePayload, RejectPayload, AbstainPayload);
