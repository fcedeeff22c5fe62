//! A fixture as its file says it: a script of messages, with what becomes of each and of the session.

use crate::payload;
use bytes::Bytes;
use macp_modes::{Action, ActionPayload, Error, SessionMode, View};
use macp_proto::v1::{Envelope, PolicyDescriptor};
use macp_proto::{ErrorCode, MessageId, Mode, PROTOCOL_VERSION, SessionId};
use macp_transport::{Accepted, Credentials};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// The names of the fixtures that the runtime's package ships, sorted.
pub(crate) fn names() -> Vec<String> {
    macp_test_data::files(&folder(), ".json")
        .expect("the fixtures can be listed")
        .into_iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "schema")
        .collect()
}

fn folder() -> PathBuf {
    macp_test_data::runtime_package()
        .unwrap_or_else(|missing| panic!("{missing}"))
        .join("tests/conformance")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fixture {
    #[serde(default, rename = "description")]
    _description: String,
    pub(crate) mode: String,
    pub(crate) initiator: String,
    pub(crate) participants: Vec<String>,
    pub(crate) mode_version: String,
    pub(crate) configuration_version: String,
    #[serde(default)]
    pub(crate) policy_version: String,
    pub(crate) ttl_ms: u64,
    pub(crate) policy: Option<InlinePolicy>,
    pub(crate) messages: Vec<ScriptedMessage>,
    pub(crate) expected_final_state: String,
    pub(crate) expected_resolution: Option<Value>,
    pub(crate) expect_resolution_present: Option<bool>,
    pub(crate) expected_mode_state: Option<Value>,
    pub(crate) expected_history: Option<Vec<HistoryEntry>>,
}

impl Fixture {
    pub(crate) fn load(name: &str) -> Self {
        let path = folder().join(name).with_extension("json");
        let text = std::fs::read_to_string(&path).expect("the fixture can be read");
        let mut document: Value = serde_json::from_str(&text).expect("the fixture is JSON");
        drop_annotations(&mut document);
        let mut fixture: Self = serde_json::from_value(document)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for (at, message) in fixture.messages.iter_mut().enumerate() {
            message.step = at + 1;
        }
        fixture
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode.as_str().into()
    }
}

/// Removes the members that the format reserves for remarks: those that start with `_`.
fn drop_annotations(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !name.starts_with('_'));
            members.values_mut().for_each(drop_annotations);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_annotations),
        _ => {}
    }
}

/// A policy to register before the session starts.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InlinePolicy {
    policy_id: String,
    mode: String,
    description: String,
    schema_version: u32,
    rules: Value,
}

impl InlinePolicy {
    pub(crate) fn descriptor(&self) -> PolicyDescriptor {
        PolicyDescriptor {
            policy_id: self.policy_id.clone(),
            mode: self.mode.clone(),
            description: self.description.clone(),
            schema_version: self.schema_version,
            rules: self.rules.to_string(),
            ..PolicyDescriptor::default()
        }
    }
}

/// One message of the script.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScriptedMessage {
    #[serde(skip)]
    pub(crate) step: usize,
    pub(crate) sender: String,
    pub(crate) message_type: String,
    pub(crate) payload_type: String,
    payload: Value,
    expect: Expected,
    expected_error_code: Option<String>,
    pub(crate) accepted_at_ms: Option<u64>,
    #[serde(default)]
    pub(crate) envelope: Overrides,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expected {
    Accept,
    Reject,
}

/// What a message's envelope says other than its session's would.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Overrides {
    pub(crate) session_id: Option<String>,
    pub(crate) macp_version: Option<String>,
    pub(crate) mode: Option<String>,
    timestamp_unix_ms: Option<i64>,
}

/// An entry of the accepted history after the `SessionStart`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistoryEntry {
    pub(crate) message_type: String,
    pub(crate) sender: String,
    #[serde(default = "no_members")]
    pub(crate) payload: Value,
    /// The runtime itself wrote it: nobody sent it.
    #[serde(default)]
    pub(crate) synthetic: bool,
}

fn no_members() -> Value {
    Value::Object(Map::new())
}

impl ScriptedMessage {
    /// The message's id in its session.
    pub(crate) fn id(&self) -> MessageId {
        MessageId::new(format!("m{}", self.step)).unwrap()
    }

    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::dev_agent(&self.sender)
    }

    /// What must become of it: the code of the refusal, or none.
    pub(crate) fn expected(&self) -> Option<ErrorCode> {
        match (self.expect, &self.expected_error_code) {
            (Expected::Accept, None) => None,
            (Expected::Reject, Some(code)) => Some(ErrorCode::from(code.as_str())),
            _ => panic!(
                "step {}: a refusal has a code, and nothing else has",
                self.step
            ),
        }
    }

    /// The payload as its typed message.
    pub(crate) fn payload<P: payload::FromFixture>(&self) -> P {
        payload::read(&self.payload)
    }

    /// The payload as its bytes on the wire.
    pub(crate) fn payload_bytes(&self) -> Bytes {
        payload::encode(&self.payload_type, &self.payload)
    }

    /// Sends what a helper made of it, as its sender and under its id.
    pub(crate) async fn send<S: SessionMode, V: View<S>, P: ActionPayload>(
        &self,
        action: Action<'_, S, V, P>,
    ) -> Result<Accepted, Error> {
        action
            .sent_by(&self.credentials())
            .message_id(self.id())
            .await
    }

    /// The message as no helper would send it: exactly as the fixture says.
    pub(crate) fn raw(&self, mode: &Mode, session_id: &SessionId) -> Envelope {
        let said = &self.envelope;
        let or = |said: &Option<String>, derived: &str| {
            said.clone().unwrap_or_else(|| derived.to_owned())
        };
        Envelope {
            macp_version: or(&said.macp_version, PROTOCOL_VERSION),
            mode: or(&said.mode, mode.as_str()),
            message_type: self.message_type.clone(),
            message_id: self.id().as_str().to_owned(),
            session_id: or(&said.session_id, session_id.as_str()),
            sender: self.sender.clone(),
            timestamp_unix_ms: said.timestamp_unix_ms.unwrap_or(0),
            payload: self.payload_bytes(),
        }
    }
}
