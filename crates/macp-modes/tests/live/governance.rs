//! Sessions under a policy.

use crate::support::{client, runtime, start};
use macp_modes::DecisionSession;
use macp_proto::{DenyCode, ErrorCode, Vote};

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_denial_says_why_as_data() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let start = start().policy_version("policy.std.majority");
    let mut session = DecisionSession::start(&client, start).await.unwrap();
    session.propose("p1", "deploy").await.unwrap();

    let error = session
        .commit("decision.approved", "release")
        .reason("now")
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::PolicyDenied));
    let codes: Vec<_> = error
        .denials()
        .iter()
        .map(|denial| denial.code.clone())
        .collect();
    assert!(codes.contains(&DenyCode::QuorumNotMet), "{codes:?}");
    assert!(
        error
            .denials()
            .iter()
            .all(|denial| !denial.message.is_empty())
    );
    assert!(!error.is_retryable());

    session.vote("p1", Vote::Approve).await.unwrap();
    session
        .commit("decision.approved", "release")
        .reason("voted")
        .await
        .unwrap();
}
