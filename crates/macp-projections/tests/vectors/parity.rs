//! `tests/parity/contract.json`: what all SDKs and the runtime agree on, as far as it concerns
//! projections and the vocabulary. Retries are the transport's.

use super::{bytes, read};
use libtest_mimic::Trial;
use macp_projections::commitment::is_canonical_hash;
use macp_projections::multi_round::ContributionEncoding;
use macp_projections::payload::Contribution;
use macp_projections::policy::{DecisionRules, Policy};
use macp_projections::proposal::ProposalStatus;
use macp_projections::{Anomaly, AnomalyKind};
use macp_proto::modes::multi_round::ContributePayload;
use macp_proto::{
    DEFAULT_CONFIGURATION_VERSION, DEFAULT_MODE_VERSION, DEFAULT_POLICY_VERSION, ErrorCode, Mode,
    PROTOCOL_VERSION,
};
use prost::Message as _;
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn trials(package: &Path) -> Vec<Trial> {
    let contract: Value = read(&package.join("tests/parity/contract.json"));
    // A section that is new in another version of the contract must not go unnoticed.
    let sections = contract["sections"].as_object().unwrap().clone();
    sections
        .into_iter()
        .map(|(name, section)| {
            let check = check_of(&name);
            Trial::test(format!("parity {name}"), move || {
                check(&section);
                Ok(())
            })
        })
        .collect()
}

fn check_of(section: &str) -> fn(&Value) {
    match section {
        "protocol" => |section| assert_eq!(section["macp_version"], PROTOCOL_VERSION),
        "modes" => modes,
        "defaults" => defaults,
        "error_codes" => error_codes,
        "retry" => |section| {
            let retryable = ErrorCode::KNOWN.iter().filter(|code| code.is_retryable());
            assert_eq!(words(&section["retryable_error_codes"]), texts(retryable));
        },
        "projection_anomaly" => anomalies,
        "commitment_hash" => commitment_hash,
        "contribute_payload" => contribute_payload,
        // Refusing is the runtime's; here there is nothing to read.
        "contribute_acceptance" => |section| {
            assert_eq!(section["empty_payload"], "reject");
            assert_eq!(Contribution::read(b"").value, None);
        },
        "proposal_disposition" => |section| {
            let statuses = texts([
                ProposalStatus::Open,
                ProposalStatus::Rejected,
                ProposalStatus::Withdrawn,
            ]);
            assert_eq!(words(&section["projection_status_values"]), statuses);
        },
        other => panic!("the contract has a section that is not tested: {other}"),
    }
}

fn words(list: &Value) -> Vec<String> {
    let words = list.as_array().unwrap().iter();
    words
        .map(|word| word.as_str().unwrap().to_owned())
        .collect()
}

fn texts<T: ToString>(values: impl IntoIterator<Item = T>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
}

fn modes(section: &Value) {
    let (standard, extension): (Vec<&Mode>, Vec<&Mode>) =
        Mode::KNOWN.iter().partition(|mode| mode.is_standard());
    assert_eq!(words(&section["standard"]), texts(standard));
    assert_eq!(words(&section["extension"]), texts(extension));
}

fn defaults(section: &Value) {
    assert_eq!(section["mode_version"], DEFAULT_MODE_VERSION);
    assert_eq!(
        section["configuration_version"],
        DEFAULT_CONFIGURATION_VERSION
    );
    assert_eq!(section["policy_version"], DEFAULT_POLICY_VERSION);
    let policy = Policy::new("p", DecisionRules::default());
    let version = policy.to_descriptor().unwrap().schema_version;
    assert_eq!(section["policy_builder_schema_version"], version);
}

fn error_codes(section: &Value) {
    let mut codes = words(&section["permanent"]);
    codes.extend(words(&section["deprecated"]));
    assert_eq!(codes, texts(ErrorCode::KNOWN));
}

fn anomalies(section: &Value) {
    let kinds = [
        AnomalyKind::DuplicateVote,
        AnomalyKind::DuplicateBallot,
        AnomalyKind::DuplicateTaskAccept,
        AnomalyKind::SettledHandoff,
    ];
    assert_eq!(words(&section["kinds"]), texts(kinds));
    let fields = words(&section["fields"]);
    let anomaly: Anomaly = serde_json::from_value(json!({
        "kind": "duplicate_vote", "mode": "macp.mode.decision.v1", "message_type": "Vote",
        "message_id": "m1", "sender": "alice", "subject_id": "p1", "detail": "",
    }))
    .unwrap();
    // In the order of serialization.
    let serialized = serde_json::to_string(&anomaly).unwrap();
    let places: Vec<_> = fields
        .iter()
        .map(|field| serialized.find(&format!("\"{field}\":")).unwrap())
        .collect();
    assert!(places.is_sorted(), "{serialized}");
    let members = serde_json::to_value(&anomaly).unwrap();
    assert_eq!(members.as_object().unwrap().len(), fields.len());
}

fn commitment_hash(section: &Value) {
    for accepted in words(&section["accept"]) {
        assert!(is_canonical_hash(&accepted), "{accepted:?}");
    }
    for refused in words(&section["reject"]) {
        assert!(!is_canonical_hash(&refused), "{refused:?}");
    }
}

fn contribute_payload(section: &Value) {
    assert_eq!(section["canonical_encoding"], "protobuf");
    for vector in section["vectors"].as_array().unwrap() {
        let value = vector["value"].as_str().unwrap();
        let canonical = bytes(vector["protobuf_hex"].as_str().unwrap());
        let message = ContributePayload {
            value: value.to_owned(),
        };
        assert_eq!(message.encode_to_vec(), canonical, "{}", vector["name"]);
        let read = Contribution::read(&canonical);
        assert_eq!(read.value.as_deref(), Some(value), "{}", vector["name"]);
        assert_eq!(read.encoding, ContributionEncoding::Protobuf);
        if let Some(legacy) = vector["legacy_json_hex"].as_str() {
            let read = Contribution::read(&bytes(legacy));
            assert_eq!(read.value.as_deref(), Some(value), "{}", vector["name"]);
            assert_eq!(read.encoding, ContributionEncoding::Json);
        }
    }
}
