//! Messages at random, for each mode: some fit the state of their session, others don't.

use fastrand::Rng;
use macp_modes::SessionMode;
use macp_projections::decision::DecisionState;
use macp_projections::handoff::HandoffState;
use macp_projections::multi_round::MultiRoundState;
use macp_projections::proposal::ProposalState;
use macp_projections::quorum::QuorumState;
use macp_projections::task::TaskState;
use macp_proto::modes::multi_round::ContributePayload;
use macp_proto::modes::{decision, handoff, proposal, quorum, task};
use macp_proto::v1::Envelope;
use macp_proto::{MessageId, Payload, SessionId};

/// Everybody; the first is the initiator.
pub(crate) const ROSTER: [&str; 3] = ["coordinator", "alice", "bob"];
/// What messages are about: few, so that they meet.
const SUBJECTS: [&str; 2] = ["s1", "s2"];

pub(crate) trait Random: SessionMode {
    /// A message of this mode by `sender`.
    fn message(session: &SessionId, sender: &str, random: &mut Rng) -> Envelope;
}

fn envelope<S: SessionMode>(session: &SessionId, payload: &impl Payload) -> Envelope {
    Envelope {
        // Without one a message has the time of its acceptance, but only when it is replayed.
        timestamp_unix_ms: 1,
        ..Envelope::in_session(session, &S::MODE, &MessageId::random(), payload)
    }
}

fn one_of(random: &mut Rng, choices: &[&str]) -> String {
    choices[random.usize(..choices.len())].to_owned()
}

impl Random for DecisionState {
    fn message(session: &SessionId, _: &str, random: &mut Rng) -> Envelope {
        let proposal_id = one_of(random, &SUBJECTS);
        match random.u8(..6) {
            0 | 1 => envelope::<Self>(
                session,
                &decision::ProposalPayload {
                    proposal_id,
                    option: "an option".into(),
                    ..Default::default()
                },
            ),
            2 => envelope::<Self>(
                session,
                &decision::EvaluationPayload {
                    proposal_id,
                    recommendation: one_of(random, &["APPROVE", "REVIEW", "BLOCK"]),
                    confidence: random.f64(),
                    reason: String::new(),
                },
            ),
            3 => envelope::<Self>(
                session,
                &decision::ObjectionPayload {
                    proposal_id,
                    reason: "no".into(),
                    severity: one_of(random, &["low", "high"]),
                },
            ),
            _ => envelope::<Self>(
                session,
                &decision::VotePayload {
                    proposal_id,
                    vote: one_of(random, &["APPROVE", "REJECT", "ABSTAIN"]),
                    reason: String::new(),
                },
            ),
        }
    }
}

impl Random for ProposalState {
    fn message(session: &SessionId, _: &str, random: &mut Rng) -> Envelope {
        let proposal_id = one_of(random, &SUBJECTS);
        let reason = String::new();
        match random.u8(..6) {
            0 => envelope::<Self>(
                session,
                &proposal::ProposalPayload {
                    proposal_id,
                    title: "a title".into(),
                    ..Default::default()
                },
            ),
            1 => envelope::<Self>(
                session,
                &proposal::CounterProposalPayload {
                    proposal_id,
                    supersedes_proposal_id: one_of(random, &SUBJECTS),
                    title: "another".into(),
                    ..Default::default()
                },
            ),
            2 | 3 => envelope::<Self>(
                session,
                &proposal::AcceptPayload {
                    proposal_id,
                    reason,
                },
            ),
            4 => envelope::<Self>(
                session,
                &proposal::RejectPayload {
                    proposal_id,
                    terminal: random.u8(..8) == 0,
                    reason,
                },
            ),
            _ => envelope::<Self>(
                session,
                &proposal::WithdrawPayload {
                    proposal_id,
                    reason,
                },
            ),
        }
    }
}

impl Random for TaskState {
    fn message(session: &SessionId, sender: &str, random: &mut Rng) -> Envelope {
        let task_id = SUBJECTS[0].to_owned();
        let assignee = sender.to_owned();
        match random.u8(..8) {
            0 | 1 => envelope::<Self>(
                session,
                &task::TaskRequestPayload {
                    task_id,
                    title: "a task".into(),
                    ..Default::default()
                },
            ),
            2 | 3 => envelope::<Self>(
                session,
                &task::TaskAcceptPayload {
                    task_id,
                    assignee,
                    reason: String::new(),
                },
            ),
            4 => envelope::<Self>(
                session,
                &task::TaskRejectPayload {
                    task_id,
                    assignee,
                    reason: String::new(),
                },
            ),
            5 => envelope::<Self>(
                session,
                &task::TaskUpdatePayload {
                    task_id,
                    status: "working".into(),
                    progress: random.f64(),
                    ..Default::default()
                },
            ),
            6 => envelope::<Self>(
                session,
                &task::TaskCompletePayload {
                    task_id,
                    assignee,
                    summary: "done".into(),
                    ..Default::default()
                },
            ),
            _ => envelope::<Self>(
                session,
                &task::TaskFailPayload {
                    task_id,
                    assignee,
                    error_code: "E1".into(),
                    ..Default::default()
                },
            ),
        }
    }
}

impl Random for HandoffState {
    fn message(session: &SessionId, sender: &str, random: &mut Rng) -> Envelope {
        let handoff_id = one_of(random, &SUBJECTS);
        let reason = String::new();
        match random.u8(..5) {
            0 | 1 => envelope::<Self>(
                session,
                &handoff::HandoffOfferPayload {
                    handoff_id,
                    target_participant: one_of(random, &ROSTER),
                    scope: "everything".into(),
                    reason,
                },
            ),
            2 => envelope::<Self>(
                session,
                &handoff::HandoffContextPayload {
                    handoff_id,
                    content_type: "text/plain".into(),
                    context: "a note".into(),
                },
            ),
            3 => envelope::<Self>(
                session,
                &handoff::HandoffAcceptPayload {
                    handoff_id,
                    accepted_by: sender.into(),
                    reason,
                    implicit: false,
                },
            ),
            _ => envelope::<Self>(
                session,
                &handoff::HandoffDeclinePayload {
                    handoff_id,
                    declined_by: sender.into(),
                    reason,
                },
            ),
        }
    }
}

impl Random for QuorumState {
    fn message(session: &SessionId, _: &str, random: &mut Rng) -> Envelope {
        let request_id = SUBJECTS[0].to_owned();
        let reason = String::new();
        match random.u8(..6) {
            0 | 1 => envelope::<Self>(
                session,
                &quorum::ApprovalRequestPayload {
                    request_id,
                    action: "ship".into(),
                    required_approvals: random.u32(1..=2),
                    ..Default::default()
                },
            ),
            2 | 3 => envelope::<Self>(session, &quorum::ApprovePayload { request_id, reason }),
            4 => envelope::<Self>(session, &quorum::RejectPayload { request_id, reason }),
            _ => envelope::<Self>(session, &quorum::AbstainPayload { request_id, reason }),
        }
    }
}

impl Random for MultiRoundState {
    fn message(session: &SessionId, _: &str, random: &mut Rng) -> Envelope {
        let value = one_of(random, &["red", "green", "blue"]);
        envelope::<Self>(session, &ContributePayload { value })
    }
}
