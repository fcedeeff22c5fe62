use super::{
    DecisionPhase, DecisionState, EvaluationRecord, ObjectionRecord, ProposalRecord, VoteRecord,
};
use crate::Recorded;
use crate::anomaly::{AnomalyKind, Discarded, quoted};
use crate::projection::{Machine, Origin};
use bytes::Bytes;
use macp_proto::modes::decision::{
    EvaluationPayload, ObjectionPayload, ProposalPayload, VotePayload,
};
use macp_proto::{MessageType, Severity};
use prost::Message as _;

/// A message of decision mode.
#[derive(Debug)]
#[allow(missing_docs, reason = "one variant a message type")]
pub enum Message {
    Proposal(ProposalPayload),
    Evaluation(EvaluationPayload),
    Objection(ObjectionPayload),
    Vote(VotePayload),
}

impl Machine for DecisionState {
    type Message = Message;

    fn parse(
        message_type: &MessageType,
        payload: &Bytes,
    ) -> Result<Option<Message>, prost::DecodeError> {
        Ok(Some(match message_type {
            MessageType::Proposal => Message::Proposal(ProposalPayload::decode(payload.clone())?),
            MessageType::Evaluation => Message::Evaluation(EvaluationPayload::decode(&**payload)?),
            MessageType::Objection => Message::Objection(ObjectionPayload::decode(&**payload)?),
            MessageType::Vote => Message::Vote(VotePayload::decode(&**payload)?),
            _ => return Ok(None),
        }))
    }

    fn apply(&mut self, origin: Origin<'_>, message: Message) -> Option<Discarded> {
        let sender = origin.sender;
        match message {
            Message::Proposal(proposal) => self.propose(sender, proposal),
            Message::Evaluation(evaluation) => self.evaluate(sender, evaluation),
            Message::Objection(objection) => self.object(sender, objection),
            Message::Vote(vote) => return self.vote(sender, vote),
        }
        None
    }
}

impl DecisionState {
    fn reach(&mut self, phase: DecisionPhase) {
        self.phase = self.phase.max(phase);
    }

    fn propose(&mut self, sender: &str, proposal: ProposalPayload) {
        self.reach(DecisionPhase::Evaluation);
        self.proposals.insert(
            proposal.proposal_id.clone(),
            ProposalRecord {
                proposal_id: proposal.proposal_id,
                option: proposal.option,
                rationale: proposal.rationale,
                sender: sender.to_owned(),
            },
        );
    }

    fn evaluate(&mut self, sender: &str, evaluation: EvaluationPayload) {
        self.reach(DecisionPhase::Evaluation);
        self.evaluations.push(EvaluationRecord {
            proposal_id: evaluation.proposal_id,
            recommendation: evaluation.recommendation.into(),
            confidence: evaluation.confidence,
            reason: evaluation.reason,
            sender: sender.to_owned(),
        });
    }

    fn object(&mut self, sender: &str, objection: ObjectionPayload) {
        let severity = if objection.severity.is_empty() {
            Recorded::Known(Severity::default())
        } else {
            objection.severity.into()
        };
        self.objections.push(ObjectionRecord {
            proposal_id: objection.proposal_id,
            severity,
            reason: objection.reason,
            sender: sender.to_owned(),
        });
    }

    /// A vote on a proposal that was never seen leaves no trace: someone who joined late missed
    /// the proposal.
    fn vote(&mut self, sender: &str, vote: VotePayload) -> Option<Discarded> {
        if !self.proposals.contains_key(&vote.proposal_id) {
            return None;
        }
        let cast = Recorded::from(vote.vote);
        let ballots = match self.votes.get_mut(&vote.proposal_id) {
            Some(ballots) => ballots,
            None => self.votes.entry(vote.proposal_id.clone()).or_default(),
        };
        if let Some(first) = ballots.get(sender) {
            return Some(Discarded {
                kind: AnomalyKind::DuplicateVote,
                detail: format!(
                    "kept first vote {}; discarded {}",
                    quoted(first.vote.as_str()),
                    quoted(cast.as_str())
                ),
                subject_id: vote.proposal_id,
            });
        }
        ballots.insert(
            sender.to_owned(),
            VoteRecord {
                vote: cast,
                reason: vote.reason,
            },
        );
        self.reach(DecisionPhase::Voting);
        None
    }
}
