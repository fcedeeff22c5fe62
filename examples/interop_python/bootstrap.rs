//! One bootstrap file, written once and read by both.

use crate::peer::expect_equal;
use crate::stage::{ROSTER, Stage};
use crate::{Outcome, PATIENCE};
use futures_util::StreamExt as _;
use macp_sdk::agent::bootstrap::{Initiator, SessionToStart};
use macp_sdk::agent::{Bootstrap, Ending, Participant};
use macp_sdk::projections::decision::DecisionState;
use macp_sdk::proto::modes::decision::ProposalPayload;
use macp_sdk::proto::v1::{Envelope, SessionStartPayload};
use macp_sdk::transport::SessionEvent;
use macp_sdk::{Client, SessionId};
use serde_json::{Value, json};
use std::path::PathBuf;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A file with every key that both SDKs read.
fn full(session: &SessionId, target: &str) -> Value {
    json!({
        "participant_id": "coordinator",
        "session_id": session.as_str(),
        "mode": "macp.mode.decision.v1",
        "runtime_url": target.trim_start_matches("http://"),
        "secure": false,
        "allow_insecure": true,
        "auth_token": "coordinator",
        "participants": ROSTER,
        "mode_version": "1.0.0",
        "configuration_version": "config.file",
        "policy_version": "policy.default",
        "initiator": {
            "session_start": {
                "intent": "read alike",
                "participants": ["worker", "coordinator"],
                "ttl_ms": 60_000,
                "max_suspend_ms": 30_000,
                "context_id": "ctx:interop",
                "roots": [{"uri": "file:///plans", "name": "plans"}, {"uri": "file:///rest"}],
                "configuration_version": "config.start",
                "policy_version": "policy.std.majority",
                "extensions": {"base64": "YQ==", "ambiguous": "pack", "text": "{\"a\": 1}"},
            },
            "kickoff": {
                "message_type": "Proposal",
                "payload": {"proposalId": "p1", "option": "deploy", "rationale": "tested"},
            },
        },
        "cancel_callback": {"host": "127.0.0.1", "port": 0, "path": "agents/coordinator/cancel"},
    })
}

/// A file that is gone when this is dropped.
struct Written(PathBuf);

