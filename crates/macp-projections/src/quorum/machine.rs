use super::{Ballot, BallotRecord, QuorumPhase, QuorumState, RequestRecord};
use crate::anomaly::{AnomalyKind, Discarded, quoted};
use crate::projection::Machine;
use crate::wire::{self, Fields};
use macp_proto::MessageType;
use macp_proto::modes::quorum::{ApprovalRequestPayload, ApprovePayload};
use macp_proto::v1::Envelope;
use prost::{DecodeError, Message as _};
use std::borrow::Cow;

/// A ballot, read in place.
#[derive(Debug)]
struct Cast<'a> {
    request_id: Cow<'a, str>,
    vote: Ballot,
    reason: Cow<'a, str>,
}

impl<'a> Cast<'a> {
    /// The three ballots are three messages of the schema, with the same fields.
    fn decode(vote: Ballot, payload: &'a [u8]) -> Result<Self, DecodeError> {
        let (request_id, reason) = if let Some((request_id, reason)) = Self::read(payload) {
            (request_id.into(), reason.into())
        } else {
            let ballot = ApprovePayload::decode(payload)?;
            (ballot.request_id.into(), ballot.reason.into())
        };
        Ok(Self {
            request_id,
            vote,
            reason,
        })
    }

    fn read(payload: &'a [u8]) -> Option<(&'a str, &'a str)> {
        const REQUEST_ID: u8 = wire::delimited(1);
        const REASON: u8 = wire::delimited(2);
        let (mut request_id, mut reason) = ("", "");
        let mut fields = Fields::of(payload);
        while let Some(key) = fields.key() {
            match key {
                REQUEST_ID => request_id = fields.text()?,
                REASON => reason = fields.text()?,
                _ => return None,
            }
        }
        Some((request_id, reason))
    }
}

impl Machine for QuorumState {
    fn apply(
        &mut self,
        message_type: &MessageType,
        envelope: &Envelope,
    ) -> Result<Option<Discarded>, DecodeError> {
        let (sender, payload) = (&envelope.sender, &envelope.payload);
        let vote = match message_type {
            MessageType::ApprovalRequest => {
                self.request(sender, ApprovalRequestPayload::decode(payload.clone())?);
                return Ok(None);
            }
            MessageType::Approve => Ballot::Approve,
            MessageType::Reject => Ballot::Reject,
            MessageType::Abstain => Ballot::Abstain,
            _ => return Ok(None),
        };
        Ok(self.cast(sender, Cast::decode(vote, payload)?))
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
    fn cast(&mut self, sender: &str, cast: Cast<'_>) -> Option<Discarded> {
        let request_id = &*cast.request_id;
        if !self.requests.contains_key(request_id) {
            return None;
        }
        let ballots = match self.ballots.get_mut(request_id) {
            Some(ballots) => ballots,
            None => self.ballots.entry(request_id.to_owned()).or_default(),
        };
        if let Some(first) = ballots.get(sender) {
            return Some(Discarded {
                kind: AnomalyKind::DuplicateBallot,
                detail: format!(
                    "kept first ballot {}; discarded {}",
                    quoted(first.vote.as_str()),
                    quoted(cast.vote.as_str())
                ),
                subject_id: cast.request_id.into_owned(),
            });
        }
        ballots.insert(
            sender.to_owned(),
            BallotRecord {
                vote: cast.vote,
                reason: cast.reason.into_owned(),
            },
        );
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use macp_proto::modes::quorum::{AbstainPayload, RejectPayload};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ballots_read_in_place_as_they_decode(payload in wire::tests::almost_payloads()) {
            if let Some((request_id, reason)) = Cast::read(&payload) {
                let (request_id, reason) = (request_id.to_owned(), reason.to_owned());
                let approve = ApprovePayload { request_id, reason };
                let payload = payload.as_slice();
                prop_assert_eq!(&ApprovePayload::decode(payload), &Ok(approve.clone()));
                let ApprovePayload { request_id, reason } = approve.clone();
                prop_assert_eq!(RejectPayload::decode(payload), Ok(RejectPayload { request_id, reason }));
                let ApprovePayload { request_id, reason } = approve;
                prop_assert_eq!(AbstainPayload::decode(payload), Ok(AbstainPayload { request_id, reason }));
            }
        }
    }
}
