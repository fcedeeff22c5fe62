//! Lists, manifests, roots, receipts, replays: success, and refusal where there is one.

use crate::common::{
    anonymous, commitment, dev_client, proposal, resolve, session, start, token, token_client,
    vote, with_tokens,
};
use futures_util::TryStreamExt;
use macp_proto::v1::PolicyDescriptor;
use macp_proto::{DenyCode, ErrorCode, Mode, SessionId, SessionState};
use macp_testkit::Runtime;
use macp_transport::{Credentials, WhatIfKind};

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn manifests_and_roots() {
    let runtime = Runtime::start().await.unwrap();
    let client = dev_client(&runtime, "alice").await;
    let manifest = client.get_manifest("").await.unwrap();
    assert_eq!(manifest.agent_id, "macp-runtime");
    let error = client.get_manifest("nobody").await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::AgentNotFound));
    client.list_roots().await.unwrap();
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn sessions_are_listed_page_by_page() {
    let runtime = Runtime::start().await.unwrap();
    let alice = dev_client(&runtime, "alice").await;
    let mut ids = Vec::new();
    for _ in 0..7 {
        let session = SessionId::random();
        alice.send(start(&session, &["alice"])).await.unwrap();
        ids.push(session.to_string());
    }
    ids.sort();

    let read: Vec<_> = alice.sessions().page_size(3).try_collect().await.unwrap();
    assert_eq!(
        read.iter().map(|s| &s.session_id).collect::<Vec<_>>(),
        ids.iter().collect::<Vec<_>>()
    );

    let page = alice.list_sessions().page_size(5).await.unwrap();
    assert_eq!(page.sessions.len(), 5);
    let rest: Vec<_> = alice
        .sessions_from(page.next_page_token.unwrap())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(
        rest.iter().map(|s| &s.session_id).collect::<Vec<_>>(),
        ids[5..].iter().collect::<Vec<_>>()
    );

    let mut left = alice.sessions().page_size(3);
    left.try_next().await.unwrap().unwrap();
    let token = left.page_token().unwrap().to_owned();
    let rest: Vec<_> = alice.sessions_from(token).try_collect().await.unwrap();
    assert_eq!(rest.len(), 4);

    let error = alice
        .list_sessions()
        .page_token("no token")
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidRequest));
    let error = alice
        .sessions_from("no token")
        .try_next()
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidRequest));
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn receipts_are_for_resolved_sessions_and_those_concerned() {
    let runtime = with_tokens().start().await.unwrap();
    let alice = token_client(&runtime, "alice").await;
    let session = SessionId::random();
    alice
        .send(start(&session, &["alice", "bob"]))
        .await
        .unwrap();
    let early = alice.get_decision_receipt(&session).await.unwrap_err();
    assert_eq!(early.code(), Some(&ErrorCode::ReceiptUnavailable));

    resolve(&alice, &session).await;
    let receipt = alice.get_decision_receipt(&session).await.unwrap();
    assert!(receipt.contains(session.as_str()));
    let observed = alice
        .get_decision_receipt(&session)
        .credentials(&token("auditor"));
    assert_eq!(observed.await.unwrap(), receipt);
    let stranger = alice
        .get_decision_receipt(&session)
        .credentials(&token("stranger"));
    assert_eq!(
        stranger.await.unwrap_err().code(),
        Some(&ErrorCode::Forbidden)
    );
    let unknown = alice
        .get_decision_receipt(&SessionId::random())
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), Some(&ErrorCode::SessionNotFound));

    let keys = alice.get_receipt_keys().await.unwrap();
    assert!(keys.contains("keys"), "{keys}");
    let anonymous = anonymous(runtime.endpoint()).await;
    assert_eq!(anonymous.get_receipt_keys().await.unwrap(), keys);
}

