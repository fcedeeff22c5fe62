use super::Bootstrap;
use super::fields::Fields;
use macp_proto::modes::{decision, proposal};
use macp_proto::{InvalidValue, MessageType, Mode, SessionId};

/// What an initiator says right after the start.
///
/// In the file it is `initiator.kickoff` with a `message_type` and a `payload`. Only `Proposal` does
/// something, in decision and proposal mode; any other message type is ignored.
///
/// | key of the payload | meaning |
/// |---|---|
/// | `proposalId`, or else `proposal_id` | the proposal's id; `<session_id>-kickoff` without them |
/// | `option`, or else `title`, or else `decide` | decision mode: the option, required |
/// | `rationale` | decision mode |
/// | `title`, or else `option`, or else `decide` | proposal mode: the title |
/// | `summary`, `details`, `tags` | proposal mode; tags that are not a list are ignored |
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Kickoff {
    /// The first proposal of a decision.
    Decision(decision::ProposalPayload),
    /// The first proposal of a negotiation.
    Proposal(proposal::ProposalPayload),
}

impl Kickoff {
    pub(super) fn read(
        initiator: &Fields<'_>,
        bootstrap: &Bootstrap,
    ) -> Result<Option<Self>, InvalidValue> {
        let Some(kickoff) = initiator.object("kickoff")? else {
            return Ok(None);
        };
        let Some(message_type) = kickoff.text("message_type")? else {
            return Ok(None);
        };
        if MessageType::Proposal != message_type {
            tracing::warn!(message_type, "kickoff is ignored: only Proposal is known");
            return Ok(None);
        }
        let payload = match kickoff.object("payload")? {
            Some(payload) => Payload(payload),
            None => Payload(Fields::empty(&kickoff.path("payload"))),
        };
        match &bootstrap.mode {
            Mode::Decision => payload.decision(&bootstrap.session_id),
            Mode::Proposal => payload.proposal(&bootstrap.session_id),
            mode => Err(InvalidValue::new(
                kickoff.path("message_type"),
                format_args!("is Proposal in a session of {mode}"),
                "only decision and proposal sessions have proposals",
            )),
        }
        .map(Some)
    }
}

struct Payload<'a>(Fields<'a>);

impl Payload<'_> {
    fn decision(&self, session_id: &SessionId) -> Result<Kickoff, InvalidValue> {
        let option = self.first(&["option", "title", "decide"])?;
        InvalidValue::if_blank(self.0.path("option"), &option)?;
        Ok(Kickoff::Decision(decision::ProposalPayload {
            proposal_id: self.proposal_id(session_id)?,
            option,
            rationale: self.first(&["rationale"])?,
            ..Default::default()
        }))
    }

    fn proposal(&self, session_id: &SessionId) -> Result<Kickoff, InvalidValue> {
        Ok(Kickoff::Proposal(proposal::ProposalPayload {
            proposal_id: self.proposal_id(session_id)?,
            title: self.first(&["title", "option", "decide"])?,
            summary: self.first(&["summary"])?,
            details: self.first(&["details"])?.into(),
            tags: self.0.texts("tags")?,
        }))
    }

    fn proposal_id(&self, session_id: &SessionId) -> Result<String, InvalidValue> {
        let id = self.first(&["proposalId", "proposal_id"])?;
        Ok(if id.is_empty() {
            format!("{session_id}-kickoff")
        } else {
            id
        })
    }

    /// The first of the keys whose text is not empty; empty if there is none.
    fn first(&self, keys: &[&str]) -> Result<String, InvalidValue> {
        for key in keys {
            if let Some(text) = self.0.text(key)?
                && !text.is_empty()
            {
                return Ok(text.to_owned());
            }
        }
        Ok(String::new())
    }
}
