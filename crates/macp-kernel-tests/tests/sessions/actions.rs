//! Random messages from small sets, so that many are legal and some are not.

use macp_proto::modes::{decision, handoff, multi_round, proposal, quorum, task};
use macp_proto::v1::CommitmentPayload;
use macp_proto::{MessageType, Mode};
use macp_test_data::policies::PEOPLE;
use proptest::prelude::*;
use proptest::sample::select;
use prost::Message;

/// A message that somebody may try to send.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) message_type: MessageType,
    pub(crate) sender: String,
    pub(crate) payload: Vec<u8>,
    /// How long after the one before.
    pub(crate) after_ms: i64,
}

impl Action {
    fn new(message_type: MessageType, sender: &str, payload: &impl Message) -> Self {
        Self {
            message_type,
            sender: sender.to_owned(),
            payload: payload.encode_to_vec(),
            after_ms: 0,
        }
    }

    pub(crate) fn commitment(sender: &str, positive: bool) -> Self {
        let payload = CommitmentPayload {
            commitment_id: "c1".into(),
            action: "any".into(),
            authority_scope: "tests".into(),
            reason: "because".into(),
            mode_version: "1.0.0".into(),
            configuration_version: "config".into(),
            outcome_positive: positive,
            ..CommitmentPayload::default()
        };
        Self::new(MessageType::Commitment, sender, &payload)
    }

    pub(crate) fn task_accept(sender: &str, task_id: &str) -> Self {
        let payload = task::TaskAcceptPayload {
            task_id: task_id.into(),
            ..Default::default()
        };
        Self::new(MessageType::TaskAccept, sender, &payload)
    }

    pub(crate) fn offer(sender: &str, target: &str) -> Self {
        let payload = handoff::HandoffOfferPayload {
            handoff_id: "an-id-that-is-free".into(),
            target_participant: target.into(),
            ..Default::default()
        };
        Self::new(MessageType::HandoffOffer, sender, &payload)
    }

    pub(crate) fn decline(sender: &str, handoff_id: &str) -> Self {
        let payload = handoff::HandoffDeclinePayload {
            handoff_id: handoff_id.into(),
            ..Default::default()
        };
        Self::new(MessageType::HandoffDecline, sender, &payload)
    }
}

/// Everybody who may turn up: the generated policies' people and an outsider.
pub(crate) fn people() -> impl Iterator<Item = String> {
    PEOPLE.iter().chain(&["mallory"]).map(|&one| one.to_owned())
}

/// An initiator and a roster that the mode admits.
pub(crate) fn rosters(mode: &Mode) -> BoxedStrategy<(String, Vec<String>)> {
    let roster = |size| PEOPLE[..size].iter().map(|&one| one.to_owned()).collect();
    let listed = || Just("alice".to_owned());
    let anyone = || select(&["alice", "orchestrator"][..]).prop_map(str::to_owned);
    match mode {
        Mode::Decision => (anyone(), (0..4_usize).prop_map(roster)).boxed(),
        Mode::Task => (anyone(), (2..5_usize).prop_map(roster)).boxed(),
        Mode::Handoff => (listed(), (2..5_usize).prop_map(roster)).boxed(),
        _ => (anyone(), (1..4_usize).prop_map(roster)).boxed(),
    }
}

/// The choices that a message is made of.
#[derive(Clone, Debug)]
struct Choice {
    kind: usize,
    sender: String,
    other: String,
    id: String,
    old_id: String,
    word: usize,
    flag: bool,
    number: f64,
}

fn choices() -> impl Strategy<Value = Choice> {
    // Those whom every roster has turn up more often.
    let person = || {
        prop_oneof![
            6 => select(&["alice", "bob", "carol"][..]),
            1 => select(&["dave", "orchestrator", "mallory"][..]),
        ]
        .prop_map(str::to_owned)
    };
    let id = || select(&["x", "y", "z"][..]).prop_map(str::to_owned);
    let number = prop_oneof![
        40 => 0.0..=1.0,
        4 => Just(0.8),
        1 => select(&[f64::NAN, f64::INFINITY, -1.0, 2.0][..]),
    ];
    (
        0..100_usize,
        person(),
        person(),
        id(),
        id(),
        0..12_usize,
        any::<bool>(),
        number,
    )
        .prop_map(
            |(kind, sender, other, id, old_id, word, flag, number)| Choice {
                kind,
                sender,
                other,
                id,
                old_id,
                word,
                flag,
                number,
            },
        )
}

