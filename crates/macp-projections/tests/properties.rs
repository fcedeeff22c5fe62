//! What holds of every history, whatever is in it.

#![allow(clippy::unwrap_used, reason = "a panic is the test's failure")]

use macp_projections::{AnyProjection, Applied};
use macp_proto::modes::{decision, handoff, proposal, quorum, task};
use macp_proto::v1::{CommitmentPayload, Envelope, SessionStartPayload};
use macp_proto::{MessageType, Mode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use prost::Message;
use serde_json::Value;

/// One message in the making: choices from small sets, so that messages meet.
#[derive(Clone, Debug)]
struct Choice {
    message_type: Index,
    sender: u8,
    subject: u8,
    word: u8,
    flag: bool,
    number: f64,
}

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    let choice = (
        any::<Index>(),
        0..4_u8,
        0..3_u8,
        0..6_u8,
        any::<bool>(),
        prop_oneof![0.0..1.0, Just(f64::NAN), Just(f64::INFINITY), Just(-0.0)],
    );
    let choice = choice.prop_map(
        |(message_type, sender, subject, word, flag, number)| Choice {
            message_type,
            sender,
            subject,
            word,
            flag,
            number,
        },
    );
    vec(choice, 0..40)
}

fn modes() -> impl Strategy<Value = Mode> {
    proptest::sample::select(Mode::KNOWN)
}

/// Histories whose message ids are unique and whose payloads decode.
fn histories() -> impl Strategy<Value = (Mode, Vec<Envelope>)> {
    (modes(), choices()).prop_map(|(mode, choices)| {
        let history = choices
            .iter()
            .enumerate()
            .map(|(at, choice)| choice.envelope(&mode, at));
        (mode.clone(), history.collect())
    })
}

fn message_types(mode: &Mode) -> &'static [MessageType] {
    use MessageType as T;
    match mode {
        Mode::Decision => &[T::Proposal, T::Evaluation, T::Objection, T::Vote, T::Vote],
        Mode::Proposal => &[
            T::Proposal,
            T::CounterProposal,
            T::Accept,
            T::Reject,
            T::Withdraw,
        ],
        Mode::Task => &[
            T::TaskRequest,
            T::TaskAccept,
            T::TaskReject,
            T::TaskUpdate,
            T::TaskComplete,
            T::TaskFail,
        ],
        Mode::Handoff => &[
            T::HandoffOffer,
            T::HandoffContext,
            T::HandoffAccept,
            T::HandoffDecline,
        ],
        Mode::Quorum => &[T::ApprovalRequest, T::Approve, T::Reject, T::Abstain],
        _ => &[T::Contribute],
    }
}

impl Choice {
    /// Most messages are of the mode; the rest open, seal, or mean nothing.
    fn envelope(&self, mode: &Mode, at: usize) -> Envelope {
        let types = message_types(mode);
        let message_type = match self.message_type.index(types.len() * 8) {
            0 => MessageType::SessionStart,
            1 if self.flag => MessageType::Commitment,
            2 => MessageType::from("SomethingElse"),
            other => types[other % types.len()].clone(),
        };
        Envelope {
            macp_version: "1.0".into(),
            mode: mode.to_string(),
            message_id: format!("m{at}"),
            session_id: "s".into(),
            sender: self.name(),
            timestamp_unix_ms: i64::from(self.word),
            payload: self.payload(mode, &message_type).into(),
            message_type: message_type.to_string(),
        }
    }

    fn name(&self) -> String {
        format!("agent-{}", self.sender)
    }