impl Written {
    fn new(file: &Value) -> Outcome<Self> {
        let name = format!("macp-interop-{}.json", SessionId::random());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, file.to_string())?;
        Ok(Self(path))
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Both sides understand every key alike, those that are given and those that are not.
pub async fn read_alike(stage: &mut Stage) -> Outcome<()> {
    let session = SessionId::random();
    let bare = json!({
        "participant_id": "worker",
        "session_id": session.as_str(),
        "mode": "macp.mode.task.v1",
        "runtime_address": "127.0.0.1:50051",
        "secure": false,
        "allow_insecure": true,
        "agent_id": "worker",
    });
    let mut nested = bare.clone();
    nested["agent_id"] = Value::Null;
    nested["auth"] = json!({"bearer_token": "a-token", "expected_sender": "worker"});
    nested["participants"] = json!("everybody");
    nested["initiator"] = json!({"session_start": {}});
    nested["cancel_callback"] = json!({"host": "127.0.0.1", "port": 0});
    for file in [full(&session, "http://127.0.0.1:50051"), bare, nested] {
        let written = Written::new(&file)?;
        let theirs = stage
            .python
            .ok(json!({"do": "bootstrap", "path": written.0}))
            .await?;
        let ours = as_read(&Bootstrap::from_path(&written.0)?);
        expect_equal("the readings", &ours, &theirs)?;
    }
    println!("bootstrap: three files read alike");
    Ok(())
}

fn as_read(file: &Bootstrap) -> Value {
    json!({
        "participant_id": file.participant_id,
        "session_id": file.session_id.as_str(),
        "mode": file.mode.as_str(),
        "target": file.endpoint,
        "secure": file.secure,
        "sender": file.credentials.sender(),
        "participants": file.participants,
        "mode_version": file.mode_version,
        "configuration_version": file.configuration_version,
        "policy_version": file.policy_version,
        "initiator": file.initiator.as_ref().map(initiator),
        "callback": file.cancel_callback.as_ref().map(|callback| &callback.host),
    })
}

fn initiator(initiator: &Initiator) -> Value {
    let start: &SessionToStart = &initiator.session_start;
    let roots: Value = start
        .roots
        .iter()
        .map(|root| json!({"uri": root.uri, "name": root.name}))
        .collect();
    let extensions = start.extensions.iter();
    let extensions: serde_json::Map<_, _> = extensions
        .map(|(key, block)| (key.clone(), json!(&block[..])))
        .collect();
    json!({
        "intent": start.intent,
        "participants": start.participants,
        "ttl_ms": start.ttl.as_millis(),
        "max_suspend_ms": start.max_suspend.as_millis(),
        "context_id": start.context_id,
        "roots": roots,
        "mode_version": start.mode_version,
        "configuration_version": start.configuration_version,
        "policy_version": start.policy_version,
        "extensions": extensions,
        "has_kickoff": initiator.kickoff.is_some(),
    })
}

/// Both sides start the same session with the same first message, but for its id, and stop when
/// they are told to.
pub async fn start_alike(stage: &mut Stage, target: &str) -> Outcome<()> {
    let session = SessionId::random();
    let ours = Written::new(&full(&session, target))?;
    let ours = Bootstrap::from_path(&ours.0)?;
    let client = ours.client().connect().await?;
    let participant = Participant::<DecisionState>::from_bootstrap(&client, &ours)?;
    let stop = participant.stop_handle();
    let (ended, ours_said) = tokio::join!(participant.run(), async {
        let said = first_two(&stage.client, &session).await;
        stop.stop();
        said
    });
    expect_equal(
        "the ends",
        &json!(ended?.ending == Ending::Stopped),
        &json!(true),
    )?;

    let theirs_id = SessionId::random();
    let theirs = Written::new(&full(&theirs_id, target))?;
    let port = stage
        .python
        .ok(json!({"do": "run_bootstrap", "path": theirs.0}))
        .await?;
    let theirs_said = first_two(&stage.client, &theirs_id).await?;
    // The callback's path, as we read it.
    let path = ours.cancel_callback.ok_or("the file has a callback")?.path;
    let port = port.as_u64().and_then(|port| u16::try_from(port).ok());
    post(port.ok_or("the peer listens on no port")?, &path).await?;
    stage.python.ok(json!({"do": "stopped"})).await?;

    let decoded = |said: &[Envelope; 2]| {
        let start: SessionStartPayload = said[0].decode()?;
        let kickoff: ProposalPayload = said[1].decode()?;
        Outcome::Ok((start, kickoff))
    };
    let (ours, theirs) = (decoded(&ours_said?)?, decoded(&theirs_said)?);
    if ours != theirs {
        return Err(format!("the starts differ\n   ours: {ours:?}\n theirs: {theirs:?}").into());
    }
    println!("bootstrap: the same session started by both, and both stopped");
    Ok(())
}

/// The first two messages of a session.
async fn first_two(client: &Client, session: &SessionId) -> Outcome<[Envelope; 2]> {
    let mut events = client.subscribe(session);
    let mut next = async || {
        let event = tokio::time::timeout(PATIENCE, events.next()).await?;
        match event.ok_or("the history ended")?? {
            SessionEvent::Envelope { envelope, .. } => Outcome::Ok(envelope),
            other => Err(format!("{other:?} is no message").into()),
        }
    };
    Ok([next().await?, next().await?])
}

async fn post(port: u16, path: &str) -> Outcome<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: interop\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let status = answer.split(' ').nth(1);
    expect_equal("the callback's answer", &json!("202"), &json!(status))
}
