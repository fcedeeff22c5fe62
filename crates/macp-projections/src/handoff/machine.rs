use super::{HandoffPhase, HandoffRecord, HandoffState, HandoffStatus};
use crate::anomaly::{AnomalyKind, Discarded, quoted};
use crate::projection::Machine;
use macp_proto::MessageType;
use macp_proto::modes::handoff::{
    HandoffAcceptPayload, HandoffContextPayload, HandoffDeclinePayload, HandoffOfferPayload,
};
use macp_proto::v1::Envelope;
use prost::{DecodeError, Message as _};

impl Machine for HandoffState {
    fn apply(
        &mut self,
        message_type: &MessageType,
        envelope: &Envelope,
    ) -> Result<Option<Discarded>, DecodeError> {
        let (sender, payload) = (&envelope.sender, &envelope.payload);
        match message_type {
            MessageType::HandoffOffer => {
                self.offer(sender, HandoffOfferPayload::decode(&**payload)?);
            }
            MessageType::HandoffContext => {
                self.share(HandoffContextPayload::decode(payload.clone())?);
            }
            MessageType::HandoffAccept => {
                return Ok(self.accept(sender, HandoffAcceptPayload::decode(&**payload)?));
            }
            MessageType::HandoffDecline => {
                return Ok(self.decline(sender, HandoffDeclinePayload::decode(&**payload)?));
            }
            _ => {}
        }
        Ok(None)
    }
}

impl HandoffState {
    fn offer(&mut self, sender: &str, offer: HandoffOfferPayload) {
        self.handoffs.insert(
            offer.handoff_id.clone(),
            HandoffRecord {
                handoff_id: offer.handoff_id,
                target_participant: offer.target_participant,
                scope: offer.scope,
                reason: offer.reason,
                sender: sender.to_owned(),
                status: HandoffStatus::Offered,
                context_content_type: None,
                accepted_by: None,
                declined_by: None,
                implicit: false,
            },
        );
        self.phase = HandoffPhase::OfferPending;
    }

    fn share(&mut self, context: HandoffContextPayload) {
        let Some(handoff) = self.handoffs.get_mut(&context.handoff_id) else {
            return;
        };
        if handoff.status.is_pending() {
            handoff.status = HandoffStatus::ContextSent;
            if self.phase == HandoffPhase::OfferPending {
                self.phase = HandoffPhase::ContextSharing;
            }
        }
        handoff.context_content_type = Some(context.content_type);
    }

    fn accept(&mut self, sender: &str, answer: HandoffAcceptPayload) -> Option<Discarded> {
        let handoff = self.handoffs.get_mut(&answer.handoff_id)?;
        if !handoff.status.is_pending() {
            return Some(settled(handoff, &MessageType::HandoffAccept));
        }
        handoff.status = HandoffStatus::Accepted;
        handoff.accepted_by = Some(named_or_sender(answer.accepted_by, sender));
        handoff.implicit = answer.implicit;
        self.phase = HandoffPhase::Accepted;
        None
    }

    fn decline(&mut self, sender: &str, answer: HandoffDeclinePayload) -> Option<Discarded> {
        let handoff = self.handoffs.get_mut(&answer.handoff_id)?;
        if !handoff.status.is_pending() {
            return Some(settled(handoff, &MessageType::HandoffDecline));
        }
        handoff.status = HandoffStatus::Declined;
        handoff.declined_by = Some(named_or_sender(answer.declined_by, sender));
        self.phase = HandoffPhase::Declined;
        None
    }
}

fn settled(handoff: &HandoffRecord, answer: &MessageType) -> Discarded {
    Discarded {
        kind: AnomalyKind::SettledHandoff,
        subject_id: handoff.handoff_id.clone(),
        detail: format!(
            "kept settled status {}; discarded {}",
            quoted(&handoff.status.to_string()),
            quoted(answer.as_str())
        ),
    }
}

fn named_or_sender(name: String, sender: &str) -> String {
    if name.is_empty() {
        sender.to_owned()
    } else {
        name
    }
}
