//! Sessions to fill, and what the runtime says was accepted in them.

use futures_util::StreamExt as _;
use macp_proto::modes::decision::{EvaluationPayload, ProposalPayload};
use macp_proto::v1::{CommitmentPayload, Envelope, SessionStartPayload};
use macp_proto::{MessageId, Mode, Payload, SessionId};
use macp_transport::{Client, ClientBuilder, Credentials, SessionEvent, SessionStreamItem};
use std::time::Duration;

/// Starts a session and everybody's proposal in it; may always commit.
pub(crate) const INITIATOR: &str = "initiator";
/// Who fills it.
pub(crate) const WRITERS: [&str; 4] = ["alice", "bob", "carol", "dave"];
/// How long anything may take on a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(100);
/// Longer than any test.
const TTL: Duration = Duration::from_secs(3600);

pub(crate) fn builder(endpoint: String, agent: &str) -> ClientBuilder {
    Client::builder(endpoint)
        .allow_insecure()
        .credentials(Credentials::dev_agent(agent))
}

pub(crate) async fn client(endpoint: String, agent: &str) -> Client {
    builder(endpoint, agent).connect().await.unwrap()
}

/// Starts a session that takes evaluations: its history is two messages long.
pub(crate) async fn open(initiator: &Client) -> SessionId {
    open_for(initiator, TTL).await
}

/// The same, for a session with this time to live.
pub(crate) async fn open_for(initiator: &Client, ttl: Duration) -> SessionId {
    let session = SessionId::random();
    let start = SessionStartPayload {
        intent: "survive".into(),
        participants: [INITIATOR]
            .iter()
            .chain(&WRITERS)
            .map(|&name| name.into())
            .collect(),
        mode_version: "1.0.0".into(),
        configuration_version: "config.default".into(),
        ttl_ms: ttl.as_millis().try_into().unwrap(),
        ..SessionStartPayload::default()
    };
    initiator.send(message(&session, &start)).await.unwrap();
    let proposal = ProposalPayload {
        proposal_id: "p1".into(),
        option: "go on".into(),
        ..ProposalPayload::default()
    };
    initiator.send(message(&session, &proposal)).await.unwrap();
    session
}

/// One of any number of messages that a participant may send.
pub(crate) fn evaluation(session: &SessionId, reason: &str) -> Envelope {
    let payload = EvaluationPayload {
        proposal_id: "p1".into(),
        recommendation: "APPROVE".into(),
        confidence: 0.9,
        reason: reason.into(),
    };
    message(session, &payload)
}

/// Ends the session.
pub(crate) async fn commit(initiator: &Client, session: &SessionId) {
    let payload = CommitmentPayload {
        commitment_id: "c1".into(),
        action: "decision.approved".into(),
        authority_scope: "test".into(),
        reason: "enough".into(),
        mode_version: "1.0.0".into(),
        configuration_version: "config.default".into(),
        outcome_positive: true,
        ..CommitmentPayload::default()
    };
    initiator.send(message(session, &payload)).await.unwrap();
}

/// Waits for the session's end, past every fault.
pub(crate) async fn until_ended(client: &Client, session: &SessionId) {
    let end = |event: SessionEvent| matches!(event, SessionEvent::Ended { .. });
    let mut events = client.subscribe(session);
    while !end(events.next().await.unwrap().unwrap()) {}
}

/// The ids of all messages that the runtime has accepted, in order, without our subscription:
/// the protocol's own stream, which the runtime ends after them.
pub(crate) async fn accepted(client: &Client, session: &SessionId) -> Vec<String> {
    let (sender, mut receiver) = client.stream_session().await.unwrap().split();
    sender.subscribe(session, 0).await.unwrap();
    drop(sender);
    let mut ids = Vec::new();
    while let Some(item) = receiver.next().await {
        match item.unwrap() {
            SessionStreamItem::Envelope(envelope) => ids.push(envelope.message_id),
            other => panic!("{other:?}"),
        }
    }
    ids
}

fn message<P: Payload>(session: &SessionId, payload: &P) -> Envelope {
    Envelope::in_session(session, &Mode::Decision, &MessageId::random(), payload)
}
