use crate::action::{
    Action, ActionContext, ActionPayload, check_is_sender, check_takes_part, default_to_sender,
    reason_setter,
};
use crate::{OwnSends, Session, SessionMode, View};
use bytes::Bytes;
use macp_projections::handoff::HandoffState;
use macp_proto::InvalidValue;
use macp_proto::modes::handoff::{
    HandoffAcceptPayload, HandoffContextPayload, HandoffDeclinePayload, HandoffOfferPayload,
};

/// A session in handoff mode (RFC-MACP-0010).
///
/// Message ids that start with `implicit-accept:` are the runtime's own and refused here.
pub type HandoffSession<V = OwnSends<HandoffState>> = Session<HandoffState, V>;

impl SessionMode for HandoffState {
    fn check_roster(participants: &[String], initiator: &str) -> Result<(), InvalidValue> {
        if participants.len() < 2 {
            let names = if participants.len() == 1 {
                "name"
            } else {
                "names"
            };
            return Err(InvalidValue::new(
                "participants",
                format_args!("has {} {names}", participants.len()),
                "a handoff needs at least two participants",
            ));
        }
        if participants.iter().any(|name| name == initiator) {
            return Ok(());
        }
        Err(InvalidValue::new(
            "participants",
            format_args!("does not list the initiator {initiator:?}"),
            "a handoff's initiator must take part",
        ))
    }
}

impl<V: View<HandoffState>> HandoffSession<V> {
    /// Offers to hand over to `target`, another participant. One offer can be open at a time.
    pub fn offer(
        &mut self,
        handoff_id: impl Into<String>,
        target: impl Into<String>,
    ) -> Action<'_, HandoffState, V, HandoffOfferPayload> {
        self.send(HandoffOfferPayload {
            handoff_id: handoff_id.into(),
            target_participant: target.into(),
            ..HandoffOfferPayload::default()
        })
    }

    /// Adds context to one's offer.
    pub fn add_context(
        &mut self,
        handoff_id: impl Into<String>,
        content_type: impl Into<String>,
        context: impl Into<Bytes>,
    ) -> Action<'_, HandoffState, V, HandoffContextPayload> {
        self.send(HandoffContextPayload {
            handoff_id: handoff_id.into(),
            content_type: content_type.into(),
            context: context.into(),
        })
    }

    /// Accepts an offer; only its target may.
    pub fn accept(
        &mut self,
        handoff_id: impl Into<String>,
    ) -> Action<'_, HandoffState, V, HandoffAcceptPayload> {
        self.send(HandoffAcceptPayload {
            handoff_id: handoff_id.into(),
            ..HandoffAcceptPayload::default()
        })
    }

    /// Declines an offer; only its target may.
    pub fn decline(
        &mut self,
        handoff_id: impl Into<String>,
    ) -> Action<'_, HandoffState, V, HandoffDeclinePayload> {
        self.send(HandoffDeclinePayload {
            handoff_id: handoff_id.into(),
            ..HandoffDeclinePayload::default()
        })
    }
}

impl<V: View<HandoffState>> Action<'_, HandoffState, V, HandoffOfferPayload> {
    /// What is handed over.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.payload.scope = scope.into();
        self
    }
}

reason_setter!(HandoffState: HandoffAcceptPayload, HandoffDeclinePayload, HandoffOfferPayload);

impl ActionPayload for HandoffOfferPayload {
    fn check(&self, context: ActionContext<'_>) -> Result<(), InvalidValue> {
        InvalidValue::if_blank("handoff_id", &self.handoff_id)?;
        InvalidValue::if_blank("target_participant", &self.target_participant)?;
        if self.target_participant == context.sender {
            return Err(InvalidValue::new(
                "target_participant",
                format_args!("is the sender {:?}", context.sender),
                "must be another participant",
            ));
        }
        check_takes_part(
            "target_participant",
            &self.target_participant,
            context.participants,
        )
    }
}

impl ActionPayload for HandoffContextPayload {
    fn check(&self, _context: ActionContext<'_>) -> Result<(), InvalidValue> {
        InvalidValue::if_blank("handoff_id", &self.handoff_id)
    }
}

impl ActionPayload for HandoffAcceptPayload {
    fn complete(&mut self, context: ActionContext<'_>) {
        default_to_sender(&mut self.accepted_by, context.sender);
    }

    fn check(&self, context: ActionContext<'_>) -> Result<(), InvalidValue> {
        InvalidValue::if_blank("handoff_id", &self.handoff_id)?;
        check_is_sender("accepted_by", &self.accepted_by, context.sender)?;
        if self.implicit {
            return Err(InvalidValue::new(
                "implicit",
                "is true",
                "only the runtime accepts implicitly, when an offer's time runs out",
            ));
        }
        Ok(())
    }
}

impl ActionPayload for HandoffDeclinePayload {
    fn complete(&mut self, context: ActionContext<'_>) {
        default_to_sender(&mut self.declined_by, context.sender);
    }

    fn check(&self, context: ActionContext<'_>) -> Result<(), InvalidValue> {
        InvalidValue::if_blank("handoff_id", &self.handoff_id)?;
        check_is_sender("declined_by", &self.declined_by, context.sender)
    }
}
