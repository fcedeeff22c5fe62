//! Histories for the projections, built in memory.

use crate::message::{ALICE, COORDINATOR, OPTION, RATIONALE, REASON, envelope, proposal};
use crate::report::count;
use crate::{Failure, options::ProjectionMode};
use macp_proto::modes::{decision, quorum, task};
use macp_proto::v1::Envelope;
use macp_proto::{Mode, Payload, SessionId};

/// Senders of a decision: the protocol's cap on participants.
const SENDERS: usize = 1000;

/// A history of `n` envelopes.
pub(crate) fn of(mode: ProjectionMode, n: usize) -> Result<Vec<Envelope>, Failure> {
    if n < 2 {
        return Err("--n must be at least 2".into());
    }
    let mut history = History {
        session_id: SessionId::random(),
        envelopes: Vec::with_capacity(n),
    };
    match mode {
        ProjectionMode::Decision => history.decision(n)?,
        ProjectionMode::Quorum => history.quorum(n)?,
        ProjectionMode::Task => history.task(n)?,
    }
    Ok(history.envelopes)
}

struct History {
    session_id: SessionId,
    envelopes: Vec<Envelope>,
}

impl History {
    fn push<P: Payload>(&mut self, mode: &Mode, sender: &str, payload: &P) -> Result<(), Failure> {
        let envelope = envelope(mode, &self.session_id, sender, payload)?;
        self.envelopes.push(envelope);
        Ok(())
    }

    /// Proposals, then votes: every (proposal, sender) pair once.
    fn decision(&mut self, n: usize) -> Result<(), Failure> {
        let proposals = (n / SENDERS).max(1);
        for p in 0..proposals {
            self.push(&Mode::Decision, COORDINATOR, &proposal(&format!("p{p}")))?;
        }
        for i in 0..n - proposals {
            let vote = decision::VotePayload {
                proposal_id: format!("p{}", i % proposals),
                vote: "APPROVE".into(),
                reason: REASON.into(),
            };
            self.push(&Mode::Decision, &format!("agent-{}", i / proposals), &vote)?;
        }
        Ok(())
    }

    /// One approval request, then one ballot from each sender.
    fn quorum(&mut self, n: usize) -> Result<(), Failure> {
        let request = quorum::ApprovalRequestPayload {
            request_id: "r1".into(),
            action: OPTION.into(),
            summary: RATIONALE.into(),
            required_approvals: n.try_into()?,
            ..quorum::ApprovalRequestPayload::default()
        };
        self.push(&Mode::Quorum, COORDINATOR, &request)?;
        for i in 0..n - 1 {
            let sender = format!("agent-{i}");
            let (request_id, reason) = ("r1".into(), REASON.into());
            match i % 3 {
                0 => {
                    let ballot = quorum::ApprovePayload { request_id, reason };
                    self.push(&Mode::Quorum, &sender, &ballot)?;
                }
                1 => {
                    let ballot = quorum::RejectPayload { request_id, reason };
                    self.push(&Mode::Quorum, &sender, &ballot)?;
                }
                _ => {
                    let ballot = quorum::AbstainPayload { request_id, reason };
                    self.push(&Mode::Quorum, &sender, &ballot)?;
                }
            }
        }
        Ok(())
    }

    /// One task, accepted, then progress updates by its assignee.
    fn task(&mut self, n: usize) -> Result<(), Failure> {
        let request = task::TaskRequestPayload {
            task_id: "t1".into(),
            title: OPTION.into(),
            instructions: RATIONALE.into(),
            ..task::TaskRequestPayload::default()
        };
        self.push(&Mode::Task, COORDINATOR, &request)?;
        let accept = task::TaskAcceptPayload {
            task_id: "t1".into(),
            assignee: ALICE.into(),
            reason: String::new(),
        };
        self.push(&Mode::Task, ALICE, &accept)?;
        for i in 0..n - 2 {
            let update = task::TaskUpdatePayload {
                task_id: "t1".into(),
                status: "in_progress".into(),
                progress: count(i) / count(n),
                message: REASON.into(),
                ..task::TaskUpdatePayload::default()
            };
            self.push(&Mode::Task, ALICE, &update)?;
        }
        Ok(())
    }
}
