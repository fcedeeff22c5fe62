//! What the builders write is, byte for byte, what those of the Python SDK 0.22.0 write.
//!
//! `policy_python.txt` holds what that SDK printed: a name, the mode, the schema version and the
//! rules a line, separated by tabs.
#![allow(clippy::unwrap_used, reason = "a panic is a test's failure")]

use macp_projections::policy::{
    Algorithm, CommitmentRules, Criterion, CriticalObjectionAction, DecisionRules, HandoffRules,
    Interpretation, ModeRules, Policy, ProposalRules, QuorumRules, SchemaVersion, TaskRules,
    Threshold,
};
use macp_proto::v1::PolicyDescriptor;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

const PRINTED: &str = include_str!("policy_python.txt");

#[derive(Serialize)]
struct Audit {
    z: u8,
    a: (f64, bool, Option<u8>, &'static str),
}

#[derive(Serialize)]
struct Reference {
    b: f64,
    a: BTreeMap<String, u8>,
}

#[track_caller]
fn built<R: ModeRules>(rules: R) -> PolicyDescriptor {
    Policy::new("p", rules).to_descriptor().unwrap()
}

fn decisions() -> Vec<(&'static str, PolicyDescriptor)> {
    let default = DecisionRules::default;
    let with = DecisionRules::new;
    vec![
        ("decision default", built(default())),
        (
            "decision schema 1",
            Policy::new("p", default())
                .schema_version(SchemaVersion::V1)
                .to_descriptor()
                .unwrap(),
        ),
        ("majority", built(with(Algorithm::Majority))),
        (
            "supermajority",
            built(
                with(Algorithm::Supermajority)
                    .threshold(2.0 / 3.0)
                    .quorum_count(2)
                    .require_vote_quorum(true),
            ),
        ),
        (
            "unanimous integer threshold",
            built(with(Algorithm::Unanimous).threshold(1)),
        ),
        (
            "unanimous float threshold",
            built(with(Algorithm::Unanimous).threshold(1.0)),
        ),
        (
            "tiny threshold",
            built(with(Algorithm::Plurality).threshold(1e-7)),
        ),
        ("quorum type only", built(default().quorum_percentage(0))),
        ("quorum value only", built(default().quorum_count(2.5))),
        ("quorum value zero", built(default().quorum_count(0.0))),
        (
            "quorum percentage float",
            built(default().quorum_percentage(50.0)),
        ),
        (
            "weights",
            built(with(Algorithm::Weighted).threshold(0.6).weights([
                ("zoe", 2.0.into()),
                ("alice", macp_projections::policy::Number::from(1)),
                ("agent://caf\u{e9}", 0.25.into()),
                ("\u{1f600}", 1e16.into()),
            ])),
        ),
        (
            "objections hold",
            built(default().critical_objections(CriticalObjectionAction::Hold, 2)),
        ),
        (
            "objections finalize",
            built(default().critical_objections(CriticalObjectionAction::FinalizeDecline, 1)),
        ),
        ("evaluation", built(default().minimum_confidence(0.8))),
        ("evaluation integer", built(default().minimum_confidence(1))),
        (
            "designated",
            built(
                default()
                    .commitment(CommitmentRules::designated_roles([
                        "lead",
                        "b\u{f6}b \"x\"\\\n\u{7f}/",
                    ]))
                    .require_vote_quorum(true)
                    .allow_decline_over_approval(true),
            ),
        ),
        (
            "any participant",
            built(default().commitment(CommitmentRules::any_participant())),
        ),
        (
            "extras",
            Policy::new("p", default())
                .annotation("_note", "n")
                .extension(
                    "x-com.acme.audit",
                    Audit {
                        z: 1,
                        a: (1.5, true, None, "\u{2014}"),
                    },
                )
                .annotation(
                    "$ref",
                    Reference {
                        b: 0.1,
                        a: BTreeMap::new(),
                    },
                )
                .to_descriptor()
                .unwrap(),
        ),
    ]
}

fn others() -> Vec<(&'static str, PolicyDescriptor)> {
    vec![
        ("quorum default", built(QuorumRules::default())),
        (
            "quorum percentage",
            built(
                QuorumRules::new(Threshold::percentage(75))
                    .abstention_counts_toward_quorum(true)
                    .abstention(Interpretation::ImplicitReject)
                    .commitment(CommitmentRules::any_participant()),
            ),
        ),
        (
            "quorum ignored",
            built(QuorumRules::new(Threshold::n_of_m(3)).abstention(Interpretation::Ignored)),
        ),
        ("proposal default", built(ProposalRules::default())),
        (
            "proposal",
            built(
                ProposalRules::default()
                    .criterion(Criterion::Counterparty)
                    .max_rounds(3)
                    .terminal_on_any_reject(true)
                    .commitment(CommitmentRules::designated_roles(["x"])),
            ),
        ),
        ("task default", built(TaskRules::default())),
        (
            "task",
            built(
                TaskRules::default()
                    .allow_reassignment_on_reject(true)
                    .require_output(true),
            ),
        ),
        ("handoff default", built(HandoffRules::default())),
        (
            "handoff",
            built(HandoffRules::default().implicit_accept_after(Duration::from_secs(30))),
        ),
    ]
}

#[test]
fn the_bytes_are_those_of_the_python_sdk() {
    let mut ours: Vec<_> = decisions();
    ours.extend(others());
    let printed: Vec<Vec<&str>> = PRINTED
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(ours.len(), printed.len());
    for ((name, descriptor), printed) in ours.iter().zip(printed) {
        let version = descriptor.schema_version.to_string();
        let built = [*name, &descriptor.mode, &version, &descriptor.rules];
        assert_eq!(printed, built);
    }
}
