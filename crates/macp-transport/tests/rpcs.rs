//! The service definition against the client: every RPC has a method, and every method an RPC.

#![allow(
    clippy::unwrap_used,
    reason = "a panic is the test's failure, in helpers too"
)]

use macp_transport::Rpc;
use std::collections::BTreeSet;
use std::path::Path;

const SERVICE: &str = include_str!("../../../proto/macp/v1/core.proto");

fn defined() -> BTreeSet<&'static str> {
    SERVICE
        .lines()
        .filter_map(|line| line.trim().strip_prefix("rpc ")?.split('(').next())
        .collect()
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &sources(&path);
        } else {
            text += &std::fs::read_to_string(path).unwrap();
        }
    }
    text
}

#[test]
fn the_rpcs_are_those_of_the_service() {
    let known: BTreeSet<_> = Rpc::ALL.iter().map(|rpc| rpc.name()).collect();
    assert_eq!(known.len(), Rpc::ALL.len());
    assert_eq!(known, defined());
    assert_eq!(known.len(), 27);
}

#[test]
fn every_rpc_has_a_method() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    for rpc in Rpc::ALL {
        let method = format!("pub fn {}(", snake_case(rpc.name()));
        assert!(sources.contains(&method), "{rpc} has no {method}..)");
    }
}

#[test]
fn idempotency() {
    let unsafe_to_repeat: Vec<_> = Rpc::ALL
        .iter()
        .filter(|rpc| !rpc.is_idempotent())
        .map(|rpc| rpc.name())
        .collect();
    assert_eq!(
        unsafe_to_repeat,
        [
            "StreamSession",
            "SuspendSession",
            "ResumeSession",
            "RegisterExtMode",
            "UnregisterExtMode",
            "PromoteMode",
            "RegisterPolicy",
            "UnregisterPolicy",
        ]
    );
}

#[test]
fn credentials() {
    let open: Vec<_> = Rpc::ALL
        .iter()
        .filter(|rpc| !rpc.needs_credentials())
        .map(|rpc| rpc.name())
        .collect();
    assert_eq!(
        open,
        [
            "Initialize",
            "GetManifest",
            "ListModes",
            "WatchModeRegistry",
            "ListRoots",
            "WatchRoots",
            "ListExtModes",
            "GetReceiptKeys",
        ]
    );
}

#[test]
fn gates() {
    let gated: Vec<_> = Rpc::ALL
        .iter()
        .filter_map(|rpc| Some((rpc.name(), rpc.capability()?.path())))
        .collect();
    assert_eq!(
        gated,
        [
            ("WhatIfReplay", "policy_registry.what_if_replay"),
            (
                "GetDecisionReceipt",
                "decision_receipt.get_decision_receipt"
            ),
            ("GetReceiptKeys", "decision_receipt.get_decision_receipt"),
        ]
    );
}
