//! Plays a fixture and compares what comes of it.

use crate::actions::Conformant;
use crate::compare::assert_contains;
use crate::fixture::{Fixture, HistoryEntry, ScriptedMessage};
use crate::history::history;
use crate::payload;
use crate::stage::Stage;
use macp_modes::{
    DecisionSession, Error, HandoffSession, MultiRoundSession, ProposalSession, QuorumSession,
    Session, SessionStart, TaskSession,
};
use macp_projections::decision::DecisionState;
use macp_projections::handoff::HandoffState;
use macp_projections::multi_round::MultiRoundState;
use macp_projections::proposal::ProposalState;
use macp_projections::quorum::QuorumState;
use macp_projections::task::TaskState;
use macp_projections::{ModeState, Projection};
use macp_proto::v1::{Envelope, SessionStartPayload};
use macp_proto::{ErrorCode, InvalidValue, MessageId, Mode, SessionId};
use macp_transport::Client;
use serde_json::json;
use std::time::{Duration, Instant};

/// How long a session may take to reach what its fixture expects, beyond the fixture's own time.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause between two attempts at what only time allows.
const POLL: Duration = Duration::from_millis(50);

pub(crate) async fn play(name: &str) {
    let fixture = Fixture::load(name);
    match fixture.mode() {
        Mode::Decision => play_in::<DecisionState>(&fixture).await,
        Mode::Proposal => play_in::<ProposalState>(&fixture).await,
        Mode::Task => play_in::<TaskState>(&fixture).await,
        Mode::Handoff => play_in::<HandoffState>(&fixture).await,
        Mode::Quorum => play_in::<QuorumState>(&fixture).await,
        Mode::MultiRound => play_in::<MultiRoundState>(&fixture).await,
        mode => panic!("no session helper for mode {mode}"),
    }
}

async fn play_in<S: Conformant>(fixture: &Fixture) {
    let stage = Stage::open().await;
    let client = stage.client(&fixture.initiator).await;
    if let Some(policy) = &fixture.policy {
        stage.register(&client, policy.descriptor()).await;
    }
    let start = SessionStart::new("conformance")
        .participants(&fixture.participants)
        .mode_version(&fixture.mode_version)
        .configuration_version(&fixture.configuration_version)
        .policy_version(&fixture.policy_version)
        .ttl(Duration::from_millis(fixture.ttl_ms))
        .message_id(MessageId::new("m0").unwrap());
    let mut session = Session::<S>::start(&client, start).await.unwrap();
    let started = Instant::now();

    for message in &fixture.messages {
        let refused = if message.message_type == "SessionStart" {
            start_another(&client, message, session.id()).await
        } else if let Some(at) = message.accepted_at_ms {
            let end = started + Duration::from_millis(at) + PATIENCE;
            act_by(&mut session, message, end).await
        } else {
            act(&mut session, message).await
        };
        assert_eq!(
            refused,
            message.expected(),
            "step {}: what became of the {} (left) is not what was expected (right)",
            message.step,
            message.message_type
        );
    }

    let ended = session.state().await.unwrap();
    assert_eq!(
        ended.to_string(),
        fixture.expected_final_state.to_uppercase(),
        "final state"
    );
    let own = session.projection();
    let last = own.transcript().last().unwrap();
    let history = history(&client, session.id(), ended, &last.message_id).await;
    check_history(fixture, own, &history);
}

/// Sends a message through its helper. The code of the refusal, or none.
async fn act<S: Conformant>(
    session: &mut Session<S>,
    message: &ScriptedMessage,
) -> Option<ErrorCode> {
    match S::act(session, message).await {
        Ok(accepted) => {
            assert!(!accepted.duplicate, "step {}: a duplicate", message.step);
            None
        }
        Err(error) => {
            let envelope = message.raw(&S::MODE, session.id());
            Some(code_of(session.client(), message, error, envelope).await)
        }
    }
}