/// Messages of a mode.
pub(crate) fn of(mode: &Mode) -> impl Strategy<Value = Action> {
    let after = prop_oneof![4 => Just(0), 1 => 0..2_000_i64, 1 => Just(1_000_000)];
    let mode = mode.clone();
    (choices(), after).prop_map(move |(choice, after_ms)| Action {
        after_ms,
        ..choice.action(&mode)
    })
}

impl Choice {
    fn action(&self, mode: &Mode) -> Action {
        if self.kind < 3 {
            return Action::commitment(&self.sender, self.flag);
        }
        match mode {
            Mode::Decision => self.decision(),
            Mode::Proposal => self.proposal(),
            Mode::Task => self.task(),
            Mode::Handoff => self.handoff(),
            Mode::Quorum => self.quorum(),
            _ => self.contribution(),
        }
    }

    fn of(&self, message_type: MessageType, payload: &impl Message) -> Action {
        Action::new(message_type, &self.sender, payload)
    }

    /// Mostly a word that is admitted.
    fn word(&self, words: &[&str]) -> String {
        words[self.word % words.len()].to_owned()
    }

    /// Mostly nobody, which means the sender.
    fn maybe_named(&self) -> String {
        match self.word {
            0 => self.other.clone(),
            1 | 2 => self.sender.clone(),
            _ => String::new(),
        }
    }

    fn decision(&self) -> Action {
        match self.kind {
            ..20 => self.of(
                MessageType::Proposal,
                &decision::ProposalPayload {
                    proposal_id: self.id.clone(),
                    option: "option".into(),
                    ..Default::default()
                },
            ),
            20..35 => self.of(
                MessageType::Evaluation,
                &decision::EvaluationPayload {
                    proposal_id: self.id.clone(),
                    recommendation: self
                        .word(&["APPROVE", "REVIEW", "BLOCK", "REJECT", "APPROVE", "approve"]),
                    confidence: self.number,
                    ..Default::default()
                },
            ),
            35..45 => self.of(
                MessageType::Objection,
                &decision::ObjectionPayload {
                    proposal_id: self.id.clone(),
                    severity: self.word(&["low", "medium", "high", "critical", "critical", ""]),
                    ..Default::default()
                },
            ),
            _ => self.of(
                MessageType::Vote,
                &decision::VotePayload {
                    proposal_id: self.id.clone(),
                    vote: self.word(&["APPROVE", "REJECT", "APPROVE", "ABSTAIN", "APPROVE", "yes"]),
                    ..Default::default()
                },
            ),
        }
    }

    fn proposal(&self) -> Action {
        match self.kind {
            ..20 => self.of(
                MessageType::Proposal,
                &proposal::ProposalPayload {
                    proposal_id: self.id.clone(),
                    title: "title".into(),
                    ..Default::default()
                },
            ),
            20..35 => self.of(
                MessageType::CounterProposal,
                &proposal::CounterProposalPayload {
                    proposal_id: self.id.clone(),
                    supersedes_proposal_id: self.old_id.clone(),
                    ..Default::default()
                },
            ),
            35..75 => self.of(
                MessageType::Accept,
                &proposal::AcceptPayload {
                    proposal_id: self.id.clone(),
                    ..Default::default()
                },
            ),
            75..90 => self.of(
                MessageType::Reject,
                &proposal::RejectPayload {
                    proposal_id: self.id.clone(),
                    terminal: self.flag,
                    ..Default::default()
                },
            ),
            _ => self.of(
                MessageType::Withdraw,
                &proposal::WithdrawPayload {
                    proposal_id: self.id.clone(),
                    ..Default::default()
                },
            ),
        }
    }

