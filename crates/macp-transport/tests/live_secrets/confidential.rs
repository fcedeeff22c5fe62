//! What participants say to each other and what the runtime says to them is theirs: no log of ours
//! has it.

use crate::common::{commitment, dev_client, proposal, start, vote};
use crate::logs::logs;
use futures_util::StreamExt as _;
use macp_proto::modes::decision::{ProposalPayload, VotePayload};
use macp_proto::v1::{
    CommitmentPayload, Envelope, PolicyDescriptor, SessionStartPayload, SignalPayload,
};
use macp_proto::{ErrorCode, Mode, PROTOCOL_VERSION, SessionId};
use macp_testkit::Runtime;
use macp_transport::{Client, ConnectionState, Credentials, Error, SessionEvent};
use prost::Message;
use std::error::Error as _;

/// In every text of ours that may be anything.
const MARKER: &str = "marker-3d81fe";

/// Texts that no log may have.
struct Confidential(Vec<String>);

impl Confidential {
    /// Adds everything that an error says for people.
    fn error(&mut self, error: &Error) {
        self.0.push(error.to_string());
        if let Some(refusal) = error.refusal() {
            self.0.push(refusal.message.clone());
            self.0.extend(refusal.reasons.clone());
            let denials = refusal.denials.iter();
            self.0.extend(denials.map(|denial| denial.message.clone()));
        }
        let mut source = error.source();
        while let Some(error) = source {
            self.0.push(error.to_string());
            source = error.source();
        }
    }

    fn refused<T>(&mut self, result: Result<T, Error>) -> Error {
        let error = result.err().expect("it is refused");
        self.error(&error);
        error
    }
}

/// The envelope with another payload.
fn saying<P: Message + Default>(mut envelope: Envelope, change: impl FnOnce(&mut P)) -> Envelope {
    let mut payload = P::decode(envelope.payload.clone()).unwrap();
    change(&mut payload);
    envelope.payload = payload.encode_to_vec().into();
    envelope
}

fn policy(rules: &str) -> PolicyDescriptor {
    PolicyDescriptor {
        policy_id: "policy.test".into(),
        mode: Mode::Decision.to_string(),
        description: MARKER.into(),
        rules: rules.into(),
        schema_version: 1,
        ..PolicyDescriptor::default()
    }
}

fn signal() -> Envelope {
    let payload = SignalPayload {
        signal_type: MARKER.into(),
        data: MARKER.into(),
        ..SignalPayload::default()
    };
    Envelope {
        macp_version: PROTOCOL_VERSION.into(),
        message_type: "Signal".into(),
        message_id: "s1".into(),
        payload: payload.encode_to_vec().into(),
        ..Envelope::default()
    }
}

/// A session that says the marker wherever it can, up to a commitment that its policy denies.
async fn talk(alice: &Client, session: &SessionId, texts: &mut Confidential) {
    let denying = r#"{"voting":{"algorithm":"majority","threshold":0.5,"quorum":{"type":"count","value":2}},"commitment":{"require_vote_quorum":true}}"#;
    texts.refused(alice.register_policy(policy(r#"{"voting":7}"#)).await);
    alice.register_policy(policy(denying)).await.unwrap();
    texts.refused(alice.register_policy(policy(denying)).await);
    alice.send(signal()).await.unwrap();

    let envelope = start(session, &["alice", "bob"]);
    let envelope = saying(envelope, |payload: &mut SessionStartPayload| {
        payload.intent = MARKER.into();
        payload.policy_version = "policy.test".into();
    });
    alice.send(envelope).await.unwrap();
    let envelope = proposal(session, "p1");
    let envelope = saying(envelope, |payload: &mut ProposalPayload| {
        payload.option = MARKER.into();
        payload.rationale = MARKER.into();
    });
    alice.send(envelope).await.unwrap();
    let envelope = saying(vote(session, "p1"), |payload: &mut VotePayload| {
        payload.reason = MARKER.into();
    });
    alice.send(envelope).await.unwrap();
    let envelope = saying(commitment(session), |payload: &mut CommitmentPayload| {
        payload.reason = MARKER.into();
    });
    let denied = texts.refused(alice.send(envelope).await);
    assert_eq!(denied.code(), Some(&ErrorCode::PolicyDenied));
    assert!(!denied.denials().is_empty());
}

/// Pauses, goes on and ends, with reasons, also where that is refused.
async fn live(alice: &Client, session: &SessionId, texts: &mut Confidential) {
    let bob = Credentials::dev_agent("bob");
    alice.suspend_session(session, MARKER).await.unwrap();
    texts.refused(alice.suspend_session(session, MARKER).await);
    texts.refused(alice.send(vote(session, "p1")).await);
    alice.resume_session(session, MARKER).await.unwrap();
    let by_bob = alice.cancel_session(session, MARKER).credentials(&bob);
    texts.refused(by_bob.await);
    alice.cancel_session(session, MARKER).await.unwrap();
    texts.refused(alice.resume_session(session, MARKER).await);
    let stranger = Credentials::dev_agent("stranger");
    let mut subscription = alice.subscribe(session).credentials(&stranger);
    texts.refused(subscription.next().await.unwrap());
    let unknown = SessionId::random();
    texts.refused(alice.get_session(&unknown).await);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn no_log_of_ours_has_what_was_said() {
    let (_, log) = logs();
    let runtime = Runtime::start().await.unwrap();
    let alice = dev_client(&runtime, "alice").await;
    let mut texts = Confidential(vec![MARKER.to_owned()]);
    let session = SessionId::random();
    talk(&alice, &session, &mut texts).await;
    let mut follower = alice.subscribe(&session);
    let first = follower.next().await.unwrap().unwrap();
    assert!(matches!(first, SessionEvent::Envelope { sequence: 1, .. }));
    live(&alice, &session, &mut texts).await;
    while let Some(event) = follower.next().await {
        event.unwrap();
    }

    let still_open = SessionId::random();
    alice.send(start(&still_open, &["alice"])).await.unwrap();
    let mut follower = alice.subscribe(&still_open);
    follower.next().await.unwrap().unwrap();
    let mut stream = alice.stream_session().await.unwrap();
    drop(runtime);
    // It breaks as the subscription does, and says how.
    texts.refused(stream.next().await.unwrap());
    let mut connection = follower.connection();
    tokio::select! {
        event = follower.next() => panic!("{event:?}, and the runtime is gone"),
        () = async {
            while !matches!(connection.changed().await, Some(ConnectionState::Waiting { .. })) {}
        } => {}
    }
    texts.refused(alice.get_session(&session).await);

    let log = log.text();
    for expected in [
        "an attempt failed",
        "retrying",
        "subscription broke",
        "POLICY_DENIED",
        "WatchSessions",
    ] {
        assert!(log.contains(expected), "{expected} is not in {log}");
    }
    for text in texts.0.iter().filter(|text| !text.is_empty()) {
        assert!(!log.contains(text), "{text:?} is in {log}");
    }
}
