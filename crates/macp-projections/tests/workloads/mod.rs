//! Histories to apply, and the floor to hold them against: decode each payload and keep it in a
//! standard map, without deduplication, transcript or anything else.
#![allow(dead_code, reason = "each user takes its part")]

use macp_proto::modes::{decision, quorum, task};
use macp_proto::v1::Envelope;
use macp_proto::{MessageId, Mode, Payload, SessionId};
use prost::Message as _;
use std::collections::HashMap;

const OPTION: &str = "deploy-v2";
const RATIONALE: &str = "tests green, canary healthy";
const REASON: &str = "looks right to me";

/// Writes the envelopes of one session.
struct Session {
    id: SessionId,
    mode: Mode,
    sent: usize,
}

impl Session {
    fn new(mode: Mode) -> Self {
        Self {
            id: SessionId::new("bench-session-000000000000000000001").unwrap(),
            mode,
            sent: 0,
        }
    }

    /// Ids and times have the length of real ones: a UUID's, and milliseconds of this century.
    fn envelope<P: Payload>(&mut self, sender: &str, payload: &P) -> Envelope {
        let message_id = MessageId::new(format!("bench-00000000-{:021x}", self.sent)).unwrap();
        self.sent += 1;
        Envelope {
            sender: sender.to_owned(),
            timestamp_unix_ms: 1_790_000_000_000,
            ..Envelope::in_session(&self.id, &self.mode, &message_id, payload)
        }
    }
}

/// n / 1000 proposals, then votes: every pair of proposal and sender once.
pub(crate) fn votes(n: usize) -> Vec<Envelope> {
    let mut session = Session::new(Mode::Decision);
    let proposals = (n / 1000).max(1);
    let mut history = Vec::with_capacity(n);
    for p in 0..proposals {
        let proposal = decision::ProposalPayload {
            proposal_id: format!("p{p}"),
            option: OPTION.into(),
            rationale: RATIONALE.into(),
            ..Default::default()
        };
        history.push(session.envelope("coordinator", &proposal));
    }
    for i in 0..n - proposals {
        let vote = decision::VotePayload {
            proposal_id: format!("p{}", i % proposals),
            vote: "APPROVE".into(),
            reason: REASON.into(),
        };
        history.push(session.envelope(&format!("agent-{}", i / proposals), &vote));
    }
    history
}

/// One approval request, then one ballot from each of n - 1 senders.
pub(crate) fn ballots(n: usize) -> Vec<Envelope> {
    let mut session = Session::new(Mode::Quorum);
    let request = quorum::ApprovalRequestPayload {
        request_id: "r1".into(),
        action: OPTION.into(),
        summary: RATIONALE.into(),
        required_approvals: u32::try_from(n).unwrap(),
        ..Default::default()
    };
    let mut history = vec![session.envelope("coordinator", &request)];
    history.reserve(n);
    for i in 0..n - 1 {
        let sender = format!("agent-{i}");
        let (request_id, reason) = ("r1".to_owned(), REASON.to_owned());
        history.push(match i % 3 {
            0 => session.envelope(&sender, &quorum::ApprovePayload { request_id, reason }),
            1 => session.envelope(&sender, &quorum::RejectPayload { request_id, reason }),
            _ => session.envelope(&sender, &quorum::AbstainPayload { request_id, reason }),
        });
    }
    history
}

/// One task, accepted, then n - 2 progress updates by its assignee.
pub(crate) fn updates(n: usize) -> Vec<Envelope> {
    let mut session = Session::new(Mode::Task);
    let request = task::TaskRequestPayload {
        task_id: "t1".into(),
        title: OPTION.into(),
        instructions: RATIONALE.into(),
        ..Default::default()
    };
    let accept = task::TaskAcceptPayload {
        task_id: "t1".into(),
        assignee: "alice".into(),
        ..Default::default()
    };
    let mut history = vec![
        session.envelope("coordinator", &request),
        session.envelope("alice", &accept),
    ];
    history.reserve(n);
    for i in 0..n - 2 {
        #[expect(clippy::cast_precision_loss, reason = "any progress will do")]
        let progress = i as f64 / n as f64;
        let update = task::TaskUpdatePayload {
            task_id: "t1".into(),
            status: "in_progress".into(),
            progress,
            message: REASON.into(),
            ..Default::default()
        };
        history.push(session.envelope("alice", &update));
    }
    history
}

/// What decoding and one insertion into a standard map cost.
#[derive(Default)]
pub(crate) struct Floor {
    proposals: HashMap<String, decision::ProposalPayload>,
    votes: HashMap<String, HashMap<String, decision::VotePayload>>,
    ballots: HashMap<String, (&'static str, String)>,
    updates: Vec<task::TaskUpdatePayload>,
}

impl Floor {
    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        let payload = &*envelope.payload;
        match envelope.message_type.as_str() {
            "Proposal" => {
                let proposal = decision::ProposalPayload::decode(payload).unwrap();
                self.proposals
                    .insert(proposal.proposal_id.clone(), proposal);
            }
            "Vote" => {
                let vote = decision::VotePayload::decode(payload).unwrap();
                if self.proposals.contains_key(&vote.proposal_id) {
                    let votes = match self.votes.get_mut(&vote.proposal_id) {
                        Some(votes) => votes,
                        None => self.votes.entry(vote.proposal_id.clone()).or_default(),
                    };
                    votes.entry(envelope.sender.clone()).or_insert(vote);
                }
            }
            "Approve" => {
                let ballot = quorum::ApprovePayload::decode(payload).unwrap();
                self.ballots
                    .insert(envelope.sender.clone(), ("approve", ballot.reason));
            }
            "Reject" => {
                let ballot = quorum::RejectPayload::decode(payload).unwrap();
                self.ballots
                    .insert(envelope.sender.clone(), ("reject", ballot.reason));
            }
            "Abstain" => {
                let ballot = quorum::AbstainPayload::decode(payload).unwrap();
                self.ballots
                    .insert(envelope.sender.clone(), ("abstain", ballot.reason));
            }
            "TaskUpdate" => {
                self.updates
                    .push(task::TaskUpdatePayload::decode(payload).unwrap());
            }
            _ => {}
        }
    }
}
