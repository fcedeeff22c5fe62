use super::{
    DecisionPhase, DecisionState, EvaluationRecord, ObjectionRecord, ProposalRecord, VoteRecord,
};
use crate::Recorded;
use crate::anomaly::{AnomalyKind, Discarded, quoted};
use crate::projection::Machine;
use crate::wire::{self, Fields};
use macp_proto::modes::decision::{
    EvaluationPayload, ObjectionPayload, ProposalPayload, VotePayload,
};
use macp_proto::v1::Envelope;
use macp_proto::{MessageType, Severity, Vote};
use prost::{DecodeError, Message as _};
use std::borrow::Cow;

/// A vote, read in place.
#[derive(Debug)]
struct Cast<'a> {
    proposal_id: Cow<'a, str>,
    vote: Recorded<Vote>,
    reason: Cow<'a, str>,
}

impl<'a> Cast<'a> {
    fn decode(payload: &'a [u8]) -> Result<Self, DecodeError> {
        if let Some(vote) = Self::read(payload) {
            return Ok(vote);
        }
        let vote = VotePayload::decode(payload)?;
        Ok(Self {
            proposal_id: vote.proposal_id.into(),
            vote: vote.vote.into(),
            reason: vote.reason.into(),
        })
    }

    fn read(payload: &'a [u8]) -> Option<Self> {
        const PROPOSAL_ID: u8 = wire::delimited(1);
        const VOTE: u8 = wire::delimited(2);
        const REASON: u8 = wire::delimited(3);
        let (mut proposal_id, mut vote, mut reason) = ("", "", "");
        let mut fields = Fields::of(payload);
        while let Some(key) = fields.key() {
            match key {
                PROPOSAL_ID => proposal_id = fields.text()?,
                VOTE => vote = fields.text()?,
                REASON => reason = fields.text()?,
                _ => return None,
            }
        }
        Some(Self {
            proposal_id: proposal_id.into(),
            vote: vote.into(),
            reason: reason.into(),
        })
    }
}

impl Machine for DecisionState {
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
            MessageType::Evaluation => {
                self.evaluate(sender, EvaluationPayload::decode(&**payload)?);
            }
            MessageType::Objection => self.object(sender, ObjectionPayload::decode(&**payload)?),
            MessageType::Vote => return Ok(self.vote(sender, Cast::decode(payload)?)),
            _ => {}
        }
        Ok(None)
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
    fn vote(&mut self, sender: &str, cast: Cast<'_>) -> Option<Discarded> {
        let proposal_id = &*cast.proposal_id;
        if !self.proposals.contains_key(proposal_id) {
            return None;
        }
        let votes = match self.votes.get_mut(proposal_id) {
            Some(votes) => votes,
            None => self.votes.entry(proposal_id.to_owned()).or_default(),
        };
        if let Some(first) = votes.get(sender) {
            return Some(Discarded {
                kind: AnomalyKind::DuplicateVote,
                detail: format!(
                    "kept first vote {}; discarded {}",
                    quoted(first.vote.as_str()),
                    quoted(cast.vote.as_str())
                ),
                subject_id: cast.proposal_id.into_owned(),
            });
        }
        votes.insert(
            sender.to_owned(),
            VoteRecord {
                vote: cast.vote,
                reason: cast.reason.into_owned(),
            },
        );
        self.reach(DecisionPhase::Voting);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn votes_read_in_place_as_they_decode(payload in wire::tests::almost_payloads()) {
            if let Some(cast) = Cast::read(&payload) {
                let vote = VotePayload::decode(payload.as_slice());
                let read = VotePayload {
                    proposal_id: cast.proposal_id.into_owned(),
                    vote: cast.vote.as_str().to_owned(),
                    reason: cast.reason.into_owned(),
                };
                prop_assert_eq!(vote, Ok(read));
            }
        }
    }
}
