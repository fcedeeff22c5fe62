use crate::action::{Action, ActionContext, ActionPayload, reason_setter};
use crate::{OwnSends, Session, SessionMode, View};
use bytes::Bytes;
use macp_projections::proposal::ProposalState;
use macp_proto::InvalidValue;
use macp_proto::modes::proposal::{
    AcceptPayload, CounterProposalPayload, ProposalPayload, RejectPayload, WithdrawPayload,
};

/// A session in proposal mode (RFC-MACP-0008).
pub type ProposalSession<V = OwnSends<ProposalState>> = Session<ProposalState, V>;

impl SessionMode for ProposalState {}

impl<V: View<ProposalState>> ProposalSession<V> {
    /// Makes a proposal. `proposal_id` must be new to the session; the title says what it is and may
    /// not be blank.
    pub fn propose(
        &mut self,
        proposal_id: impl Into<String>,
        title: impl Into<String>,
    ) -> Action<'_, ProposalState, V, ProposalPayload> {
        self.send(ProposalPayload {
            proposal_id: proposal_id.into(),
            title: title.into(),
            ..ProposalPayload::default()
        })
    }

    /// Answers the proposal `supersedes` with another one. `proposal_id` must be new.
    pub fn counter_propose(
        &mut self,
        proposal_id: impl Into<String>,
        supersedes: impl Into<String>,
        title: impl Into<String>,
    ) -> Action<'_, ProposalState, V, CounterProposalPayload> {
        self.send(CounterProposalPayload {
            proposal_id: proposal_id.into(),
            supersedes_proposal_id: supersedes.into(),
            title: title.into(),
            ..CounterProposalPayload::default()
        })
    }

    /// Accepts a live proposal; it replaces the sender's earlier acceptance.
    pub fn accept(
        &mut self,
        proposal_id: impl Into<String>,
    ) -> Action<'_, ProposalState, V, AcceptPayload> {
        self.send(AcceptPayload {
            proposal_id: proposal_id.into(),
            ..AcceptPayload::default()
        })
    }

    /// Rejects a live proposal.
    pub fn reject(
        &mut self,
        proposal_id: impl Into<String>,
    ) -> Action<'_, ProposalState, V, RejectPayload> {
        self.send(RejectPayload {
            proposal_id: proposal_id.into(),
            ..RejectPayload::default()
        })
    }

    /// Withdraws one's own proposal.
    pub fn withdraw(
        &mut self,
        proposal_id: impl Into<String>,
    ) -> Action<'_, ProposalState, V, WithdrawPayload> {
        self.send(WithdrawPayload {
            proposal_id: proposal_id.into(),
            ..WithdrawPayload::default()
        })
    }
}

impl<V: View<ProposalState>> Action<'_, ProposalState, V, ProposalPayload> {
    /// What is proposed, in short.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.payload.summary = summary.into();
        self
    }

    /// What is proposed, in full; the protocol does not read it.
    pub fn details(mut self, details: impl Into<Bytes>) -> Self {
        self.payload.details = details.into();
        self
    }

    /// Labels.
    pub fn tags<I>(mut self, tags: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.payload.tags = tags.into_iter().map(Into::into).collect();
        self
    }
}

impl<V: View<ProposalState>> Action<'_, ProposalState, V, CounterProposalPayload> {
    /// What is proposed, in short.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.payload.summary = summary.into();
        self
    }

    /// What is proposed, in full; the protocol does not read it.
    pub fn details(mut self, details: impl Into<Bytes>) -> Self {
        self.payload.details = details.into();
        self
    }
}

impl<V: View<ProposalState>> Action<'_, ProposalState, V, RejectPayload> {
    /// Makes it terminal: the session may then be committed with a negative outcome.
    pub fn terminal(mut self) -> Self {
        self.payload.terminal = true;
        self
    }
}

reason_setter!(ProposalState: AcceptPayload, WithdrawPayload, RejectPayload);

impl ActionPayload for ProposalPayload {
    fn check(&self, _context: ActionContext<'_>) -> Result<(), InvalidValue> {
        InvalidValue::if_blank("proposal_id", &self.proposal_id)?;
        InvalidValue::if_blank("title", &self.title)
    }
}

impl ActionPayload for CounterProposalPayload {
    fn check(&self, _context: ActionContext<'_>) -> Result<(), InvalidValue> {
        InvalidValue::if_blank("proposal_id", &self.proposal_id)?;
        InvalidValue::if_blank("supersedes_proposal_id", &self.supersedes_proposal_id)?;
        InvalidValue::if_blank("title", &self.title)
    }
}

macro_rules! answers {
    ($($payload:ty),+) => {$(
        impl ActionPayload for $payload {
            fn check(&self, _context: ActionContext<'_>) -> Result<(), InvalidValue> {
                InvalidValue::if_blank("proposal_id", &self.proposal_id)
            }
        }
    )+};
}

answers!(AcceptPayload, RejectPayload, WithdrawPayload);
