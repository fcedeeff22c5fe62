use crate::modes::{decision, handoff, multi_round, proposal, quorum, task};
use crate::{MessageType, Mode, v1};

/// A message that travels in an envelope's `payload`: its mode and message type.
///
/// Extension modes may implement it for their own payloads.
pub trait Payload: prost::Message + Default {
    /// The mode it belongs to; `None` for the core payloads, which every mode has.
    const MODE: Option<Mode>;
    /// The message type that carries it.
    const MESSAGE_TYPE: MessageType;
}

macro_rules! payloads {
    ($( $mode:expr => { $( $message_type:ident: $payload:ty, )+ } )+) => {
        $($(
            impl Payload for $payload {
                const MODE: Option<Mode> = $mode;
                const MESSAGE_TYPE: MessageType = MessageType::$message_type;
            }
        )+)+

        #[cfg(test)]
        const ALL: &[(Option<Mode>, MessageType, tests::Reencode)] = &[$($(
            (
                <$payload as Payload>::MODE,
                <$payload as Payload>::MESSAGE_TYPE,
                tests::reencode::<$payload>,
            ),
        )+)+];
    };
}

payloads! {
    None => {
        SessionStart: v1::SessionStartPayload,
        Commitment: v1::CommitmentPayload,
        Signal: v1::SignalPayload,
        Progress: v1::ProgressPayload,
        SessionCancel: v1::SessionCancelPayload,
        SessionSuspend: v1::SessionSuspendPayload,
        SessionResume: v1::SessionResumePayload,
    }
    Some(Mode::Decision) => {
        Proposal: decision::ProposalPayload,
        Evaluation: decision::EvaluationPayload,
        Objection: decision::ObjectionPayload,
        Vote: decision::VotePayload,
    }
    Some(Mode::Proposal) => {
        Proposal: proposal::ProposalPayload,
        CounterProposal: proposal::CounterProposalPayload,
        Accept: proposal::AcceptPayload,
        Reject: proposal::RejectPayload,
        Withdraw: proposal::WithdrawPayload,
    }
    Some(Mode::Task) => {
        TaskRequest: task::TaskRequestPayload,
        TaskAccept: task::TaskAcceptPayload,
        TaskReject: task::TaskRejectPayload,
        TaskUpdate: task::TaskUpdatePayload,
        TaskComplete: task::TaskCompletePayload,
        TaskFail: task::TaskFailPayload,
    }
    Some(Mode::Handoff) => {
        HandoffOffer: handoff::HandoffOfferPayload,
        HandoffContext: handoff::HandoffContextPayload,
        HandoffAccept: handoff::HandoffAcceptPayload,
        HandoffDecline: handoff::HandoffDeclinePayload,
    }
    Some(Mode::Quorum) => {
        ApprovalRequest: quorum::ApprovalRequestPayload,
        Approve: quorum::ApprovePayload,
        Reject: quorum::RejectPayload,
        Abstain: quorum::AbstainPayload,
    }
    Some(Mode::MultiRound) => {
        Contribute: multi_round::ContributePayload,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DecodeError;
    use crate::v1::Envelope;
    use std::collections::BTreeSet;

    pub(super) type Reencode = fn(&Envelope) -> Result<Vec<u8>, DecodeError>;

    pub(super) fn reencode<P: Payload>(envelope: &Envelope) -> Result<Vec<u8>, DecodeError> {
        envelope
            .decode::<P>()
            .map(|payload| payload.encode_to_vec())
    }

    #[test]
    fn every_pair_decodes_its_payload_and_no_other() {
        // Field 1 of every payload is a text.
        let wire = b"\x0a\x01x";
        for (mode, message_type, reencode) in ALL {
            for carried_mode in Mode::KNOWN {
                for (_, carried_type, _) in ALL {
                    let envelope = Envelope {
                        mode: carried_mode.as_str().to_owned(),
                        message_type: carried_type.as_str().to_owned(),
                        payload: wire.as_slice().into(),
                        ..Envelope::default()
                    };
                    let result = reencode(&envelope);
                    let mode_fits = mode.as_ref().is_none_or(|mode| mode == carried_mode);
                    match (mode_fits, message_type == carried_type) {
                        (true, true) => assert_eq!(result.as_deref(), Ok(wire.as_slice())),
                        (true, false) => {
                            assert!(matches!(result, Err(DecodeError::WrongMessageType { .. })));
                        }
                        (false, _) => assert!(matches!(result, Err(DecodeError::WrongMode { .. }))),
                    }
                }
            }
        }
    }

    /// The schema's payload messages are the `*Payload` messages of `proto/`.
    #[test]
    fn every_payload_of_the_schema_has_its_pair() {
        let proto = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto/macp");
        let mut expected = BTreeSet::new();
        let files = [
            (None, "v1/core.proto"),
            (Some(Mode::Decision), "modes/decision/v1/decision.proto"),
            (Some(Mode::Proposal), "modes/proposal/v1/proposal.proto"),
            (Some(Mode::Task), "modes/task/v1/task.proto"),
            (Some(Mode::Handoff), "modes/handoff/v1/handoff.proto"),
            (Some(Mode::Quorum), "modes/quorum/v1/quorum.proto"),
            (
                Some(Mode::MultiRound),
                "modes/multi_round/v1/multi_round.proto",
            ),
        ];
        for (mode, file) in files {
            let text = std::fs::read_to_string(format!("{proto}/{file}")).unwrap();
            for line in text.lines() {
                let name = line
                    .strip_prefix("message ")
                    .and_then(|rest| rest.split(' ').next());
                if let Some(word) = name.and_then(|name| name.strip_suffix("Payload")) {
                    expected.insert((mode.clone(), MessageType::from(word)));
                }
            }
        }
        let pairs = ALL
            .iter()
            .map(|(mode, message_type, _)| (mode.clone(), message_type.clone()));
        let found: BTreeSet<_> = pairs.collect();
        assert_eq!(found.len(), ALL.len(), "a pair is listed twice");
        assert_eq!(found, expected);
    }
}