    #[allow(clippy::too_many_lines, reason = "one arm a message type")]
    fn payload(&self, mode: &Mode, message_type: &MessageType) -> Vec<u8> {
        use MessageType as T;
        let id = format!("id-{}", self.subject);
        let word = |words: &[&str]| words[usize::from(self.word) % words.len()].to_owned();
        let reason = word(&["", "because", "почему"]);
        let maybe_name = if self.flag {
            String::new()
        } else {
            self.name()
        };
        match (mode, message_type) {
            (_, T::SessionStart) => SessionStartPayload {
                participants: (0..4).map(|n| format!("agent-{n}")).collect(),
                mode_version: "1.0.0".into(),
                configuration_version: "c".into(),
                ..Default::default()
            }
            .encode_to_vec(),
            (_, T::Commitment) => CommitmentPayload {
                commitment_id: id,
                outcome_positive: self.number < 0.5,
                ..Default::default()
            }
            .encode_to_vec(),
            (Mode::Decision, T::Proposal) => decision::ProposalPayload {
                proposal_id: id,
                option: reason,
                ..Default::default()
            }
            .encode_to_vec(),
            (_, T::Evaluation) => decision::EvaluationPayload {
                proposal_id: id,
                recommendation: word(&["APPROVE", "REVIEW", "BLOCK", "review"]),
                confidence: self.number,
                reason,
            }
            .encode_to_vec(),
            (_, T::Objection) => decision::ObjectionPayload {
                proposal_id: id,
                severity: word(&["", "critical", "CRITICAL", "low"]),
                reason,
            }
            .encode_to_vec(),
            (_, T::Vote) => decision::VotePayload {
                proposal_id: id,
                vote: word(&["APPROVE", "REJECT", "ABSTAIN", " yes "]),
                reason,
            }
            .encode_to_vec(),
            (_, T::Proposal) => proposal::ProposalPayload {
                proposal_id: id,
                tags: vec![reason],
                ..Default::default()
            }
            .encode_to_vec(),
            (_, T::CounterProposal) => proposal::CounterProposalPayload {
                proposal_id: id,
                supersedes_proposal_id: word(&["", "id-0", "id-1"]),
                ..Default::default()
            }
            .encode_to_vec(),
            (Mode::Proposal, T::Reject) => proposal::RejectPayload {
                proposal_id: id,
                terminal: self.flag,
                reason,
            }
            .encode_to_vec(),
            (_, T::TaskRequest) => task::TaskRequestPayload {
                task_id: id,
                requested_assignee: maybe_name,
                input: b"\x00\xff".as_slice().into(),
                ..Default::default()
            }
            .encode_to_vec(),
            (_, T::TaskUpdate) => task::TaskUpdatePayload {
                task_id: id,
                progress: self.number,
                ..Default::default()
            }
            .encode_to_vec(),
            (_, T::TaskComplete) => task::TaskCompletePayload {
                task_id: id,
                assignee: maybe_name,
                output: reason.into_bytes().into(),
                ..Default::default()
            }
            .encode_to_vec(),
            (_, T::TaskFail) => task::TaskFailPayload {
                task_id: id,
                assignee: maybe_name,
                retryable: self.flag,
                ..Default::default()
            }
            .encode_to_vec(),
            (_, T::HandoffOffer) => handoff::HandoffOfferPayload {
                handoff_id: id,
                target_participant: self.name(),
                ..Default::default()
            }
            .encode_to_vec(),
            (_, T::HandoffContext) => handoff::HandoffContextPayload {
                handoff_id: id,
                content_type: reason,
                ..Default::default()
            }
            .encode_to_vec(),
            (_, T::HandoffAccept) => handoff::HandoffAcceptPayload {
                handoff_id: id,
                accepted_by: maybe_name,
                implicit: self.word == 0,
                ..Default::default()
            }
            .encode_to_vec(),
            (_, T::ApprovalRequest) => quorum::ApprovalRequestPayload {
                request_id: id,
                required_approvals: self.word.into(),
                ..Default::default()
            }
            .encode_to_vec(),
            (_, T::Contribute) if self.flag => format!(r#"{{"value":"{reason}"}}"#).into_bytes(),
            // What is left starts with an id and goes on with text.
            _ => quorum::ApprovePayload {
                request_id: if matches!(message_type, T::Contribute) {
                    reason.clone()
                } else {
                    id
                },
                reason,
            }
            .encode_to_vec(),
        }
    }
}

fn project<'a>(mode: &Mode, history: impl IntoIterator<Item = &'a Envelope>) -> AnyProjection {
    let mut projection = AnyProjection::new(mode).unwrap();
    for envelope in history {
        projection.apply(envelope.clone()).unwrap();
    }
    projection
}

