//! Modes and policies: reading and changing their registries.

use crate::common::{token_client, with_tokens};
use macp_proto::v1::{ModeDescriptor, PolicyDescriptor};
use macp_proto::{ErrorCode, Mode};
use macp_transport::{Capability, Client, Error};

pub(crate) fn mode(name: &str) -> ModeDescriptor {
    ModeDescriptor {
        mode: name.into(),
        mode_version: "1.0.0".into(),
        title: "test".into(),
        determinism_class: "deterministic".into(),
        participant_model: "declared".into(),
        message_types: vec!["Note".into(), "Commitment".into()],
        terminal_message_types: vec!["Commitment".into()],
        ..ModeDescriptor::default()
    }
}

pub(crate) fn policy(id: &str) -> PolicyDescriptor {
    PolicyDescriptor {
        policy_id: id.into(),
        mode: Mode::Decision.to_string(),
        rules: r#"{"voting":{"algorithm":"majority","threshold":0.5}}"#.into(),
        schema_version: 1,
        ..PolicyDescriptor::default()
    }
}

fn uncoded(error: &Error) -> &str {
    assert_eq!(error.code(), Some(&ErrorCode::from("UNKNOWN")), "{error}");
    &error.refusal().unwrap().message
}

async fn names(modes: impl IntoFuture<Output = Result<Vec<ModeDescriptor>, Error>>) -> Vec<String> {
    modes
        .await
        .unwrap()
        .into_iter()
        .map(|mode| mode.mode)
        .collect()
}

async fn policies(client: &Client) -> Vec<String> {
    let policies = client.list_policies().await.unwrap();
    policies
        .into_iter()
        .map(|policy| policy.policy_id)
        .collect()
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn modes_are_listed_registered_promoted_and_removed() {
    let runtime = with_tokens().start().await.unwrap();
    let admin = token_client(&runtime, "admin").await;
    assert_eq!(names(admin.list_modes()).await.len(), 5);
    assert_eq!(names(admin.list_ext_modes()).await, ["ext.multi_round.v1"]);

    let note = Mode::from("ext.note.v1");
    admin.register_ext_mode(mode(note.as_str())).await.unwrap();
    assert!(
        names(admin.list_ext_modes())
            .await
            .contains(&note.to_string())
    );
    let error = admin
        .register_ext_mode(mode(note.as_str()))
        .await
        .unwrap_err();
    assert!(!uncoded(&error).is_empty());
    let error = admin
        .register_ext_mode(mode("macp.mode.x.v1"))
        .await
        .unwrap_err();
    assert!(!uncoded(&error).is_empty());

    let promoted = admin.promote_mode(&note, "std.note.v1").await.unwrap();
    assert_eq!(promoted, Mode::from("std.note.v1"));
    let error = admin.promote_mode(&note, "").await.unwrap_err();
    assert!(!uncoded(&error).is_empty());

    let other = Mode::from("ext.other.v1");
    admin.register_ext_mode(mode(other.as_str())).await.unwrap();
    admin.unregister_ext_mode(&other).await.unwrap();
    let error = admin.unregister_ext_mode(&other).await.unwrap_err();
    assert!(!uncoded(&error).is_empty());
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn policies_are_registered_read_listed_and_removed() {
    let runtime = with_tokens().start().await.unwrap();
    let admin = token_client(&runtime, "admin").await;
    admin.register_policy(policy("policy.test")).await.unwrap();
    let read = admin.get_policy("policy.test").await.unwrap();
    assert_eq!(read.rules, policy("").rules);
    assert!(policies(&admin).await.contains(&"policy.test".to_owned()));
    let decision = admin.list_policies().mode(&Mode::Decision).await.unwrap();
    assert!(
        decision
            .iter()
            .any(|policy| policy.policy_id == "policy.test")
    );
    let task = admin.list_policies().mode(&Mode::Task).await.unwrap();
    assert_eq!(
        task.iter()
            .map(|policy| &*policy.policy_id)
            .collect::<Vec<_>>(),
        ["policy.default"]
    );

    let taken = admin
        .register_policy(policy("policy.test"))
        .await
        .unwrap_err();
    assert!(uncoded(&taken).contains("policy.test"));
    admin.unregister_policy("policy.test").await.unwrap();
    let unknown = admin.unregister_policy("policy.test").await.unwrap_err();
    assert!(!uncoded(&unknown).is_empty());
    let error = admin.get_policy("policy.test").await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::UnknownPolicyVersion));
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn changing_a_registry_takes_the_privilege() {
    let runtime = with_tokens().start().await.unwrap();
    let stranger = token_client(&runtime, "stranger").await;
    let mode_id = Mode::from("ext.note.v1");
    for error in [
        stranger
            .register_ext_mode(mode("ext.note.v1"))
            .await
            .unwrap_err(),
        stranger.unregister_ext_mode(&mode_id).await.unwrap_err(),
        stranger.promote_mode(&mode_id, "").await.unwrap_err(),
        stranger
            .register_policy(policy("policy.test"))
            .await
            .unwrap_err(),
        stranger.unregister_policy("policy.test").await.unwrap_err(),
    ] {
        assert_eq!(error.code(), Some(&ErrorCode::Forbidden), "{error}");
        assert!(error.status().is_some());
    }
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_read_only_registry_is_its_own_error() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = with_tokens()
        .env("MACP_POLICIES_DIR", folder.path().display())
        .start()
        .await
        .unwrap();
    let admin = token_client(&runtime, "admin").await;
    assert!(
        !admin
            .initialize()
            .await
            .unwrap()
            .has(Capability::RegisterPolicy)
    );
    for error in [
        admin
            .register_policy(policy("policy.test"))
            .await
            .unwrap_err(),
        admin.unregister_policy("policy.test").await.unwrap_err(),
    ] {
        assert!(error.is_registry_read_only(), "{error}");
        assert!(!error.is_retryable() && !error.may_have_acted());
    }
}
