use super::{AcceptRecord, ProposalRecord, ProposalState, ProposalStatus, RejectRecord};
use crate::anomaly::Discarded;
use crate::projection::{Machine, Origin};
use bytes::Bytes;
use macp_proto::MessageType;
use macp_proto::modes::proposal::{
    AcceptPayload, CounterProposalPayload, ProposalPayload, RejectPayload, WithdrawPayload,
};
use prost::Message as _;

/// A message of proposal mode.
#[derive(Debug)]
#[allow(missing_docs, reason = "one variant a message type")]
pub enum Message {
    Proposal(ProposalPayload),
    CounterProposal(CounterProposalPayload),
    Accept(AcceptPayload),
    Reject(RejectPayload),
    Withdraw(WithdrawPayload),
}

impl Machine for ProposalState {
    type Message<'a> = Message;

    fn parse(
        message_type: &MessageType,
        payload: &Bytes,
    ) -> Result<Option<Message>, prost::DecodeError> {
        Ok(Some(match message_type {
            MessageType::Proposal => Message::Proposal(ProposalPayload::decode(payload.clone())?),
            MessageType::CounterProposal => {
                Message::CounterProposal(CounterProposalPayload::decode(payload.clone())?)
            }
            MessageType::Accept => Message::Accept(AcceptPayload::decode(&**payload)?),
            MessageType::Reject => Message::Reject(RejectPayload::decode(&**payload)?),
            MessageType::Withdraw => Message::Withdraw(WithdrawPayload::decode(&**payload)?),
            _ => return Ok(None),
        }))
    }

    fn apply(&mut self, origin: Origin<'_>, message: Message) -> Option<Discarded> {
        let sender = origin.sender.to_owned();
        match message {
            Message::Proposal(proposal) => self.table(ProposalRecord {
                proposal_id: proposal.proposal_id,
                title: proposal.title,
                summary: proposal.summary,
                tags: proposal.tags,
                supersedes: None,
                status: ProposalStatus::Open,
                sender,
            }),
            Message::CounterProposal(counter) => self.table(ProposalRecord {
                proposal_id: counter.proposal_id,
                title: counter.title,
                summary: counter.summary,
                tags: Vec::new(),
                supersedes: Some(counter.supersedes_proposal_id).filter(|id| !id.is_empty()),
                status: ProposalStatus::Open,
                sender,
            }),
            Message::Accept(accept) => self.accept(sender, accept),
            Message::Reject(reject) => self.reject(sender, reject),
            Message::Withdraw(withdraw) => self.withdraw(&withdraw.proposal_id),
        }
        None
    }
}

impl ProposalState {
    fn table(&mut self, proposal: ProposalRecord) {
        self.proposals
            .insert(proposal.proposal_id.clone(), proposal);
    }

    fn accept(&mut self, sender: String, accept: AcceptPayload) {
        self.current_accepts
            .insert(sender.clone(), accept.proposal_id.clone());
        self.accepts.push(AcceptRecord {
            proposal_id: accept.proposal_id,
            reason: accept.reason,
            sender,
        });
    }

    fn reject(&mut self, sender: String, reject: RejectPayload) {
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
            sender,
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
