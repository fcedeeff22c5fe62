use super::{Ballot, BallotRecord, QuorumPhase, QuorumState, RequestRecord};
use crate::anomaly::{AnomalyKind, Discarded, quoted};
use crate::projection::{Machine, Origin};
use bytes::Bytes;
use macp_proto::MessageType;
use macp_proto::modes::quorum::{
    AbstainPayload, ApprovalRequestPayload, ApprovePayload, RejectPayload,
};
use prost::Message as _;

/// A message of quorum mode.
#[derive(Debug)]
#[allow(missing_docs, reason = "one variant a message type")]
pub enum Message {
    Request(ApprovalRequestPayload),
    Ballot {
        request_id: String,
        vote: Ballot,
        reason: String,
    },
}

impl Machine for QuorumState {
    type Message = Message;

    fn parse(
        message_type: &MessageType,
        payload: &Bytes,
    ) -> Result<Option<Message>, prost::DecodeError> {
        let (request_id, vote, reason) = match message_type {
            MessageType::ApprovalRequest => {
                return ApprovalRequestPayload::decode(payload.clone())
                    .map(|request| Some(Message::Request(request)));
            }
            MessageType::Approve => {
                let ballot = ApprovePayload::decode(&**payload)?;
                (ballot.request_id, Ballot::Approve, ballot.reason)
            }
            MessageType::Reject => {
                let ballot = RejectPayload::decode(&**payload)?;
                (ballot.request_id, Ballot::Reject, ballot.reason)
            }
            MessageType::Abstain => {
                let ballot = AbstainPayload::decode(&**payload)?;
                (ballot.request_id, Ballot::Abstain, ballot.reason)
            }
            _ => return Ok(None),
        };
        Ok(Some(Message::Ballot {
            request_id,
            vote,
            reason,
        }))
    }

    fn apply(&mut self, origin: Origin<'_>, message: Message) -> Option<Discarded> {
        match message {
            Message::Request(request) => {
                self.request(origin.sender, request);
                None
            }
            Message::Ballot {
                request_id,
                vote,
                reason,
            } => self.cast(origin.sender, request_id, BallotRecord { vote, reason }),
        }
    }
}

impl QuorumState {
    fn request(&mut self, sender: &str, request: ApprovalRequestPayload) {
        self.requests.insert(
            request.request_id.clone(),
            RequestRecord {
                request_id: request.request_id,
                action: request.action,
                summary: request.summary,
                required_approvals: request.required_approvals,
                sender: sender.to_owned(),
            },
        );
        self.phase = QuorumPhase::Voting;
    }

    /// A ballot on a request that was never seen leaves no trace: someone who joined late missed
    /// the request.
    fn cast(
        &mut self,
        sender: &str,
        request_id: String,
        ballot: BallotRecord,
    ) -> Option<Discarded> {
        if !self.requests.contains_key(&request_id) {
            return None;
        }
        let ballots = match self.ballots.get_mut(&request_id) {
            Some(ballots) => ballots,
            None => self.ballots.entry(request_id.clone()).or_default(),
        };
        if let Some(first) = ballots.get(sender) {
            return Some(Discarded {
                kind: AnomalyKind::DuplicateBallot,
                detail: format!(
                    "kept first ballot {}; discarded {}",
                    quoted(&first.vote.to_string()),
                    quoted(&ballot.vote.to_string())
                ),
                subject_id: request_id,
            });
        }
        ballots.insert(sender.to_owned(), ballot);
        None
    }
}