/// Sends a message whose fixture sets the runtime's clock. The live runtime's clock cannot be set,
/// so the message is offered until its time has come: until then the mode is not ready for it.
async fn act_by<S: Conformant>(
    session: &mut Session<S>,
    message: &ScriptedMessage,
    end: Instant,
) -> Option<ErrorCode> {
    loop {
        let refused = act(session, message).await;
        if refused != Some(ErrorCode::InvalidEnvelope) || Instant::now() > end {
            return refused;
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Starts a session other than the fixture's own, through the helper of its mode as far as that
/// can say what the fixture says.
async fn start_another(
    client: &Client,
    message: &ScriptedMessage,
    own: &SessionId,
) -> Option<ErrorCode> {
    let client = &client.with_credentials(message.credentials());
    let said = &message.envelope;
    let mode = Mode::from(said.mode.as_deref().unwrap_or(Mode::Decision.as_str()));
    let envelope = message.raw(&mode, own);
    if said.macp_version.is_some() {
        // No helper speaks another version.
        let refused = client.send(envelope).await.map_err(Error::from).err()?;
        return refused.code().cloned();
    }
    let payload: SessionStartPayload = message.payload();
    let id = match SessionId::new(&envelope.session_id) {
        Ok(id) => id,
        Err(invalid) => return Some(code_of(client, message, invalid.into(), envelope).await),
    };
    let start = SessionStart::new(payload.intent)
        .session_id(id)
        .message_id(message.id())
        .participants(payload.participants)
        .mode_version(payload.mode_version)
        .configuration_version(payload.configuration_version)
        .policy_version(payload.policy_version)
        .ttl(Duration::from_millis(payload.ttl_ms.unsigned_abs()));
    let refused = match mode {
        Mode::Decision => DecisionSession::start(client, start).await.err(),
        Mode::Proposal => ProposalSession::start(client, start).await.err(),
        Mode::Task => TaskSession::start(client, start).await.err(),
        Mode::Handoff => HandoffSession::start(client, start).await.err(),
        Mode::Quorum => QuorumSession::start(client, start).await.err(),
        Mode::MultiRound => MultiRoundSession::start(client, start).await.err(),
        other => panic!("no session helper for mode {other}"),
    };
    Some(code_of(client, message, refused?, envelope).await)
}

/// The registry code of a refusal.
///
/// What a helper refuses before sending has no code. The rule that it names has one, and the
/// runtime, given the very message, must answer with it.
async fn code_of(
    client: &Client,
    message: &ScriptedMessage,
    error: Error,
    raw: Envelope,
) -> ErrorCode {
    let Some(invalid) = error.invalid() else {
        return error
            .code()
            .unwrap_or_else(|| panic!("step {}: not a refusal: {error}", message.step))
            .clone();
    };
    let code = code_of_rule(invalid);
    let answer = client
        .send(raw)
        .credentials(&message.credentials())
        .await
        .expect_err("the runtime refuses what we refuse");
    assert_eq!(
        answer.code(),
        Some(&code),
        "step {}: we refuse it ({invalid}) with another code than the runtime ({answer})",
        message.step
    );
    code
}

/// The registry code of the rules that helpers check: `INVALID_ENVELOPE`, except for session ids.
fn code_of_rule(invalid: &InvalidValue) -> ErrorCode {
    match invalid.field() {
        "session_id" => ErrorCode::InvalidSessionId,
        _ => ErrorCode::InvalidEnvelope,
    }
}

/// Compares what the runtime recorded with what was sent, and what follows from it with what the
/// fixture expects.
fn check_history<S: Conformant>(fixture: &Fixture, own: &Projection<S>, history: &[Envelope]) {
    let accepted = fixture
        .messages
        .iter()
        .filter(|message| message.expected().is_none());
    let sent: Vec<_> = accepted
        .map(|message| {
            (
                message.id().to_string(),
                &*message.sender,
                message.payload_bytes(),
            )
        })
        .collect();
    let recorded: Vec<_> = history[1..]
        .iter()
        .filter(|envelope| !is_synthetic(fixture, envelope))
        .map(|envelope| {
            let payload = envelope.payload.clone();
            (envelope.message_id.clone(), &*envelope.sender, payload)
        })
        .collect();
    assert_eq!(
        recorded, sent,
        "the helpers said something else than the fixture"
    );

    let replayed = replay::<S>(history);
    assert_eq!(replayed.anomalies(), [], "the runtime accepts no anomalies");
    if recorded.len() + 1 == history.len() {
        let own = serde_json::to_value(own).unwrap();
        assert_eq!(own, serde_json::to_value(&replayed).unwrap());
    }
    if let Some(expected) = &fixture.expected_history {
        check_entries(fixture, &history[1..], expected);
    }
    if let Some(present) = fixture.expect_resolution_present {
        assert_eq!(replayed.is_committed(), present, "resolution present");
    }
    if let Some(expected) = &fixture.expected_resolution {
        let resolution = serde_json::to_value(replayed.commitment()).unwrap();
        assert_contains("resolution", &resolution, expected);
    }
    if let Some(expected) = &fixture.expected_mode_state {
        assert_contains("mode_state", &S::members(&replayed), expected);
    }
}

fn check_entries(fixture: &Fixture, history: &[Envelope], expected: &[HistoryEntry]) {
    assert_eq!(history.len(), expected.len(), "entries of the history");
    for (at, (envelope, entry)) in history.iter().zip(expected).enumerate() {
        let name = format!("history[{at}]");
        let actual = json!([
            envelope.message_type,
            envelope.sender,
            is_synthetic(fixture, envelope)
        ]);
        let wanted = json!([entry.message_type, entry.sender, entry.synthetic]);
        assert_eq!(actual, wanted, "{name}");
        assert_contains(&name, &payload::spell(envelope), &entry.payload);
    }
}

/// Whether nobody sent it.
fn is_synthetic(fixture: &Fixture, envelope: &Envelope) -> bool {
    let mut ids = fixture.messages.iter().map(ScriptedMessage::id);
    !ids.any(|id| id.as_str() == envelope.message_id)
}

fn replay<S: ModeState>(history: &[Envelope]) -> Projection<S> {
    let mut projection = Projection::new();
    for envelope in history {
        let applied = projection.apply(envelope.clone()).unwrap();
        assert!(applied.is_recorded(), "{applied:?}: {envelope:?}");
    }
    projection
}
