//! The reference kernel, as a library.

use crate::actions::Action;
use macp_proto::Mode;
use macp_proto::v1::{Envelope, PolicyDescriptor, SessionStartPayload};
use prost::Message as _;
use std::sync::Arc;
use upstream_core::policy::PolicyDefinition;
use upstream_core::session::{Session, SessionState};
use upstream_modes::mode_registry::ModeRegistry;
use upstream_modes::step::{StartOptions, accept_session_start, advance, step};
use upstream_policy::DefaultPolicyEvaluator;

const SESSION_ID: &str = "11111111-1111-4111-8111-111111111111";

pub(crate) struct Kernel {
    mode: Box<dyn upstream_modes::mode::Mode>,
    mode_id: String,
    session: Session,
    now_ms: i64,
    sent: usize,
}

impl Kernel {
    /// An accepted session and the `SessionStart` that opened it.
    pub(crate) fn start(
        mode: &Mode,
        initiator: &str,
        roster: &[String],
        policy: Option<&PolicyDescriptor>,
    ) -> (Self, Envelope) {
        let registry = ModeRegistry::build_default(Arc::new(DefaultPolicyEvaluator));
        let kernel_mode = registry
            .get_mode(mode.as_str())
            .and_then(|mode| mode.instantiate().ok())
            .expect("the kernel has every mode");
        let payload = SessionStartPayload {
            intent: "differential".into(),
            participants: roster.to_vec(),
            mode_version: "1.0.0".into(),
            configuration_version: "config".into(),
            policy_version: policy.map_or_else(String::new, |policy| policy.policy_id.clone()),
            ttl_ms: 86_400_000,
            ..SessionStartPayload::default()
        };
        let start = Envelope {
            macp_version: "1.0".into(),
            mode: mode.to_string(),
            message_type: "SessionStart".into(),
            message_id: "start".into(),
            session_id: SESSION_ID.into(),
            sender: initiator.into(),
            timestamp_unix_ms: 0,
            payload: payload.encode_to_vec().into(),
        };
        let definition = policy.map(|policy| PolicyDefinition {
            policy_id: policy.policy_id.clone(),
            mode: policy.mode.clone(),
            description: policy.description.clone(),
            rules: serde_json::from_str(&policy.rules).expect("rules are JSON"),
            schema_version: policy.schema_version,
        });
        let session = accept_session_start(
            &theirs(&start),
            1,
            &*kernel_mode,
            definition,
            &StartOptions::default(),
        )
        .expect("generated sessions start");
        let kernel = Self {
            mode: kernel_mode,
            mode_id: mode.to_string(),
            session,
            now_ms: 1,
            sent: 0,
        };
        (kernel, start)
    }

    /// Lets time pass. What the kernel writes on its own in that time becomes accepted history.
    pub(crate) fn wait(&mut self, ms: i64) -> Vec<Envelope> {
        self.now_ms += ms;
        let written = advance(&mut self.session, &*self.mode, self.now_ms);
        let written = written.expect("what the kernel writes, it accepts");
        written.iter().map(ours).collect()
    }

    pub(crate) fn is_resolved(&self) -> bool {
        self.session.state == SessionState::Resolved
    }

    /// Sends a message, and gives it back if the kernel accepts it.
    pub(crate) fn send(&mut self, action: &Action) -> Option<Envelope> {
        self.sent += 1;
        let envelope = self.envelope(action, format!("m{}", self.sent));
        let mut session = self.session.clone();
        step(&mut session, &theirs(&envelope), &*self.mode, self.now_ms).ok()?;
        self.session = session;
        Some(envelope)
    }

    /// Whether the kernel would accept this next.
    pub(crate) fn would_accept(&self, action: &Action) -> bool {
        let mut session = self.session.clone();
        let envelope = theirs(&self.envelope(action, "probe".into()));
        step(&mut session, &envelope, &*self.mode, self.now_ms).is_ok()
    }

    fn envelope(&self, action: &Action, message_id: String) -> Envelope {
        Envelope {
            macp_version: "1.0".into(),
            mode: self.mode_id.clone(),
            message_type: action.message_type.to_string(),
            message_id,
            session_id: SESSION_ID.into(),
            sender: action.sender.clone(),
            timestamp_unix_ms: self.now_ms,
            payload: action.payload.clone().into(),
        }
    }
}

fn theirs(envelope: &Envelope) -> upstream_pb::pb::Envelope {
    upstream_pb::pb::Envelope::decode(envelope.encode_to_vec().as_slice()).expect("one schema")
}

fn ours(envelope: &upstream_pb::pb::Envelope) -> Envelope {
    prost::Message::decode(envelope.encode_to_vec().as_slice()).expect("one schema")
}