/// All there is to a projection.
fn snapshot(projection: &AnyProjection) -> Value {
    serde_json::to_value(projection).unwrap()
}

proptest! {
    #[test]
    fn replaying_twice_is_identical((mode, history) in histories()) {
        let text = |projection: &AnyProjection| serde_json::to_string(projection).unwrap();
        prop_assert_eq!(text(&project(&mode, &history)), text(&project(&mode, &history)));
    }

    #[test]
    fn a_prefix_fed_again_changes_nothing((mode, history) in histories(), cut in any::<Index>()) {
        let mut projection = project(&mode, &history);
        let before = snapshot(&projection);
        for envelope in &history[..cut.index(history.len() + 1)] {
            prop_assert_eq!(projection.apply(envelope.clone()), Ok(Applied::Duplicate));
        }
        prop_assert_eq!(snapshot(&projection), before);
    }

    #[test]
    fn a_restored_snapshot_continues((mode, history) in histories(), cut in any::<Index>()) {
        let (first, rest) = history.split_at(cut.index(history.len() + 1));
        let json = serde_json::to_string(&project(&mode, first)).unwrap();
        let mut restored: AnyProjection = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(snapshot(&restored), snapshot(&project(&mode, first)));
        for envelope in rest {
            restored.apply(envelope.clone()).unwrap();
        }
        for envelope in first {
            prop_assert_eq!(restored.apply(envelope.clone()), Ok(Applied::Duplicate));
        }
        prop_assert_eq!(snapshot(&restored), snapshot(&project(&mode, &history)));
    }

    #[test]
    fn redeliveries_anywhere_change_nothing(
        (mode, history) in histories(),
        redelivered in vec((any::<Index>(), any::<Index>()), 0..20),
    ) {
        let mut delivered: Vec<&Envelope> = history.iter().collect();
        if !history.is_empty() {
            for (which, later) in redelivered {
                let which = which.index(history.len());
                let first = delivered
                    .iter()
                    .position(|envelope| envelope.message_id == history[which].message_id)
                    .unwrap();
                let at = first + 1 + later.index(delivered.len() - first);
                delivered.insert(at, &history[which]);
            }
        }
        prop_assert_eq!(snapshot(&project(&mode, delivered)), snapshot(&project(&mode, &history)));
    }

    #[test]
    fn arbitrary_payloads_never_panic_and_never_half_apply(
        (mode, history) in histories(),
        payloads in vec((any::<Index>(), mangled()), 1..20),
    ) {
        let mut projection = project(&mode, &history);
        for (at, (which, mangle)) in payloads.into_iter().enumerate() {
            let choice = Choice {
                message_type: which,
                sender: 0,
                subject: 0,
                word: 0,
                flag: true,
                number: 0.0,
            };
            let sound = choice.envelope(&mode, history.len() + at);
            let mut mangled = sound.clone();
            mangled.payload = mangle.of(&sound.payload).into();
            let before = snapshot(&projection);
            if let Err(error) = projection.apply(mangled) {
                prop_assert_eq!(&error.message_id, &sound.message_id);
                prop_assert_eq!(snapshot(&projection), before);
                let retried = projection.apply(sound);
                prop_assert!(retried.is_ok_and(Applied::is_recorded));
            }
        }
    }
}

/// What to do to a sound payload.
#[derive(Clone, Debug)]
enum Mangle {
    Replace(Vec<u8>),
    Cut(Index),
    Change(Index, u8),
}

impl Mangle {
    fn of(&self, payload: &[u8]) -> Vec<u8> {
        let mut payload = payload.to_vec();
        match self {
            Self::Replace(bytes) => payload.clone_from(bytes),
            Self::Cut(at) => payload.truncate(at.index(payload.len() + 1)),
            Self::Change(_, _) if payload.is_empty() => {}
            Self::Change(at, byte) => {
                let at = at.index(payload.len());
                payload[at] = *byte;
            }
        }
        payload
    }
}

fn mangled() -> impl Strategy<Value = Mangle> {
    prop_oneof![
        vec(any::<u8>(), 0..40).prop_map(Mangle::Replace),
        any::<Index>().prop_map(Mangle::Cut),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mangle::Change(at, byte)),
    ]
}
