//! What the live tests share: clients, and envelopes of a decision session.

use macp_proto::modes::decision::{ProposalPayload, VotePayload};
use macp_proto::v1::{CommitmentPayload, Envelope, SessionStartPayload};
use macp_proto::{MessageId, Mode, SessionId, Vote};
use macp_testkit::{Runtime, RuntimeBuilder, StaticToken};
use macp_transport::{Client, Credentials};

/// A client of `runtime` that speaks as the development agent `agent`.
pub(crate) async fn dev_client(runtime: &Runtime, agent: &str) -> Client {
    Client::builder(runtime.endpoint())
        .allow_insecure()
        .credentials(Credentials::dev_agent(agent))
        .connect()
        .await
        .unwrap()
}

/// A client without credentials.
pub(crate) async fn anonymous(endpoint: String) -> Client {
    Client::builder(endpoint)
        .allow_insecure()
        .connect()
        .await
        .unwrap()
}

pub(crate) fn start(session: &SessionId, participants: &[&str]) -> Envelope {
    start_for(session, participants, 60_000)
}

pub(crate) fn start_for(session: &SessionId, participants: &[&str], ttl_ms: i64) -> Envelope {
    Envelope::in_session(
        session,
        &Mode::Decision,
        &MessageId::random(),
        &SessionStartPayload {
            intent: "test".into(),
            participants: participants.iter().map(|&name| name.into()).collect(),
            mode_version: "1.0.0".into(),
            configuration_version: "config.default".into(),
            ttl_ms,
            ..SessionStartPayload::default()
        },
    )
}

pub(crate) fn proposal(session: &SessionId, id: &str) -> Envelope {
    Envelope::in_session(
        session,
        &Mode::Decision,
        &MessageId::random(),
        &ProposalPayload {
            proposal_id: id.into(),
            option: "ship".into(),
            ..ProposalPayload::default()
        },
    )
}

/// A started session and a client that speaks as its initiator and participant `alice`.
pub(crate) async fn session(runtime: &Runtime) -> (Client, SessionId) {
    let alice = dev_client(runtime, "alice").await;
    let session = SessionId::random();
    alice
        .send(start(&session, &["alice", "bob"]))
        .await
        .unwrap();
    (alice, session)
}

/// Resolves a decision session that `client` started, alone.
pub(crate) async fn resolve(client: &Client, session: &SessionId) {
    client.send(proposal(session, "p1")).await.unwrap();
    client.send(vote(session, "p1")).await.unwrap();
    client.send(commitment(session)).await.unwrap();
}

pub(crate) fn vote(session: &SessionId, proposal_id: &str) -> Envelope {
    Envelope::in_session(
        session,
        &Mode::Decision,
        &MessageId::random(),
        &VotePayload {
            proposal_id: proposal_id.into(),
            vote: Vote::Approve.to_string(),
            reason: "yes".into(),
        },
    )
}

pub(crate) fn commitment(session: &SessionId) -> Envelope {
    Envelope::in_session(
        session,
        &Mode::Decision,
        &MessageId::random(),
        &CommitmentPayload {
            commitment_id: "c1".into(),
            action: "deployment.approved".into(),
            authority_scope: "release".into(),
            reason: "p1 won".into(),
            mode_version: "1.0.0".into(),
            configuration_version: "config.default".into(),
            outcome_positive: true,
            ..CommitmentPayload::default()
        },
    )
}

/// A runtime with static tokens: `alice` and `bob` take part, `auditor` observes, `admin` manages
/// registries, `stranger` has no special right.
pub(crate) fn with_tokens() -> RuntimeBuilder {
    Runtime::builder()
        .token(StaticToken::new("alice-token", "alice"))
        .token(StaticToken::new("bob-token", "bob"))
        .token(StaticToken::new("auditor-token", "auditor").observer())
        .token(StaticToken::new("admin-token", "admin").registry_manager())
        .token(StaticToken::new("stranger-token", "stranger"))
}

/// A client that speaks with the token of `name` in [`with_tokens`].
pub(crate) async fn token_client(runtime: &Runtime, name: &str) -> Client {
    Client::builder(runtime.endpoint())
        .allow_insecure()
        .credentials(token(name))
        .connect()
        .await
        .unwrap()
}

pub(crate) fn token(name: &str) -> Credentials {
    Credentials::bearer(format!("{name}-token"))
        .unwrap()
        .expect_sender(name)
}