    fn task(&self) -> Action {
        let task_id = if self.word == 3 { "other" } else { "t" }.to_owned();
        let assignee = self.maybe_named();
        match self.kind {
            ..30 => {
                let requester = if self.flag { "alice" } else { "orchestrator" };
                let only = if self.word < 6 { &*self.other } else { "" };
                let payload = task::TaskRequestPayload {
                    task_id,
                    requested_assignee: only.to_owned(),
                    ..Default::default()
                };
                Action::new(MessageType::TaskRequest, requester, &payload)
            }
            30..55 => self.of(
                MessageType::TaskAccept,
                &task::TaskAcceptPayload {
                    task_id,
                    assignee,
                    ..Default::default()
                },
            ),
            55..75 => self.of(
                MessageType::TaskReject,
                &task::TaskRejectPayload {
                    task_id,
                    assignee,
                    ..Default::default()
                },
            ),
            75..82 => self.of(
                MessageType::TaskUpdate,
                &task::TaskUpdatePayload {
                    task_id,
                    progress: self.number,
                    ..Default::default()
                },
            ),
            82..92 => self.of(
                MessageType::TaskComplete,
                &task::TaskCompletePayload {
                    task_id,
                    assignee,
                    output: if self.flag { b"done".as_slice() } else { b"" }.into(),
                    ..Default::default()
                },
            ),
            _ => self.of(
                MessageType::TaskFail,
                &task::TaskFailPayload {
                    task_id,
                    assignee,
                    retryable: self.flag,
                    ..Default::default()
                },
            ),
        }
    }

    fn handoff(&self) -> Action {
        match self.kind {
            ..40 => {
                let payload = handoff::HandoffOfferPayload {
                    handoff_id: self.id.clone(),
                    target_participant: self.other.clone(),
                    ..Default::default()
                };
                Action::new(MessageType::HandoffOffer, "alice", &payload)
            }
            40..55 => self.of(
                MessageType::HandoffContext,
                &handoff::HandoffContextPayload {
                    handoff_id: self.id.clone(),
                    content_type: "text/plain".into(),
                    ..Default::default()
                },
            ),
            55..70 => self.of(
                MessageType::HandoffAccept,
                &handoff::HandoffAcceptPayload {
                    handoff_id: self.id.clone(),
                    accepted_by: self.maybe_named(),
                    implicit: self.word == 5,
                    ..Default::default()
                },
            ),
            _ => self.of(
                MessageType::HandoffDecline,
                &handoff::HandoffDeclinePayload {
                    handoff_id: self.id.clone(),
                    declined_by: self.maybe_named(),
                    ..Default::default()
                },
            ),
        }
    }

    fn quorum(&self) -> Action {
        let request_id = if self.word == 3 { "other" } else { "r" }.to_owned();
        let reason = String::new();
        match self.kind {
            ..40 => {
                let requester = if self.flag { "alice" } else { "orchestrator" };
                let payload = quorum::ApprovalRequestPayload {
                    request_id,
                    action: "deploy".into(),
                    required_approvals: u32::try_from(self.word % 5).unwrap_or_default(),
                    ..Default::default()
                };
                Action::new(MessageType::ApprovalRequest, requester, &payload)
            }
            40..75 => self.of(
                MessageType::Approve,
                &quorum::ApprovePayload { request_id, reason },
            ),
            75..90 => self.of(
                MessageType::Reject,
                &quorum::RejectPayload { request_id, reason },
            ),
            _ => self.of(
                MessageType::Abstain,
                &quorum::AbstainPayload { request_id, reason },
            ),
        }
    }

    fn contribution(&self) -> Action {
        let value = self.word(&["a", "a", "a", "b", ""]);
        if self.flag {
            let payload = multi_round::ContributePayload { value };
            return self.of(MessageType::Contribute, &payload);
        }
        Action {
            message_type: MessageType::Contribute,
            sender: self.sender.clone(),
            payload: format!(r#"{{"value": "{value}"}}"#).into_bytes(),
            after_ms: 0,
        }
    }
}
