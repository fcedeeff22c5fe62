use super::{AcceptRecord, ProposalRecord, ProposalState, ProposalStatus, RejectRecord};
use crate::anomaly::Discarded;
use crate::projection::Machine;
use macp_proto::MessageType;
use macp_proto::modes::proposal::{
    AcceptPayload, CounterProposalPayload, ProposalPayload, RejectPayload, WithdrawPayload,
};
use macp_proto::v1::Envelope;
use prost::{DecodeError, Message as _};

impl Machine for ProposalState {
    fn apply(
        &mut self,
        message_type: &MessageType,
        envelope: &Envelope,
    ) -> Result<Option<Discarded>, DecodeError> {
        let (sender, payload) = (&envelope.sender, &envelope.payload);
        match message_type {
            MessageType::Proposal => {
                self.propose(sender, ProposalPayload::decode(payload.clone())?);
            }
            MessageType::CounterProposal => {
                self.counter(sender, CounterProposalPayload::decode(payload.clone())?);
            }
            MessageType::Accept => self.accept(sender, AcceptPayload::decode(&**payload)?),
            MessageType::Reject => self.reject(sender, RejectPayload::decode(&**payload)?),
            MessageType::Withdraw => {
                self.withdraw(&WithdrawPayload::decode(&**payload)?.proposal_id);
            }
            _ => {}
        }
        Ok(None)
    }
}

impl ProposalState {
    fn propose(&mut self, sender: &str, proposal: ProposalPayload) {
        self.table(ProposalRecord {
            proposal_id: proposal.proposal_id,
            title: proposal.title,
            summary: proposal.summary,
            tags: proposal.tags,
            supersedes: None,
            status: ProposalStatus::Open,
            sender: sender.to_owned(),
        });
    }

    fn counter(&mut self, sender: &str, counter: CounterProposalPayload) {
        self.table(ProposalRecord {
            proposal_id: counter.proposal_id,
            title: counter.title,
            summary: counter.summary,
            tags: Vec::new(),
            supersedes: Some(counter.supersedes_proposal_id).filter(|id| !id.is_empty()),
            status: ProposalStatus::Open,
            sender: sender.to_owned(),
        });
    }

    fn table(&mut self, proposal: ProposalRecord) {
        self.proposals
            .insert(proposal.proposal_id.clone(), proposal);
    }

    fn accept(&mut self, sender: &str, accept: AcceptPayload) {
        self.current_accepts
            .insert(sender.to_owned(), accept.proposal_id.clone());
        self.accepts.push(AcceptRecord {
            proposal_id: accept.proposal_id,
            reason: accept.reason,
            sender: sender.to_owned(),
        });
    }

    fn reject(&mut self, sender: &str, reject: RejectPayload) {
        if reject.terminal
            && let Some(proposal) = self.proposals.get_mut(&reject.proposal_id)
            && proposal.status == ProposalStatus::Open
        {
            proposal.status = ProposalStatus::Rejected;
        }
        self.rejections.push(RejectRecord {
            proposal_id: reject.proposal_id,
            terminal: reject.terminal,
            reason: reject.reason,
            sender: sender.to_owned(),
        });
    }

    fn withdraw(&mut self, proposal_id: &str) {
        if let Some(proposal) = self.proposals.get_mut(proposal_id) {
            proposal.status = ProposalStatus::Withdrawn;
            self.current_accepts
                .retain(|_, accepted| accepted != proposal_id);
        }
    }
}