fn unanimous() -> PolicyDescriptor {
    PolicyDescriptor {
        policy_id: "policy.candidate".into(),
        mode: Mode::Decision.to_string(),
        rules: r#"{"voting":{"algorithm":"unanimous","threshold":1.0,"quorum":{"type":"count","value":2}},"commitment":{"require_vote_quorum":true}}"#.into(),
        schema_version: 1,
        ..PolicyDescriptor::default()
    }
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn another_policy_would_have_refused() {
    let runtime = with_tokens().start().await.unwrap();
    let alice = token_client(&runtime, "alice").await;
    let session = SessionId::random();
    alice
        .send(start(&session, &["alice", "bob"]))
        .await
        .unwrap();
    resolve(&alice, &session).await;

    let answer = alice
        .what_if_replay(&session, unanimous())
        .credentials(&token("auditor"))
        .await
        .unwrap();
    assert_eq!(answer.recorded.state, SessionState::Resolved);
    assert_eq!(answer.candidate.state, SessionState::Open);
    assert_eq!(answer.recorded_policy_id, "policy.default");
    assert_eq!(answer.entries.len(), 4);
    assert_eq!(answer.first_divergence, Some(3));
    let last = answer.entries.last().unwrap();
    assert_eq!(last.recorded.kind, WhatIfKind::Applied);
    assert_eq!(last.candidate.kind, WhatIfKind::Refused);
    assert_eq!(last.candidate.code, Some(ErrorCode::PolicyDenied));
    let codes: Vec<_> = answer.denials[0]
        .denials
        .iter()
        .map(|denial| &denial.code)
        .collect();
    assert!(codes.contains(&&DenyCode::QuorumNotMet), "{codes:?}");

    let mut invalid = unanimous();
    invalid.mode = Mode::Task.to_string();
    let error = alice.what_if_replay(&session, invalid).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidPolicyDefinition));
    let stranger = alice
        .what_if_replay(&session, unanimous())
        .credentials(&token("stranger"));
    assert_eq!(
        stranger.await.unwrap_err().code(),
        Some(&ErrorCode::Forbidden)
    );
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_denied_commitment_says_why_as_data() {
    let runtime = with_tokens().start().await.unwrap();
    let admin = token_client(&runtime, "admin").await;
    admin.register_policy(unanimous()).await.unwrap();
    let alice = token_client(&runtime, "alice").await;
    let session = SessionId::random();
    let mut envelope = start(&session, &["alice", "bob"]);
    let mut payload = envelope
        .decode::<macp_proto::v1::SessionStartPayload>()
        .unwrap();
    payload.policy_version = "policy.candidate".into();
    envelope.payload = prost::Message::encode_to_vec(&payload).into();
    alice.send(envelope).await.unwrap();
    alice.send(proposal(&session, "p1")).await.unwrap();
    alice.send(vote(&session, "p1")).await.unwrap();
    let error = alice.send(commitment(&session)).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::PolicyDenied));
    assert!(
        error
            .denials()
            .iter()
            .any(|denial| denial.code == DenyCode::QuorumNotMet)
    );
    assert_eq!(
        error.refusal().unwrap().reasons.len(),
        error.denials().len()
    );
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn an_observer_reads_and_a_stranger_does_not() {
    let runtime = with_tokens().start().await.unwrap();
    let alice = token_client(&runtime, "alice").await;
    let session = SessionId::random();
    alice.send(start(&session, &["alice"])).await.unwrap();
    alice
        .get_session(&session)
        .credentials(&token("auditor"))
        .await
        .unwrap();
    let error = alice
        .get_session(&session)
        .credentials(&token("stranger"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::Forbidden));
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn what_needs_authentication_refuses_a_wrong_token() {
    let runtime = with_tokens().start().await.unwrap();
    let wrong = token_client(&runtime, "alice")
        .await
        .with_credentials(Credentials::bearer("wrong").unwrap());
    for error in [
        wrong.list_sessions().await.map(drop).unwrap_err(),
        wrong.list_policies().await.map(drop).unwrap_err(),
        wrong
            .get_policy("policy.default")
            .await
            .map(drop)
            .unwrap_err(),
        wrong
            .get_decision_receipt(&SessionId::random())
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(error.code(), Some(&ErrorCode::Unauthenticated), "{error}");
    }
    wrong.list_modes().await.unwrap();
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_dev_agent_reads_its_session() {
    let runtime = Runtime::start().await.unwrap();
    let (alice, session) = session(&runtime).await;
    assert_eq!(
        alice.get_session(&session).await.unwrap().initiator,
        "alice"
    );
}
