//! The messages that the workloads send, equal for every client of the comparison.

use crate::Failure;
use macp_modes::SessionStart;
use macp_proto::modes::decision;
use macp_proto::v1::Envelope;
use macp_proto::{MessageId, Mode, Payload, SessionId};
use macp_transport::{Client, Credentials};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) const COORDINATOR: &str = "coordinator";
pub(crate) const ALICE: &str = "alice";
pub(crate) const BOB: &str = "bob";
pub(crate) const OPTION: &str = "deploy-v2";
pub(crate) const RATIONALE: &str = "tests green, canary healthy";
pub(crate) const REASON: &str = "looks right to me";

/// Connects as the coordinator.
pub(crate) async fn connect(target: &str) -> Result<Client, Failure> {
    let client = Client::builder(target)
        .allow_insecure()
        .credentials(Credentials::dev_agent(COORDINATOR))
        .connect()
        .await?;
    Ok(client)
}

pub(crate) fn session_start() -> SessionStart {
    SessionStart::new("bench")
        .participants([COORDINATOR, ALICE, BOB])
        .ttl(Duration::from_secs(3600))
}

pub(crate) fn proposal(proposal_id: &str) -> decision::ProposalPayload {
    decision::ProposalPayload {
        proposal_id: proposal_id.to_owned(),
        option: OPTION.into(),
        rationale: RATIONALE.into(),
        ..decision::ProposalPayload::default()
    }
}

pub(crate) fn envelope<P: Payload>(
    mode: &Mode,
    session_id: &SessionId,
    sender: &str,
    payload: &P,
) -> Result<Envelope, Failure> {
    let mut envelope = Envelope::in_session(session_id, mode, &MessageId::random(), payload);
    sender.clone_into(&mut envelope.sender);
    envelope.timestamp_unix_ms = SystemTime::now()
        .duration_since(UNIX_EPOCH)?
        .as_millis()
        .try_into()?;
    Ok(envelope)
}
