//! What a runtime does not advertise is not asked of it.

#![allow(
    clippy::unwrap_used,
    reason = "a panic is the test's failure, in helpers too"
)]

mod stub;

use macp_proto::SessionId;
use macp_proto::v1::{
    Capabilities, DecisionReceiptCapability, PolicyDescriptor, PolicyRegistryCapability,
};
use macp_transport::{Client, Credentials, Error, GrpcStatus, RetryPolicy, Rpc};
use stub::Stub;

/// Everything that a call needs.
fn all() -> Capabilities {
    Capabilities {
        policy_registry: Some(PolicyRegistryCapability {
            what_if_replay: true,
            ..PolicyRegistryCapability::default()
        }),
        decision_receipt: Some(DecisionReceiptCapability {
            get_decision_receipt: true,
            signed: true,
        }),
        ..Capabilities::default()
    }
}

/// Everything except what this call needs.
fn without(rpc: Rpc) -> Capabilities {
    let mut capabilities = all();
    match rpc {
        Rpc::WhatIfReplay => capabilities.policy_registry = None,
        _ => capabilities.decision_receipt = None,
    }
    capabilities
}

fn gated() -> impl Iterator<Item = Rpc> {
    let all = Rpc::ALL.iter().copied();
    all.filter(|rpc| rpc.capability().is_some())
}

async fn client(stub: &Stub) -> Client {
    let address = stub.serve().await;
    Client::builder(format!("http://{address}"))
        .allow_insecure()
        .retry(RetryPolicy::none())
        .credentials(Credentials::dev_agent("alice"))
        .connect()
        .await
        .unwrap()
}

async fn call(client: &Client, rpc: Rpc) -> Error {
    let session = SessionId::random();
    let candidate = PolicyDescriptor::default();
    match rpc {
        Rpc::WhatIfReplay => client.what_if_replay(&session, candidate).await.err(),
        Rpc::GetDecisionReceipt => client.get_decision_receipt(&session).await.err(),
        Rpc::GetReceiptKeys => client.get_receipt_keys().await.err(),
        other => panic!("{other} needs something, and is not tried here"),
    }
    .unwrap()
}

#[tokio::test]
async fn a_call_that_needs_more_is_refused_here() {
    for advertised in [Some(Capabilities::default()), None] {
        for rpc in gated() {
            let stub = Stub::default();
            stub.advertise(advertised.clone().unwrap_or_else(|| without(rpc)));
            let error = call(&client(&stub).await, rpc).await;
            let Error::NotAdvertised {
                rpc: refused,
                capability,
            } = &error
            else {
                panic!("{error}");
            };
            assert_eq!((*refused, Some(*capability)), (rpc, rpc.capability()));
            assert!(error.to_string().contains(capability.path()), "{error}");
            assert!(error.to_string().contains(rpc.name()), "{error}");
            assert!(!error.may_have_acted() && !error.is_retryable());
            assert_eq!((stub.calls(rpc.name()), stub.calls("Initialize")), (0, 1));
        }
    }
}

#[tokio::test]
async fn a_runtime_that_offers_more_by_now_is_asked() {
    for rpc in gated() {
        let stub = Stub::default();
        let client = client(&stub).await;
        for _ in 0..2 {
            let error = call(&client, rpc).await;
            assert!(matches!(error, Error::NotAdvertised { .. }), "{error}");
        }
        assert_eq!(stub.calls(rpc.name()), 0);

        stub.advertise(all());
        let asked = stub.calls("Initialize") + 1;
        for _ in 0..3 {
            let error = call(&client, rpc).await;
            assert_eq!(error.status(), Some(GrpcStatus::Unimplemented), "{error}");
        }
        assert_eq!(
            (stub.calls(rpc.name()), stub.calls("Initialize")),
            (3, asked)
        );

        // A runtime that offers less says so itself.
        stub.advertise(without(rpc));
        let error = call(&client, rpc).await;
        assert_eq!(error.status(), Some(GrpcStatus::Unimplemented), "{error}");
    }
}
