//! Building governance policies, refusing bad ones, and reading them back.
#![allow(clippy::unwrap_used, reason = "a panic is a test's failure")]

use macp_projections::policy::{
    Algorithm, Authority, CommitmentRules, CriticalObjectionAction, DecisionRules,
    EffectiveThreshold, ModeRules, Policy, ProposalRules, QuorumRules, SchemaVersion, TaskRules,
    Threshold, built_in, check_candidate, check_registration, effective_threshold,
};
use macp_proto::v1::PolicyDescriptor;
use macp_test_data::policies;
use proptest::prelude::*;

fn descriptor(mode: &str, rules: &str) -> PolicyDescriptor {
    PolicyDescriptor {
        policy_id: "policy.test".into(),
        mode: mode.into(),
        rules: rules.into(),
        schema_version: 1,
        ..PolicyDescriptor::default()
    }
}

#[track_caller]
fn refused<R: ModeRules>(rules: R, field: &str) {
    let error = Policy::new("p", rules).to_descriptor().unwrap_err();
    assert_eq!(error.field(), field, "{error}");
}

#[test]
fn decision_builders_refuse_what_registration_would() {
    let with = DecisionRules::new;
    let threshold = "voting.threshold";
    for value in [0.0, -0.1, 1.01, f64::NAN, f64::INFINITY] {
        refused(with(Algorithm::None).threshold(value), threshold);
    }
    refused(with(Algorithm::Majority).threshold(0.49), threshold);
    refused(with(Algorithm::Supermajority), threshold);
    refused(with(Algorithm::Weighted), "voting.weights");
    let nobody: [(&str, f64); 0] = [];
    refused(with(Algorithm::None).weights(nobody), "voting.weights");
    for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let rules = with(Algorithm::Majority).weights([("alice", 1.0), ("bob", weight)]);
        refused(rules, "voting.weights[\"bob\"]");
    }
    let twice = with(Algorithm::Weighted).weights([("bob", 1), ("bob", 2)]);
    refused(twice, "voting.weights[\"bob\"]");
    for value in [-1.0, f64::NAN, f64::INFINITY] {
        refused(
            with(Algorithm::None).quorum_count(value),
            "voting.quorum.value",
        );
    }
    let never = with(Algorithm::None).critical_objections(CriticalObjectionAction::Hold, 0);
    refused(never, "objection_handling.veto_threshold");
    for confidence in [-0.1, 1.1, f64::NAN] {
        let rules = with(Algorithm::None).minimum_confidence(confidence);
        refused(rules, "evaluation.minimum_confidence");
    }
}

#[test]
fn other_builders_refuse_what_registration_would() {
    let nobody = || CommitmentRules::designated_roles(Vec::<String>::new());
    let roles = "commitment.designated_roles";
    refused(DecisionRules::default().commitment(nobody()), roles);
    refused(ProposalRules::default().commitment(nobody()), roles);
    refused(TaskRules::default().commitment(nobody()), roles);
    refused(QuorumRules::default().commitment(nobody()), roles);
    refused(QuorumRules::new(Threshold::n_of_m(0)), "threshold.value");
    refused(
        QuorumRules::new(Threshold::percentage(0)),
        "threshold.value",
    );
    refused(
        QuorumRules::new(Threshold::percentage(101)),
        "threshold.value",
    );
}

#[test]
fn a_refusal_names_the_rule() {
    let error = Policy::new("p", DecisionRules::new(Algorithm::Supermajority))
        .to_descriptor()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "voting.threshold: is 0.5; algorithm supermajority needs a threshold above 0.5"
    );
}

#[test]
fn extras_have_keys_of_their_own_shape() {
    let policy = || Policy::new("p", TaskRules::default());
    let ok = serde_json::json!({"on": true});
    for refused in [
        policy().extension("acme", &ok),
        policy().extension("x-acme", &ok),
        policy().extension("completion", &ok),
        policy().extension("x-com.acme", true),
        policy().annotation("note", 1),
        policy().annotation("completion", 1),
        policy().annotation("_note", 1).annotation("_note", 2),
    ] {
        assert!(refused.to_descriptor().is_err(), "{refused:?}");
    }
    let policy = policy().extension("x-com.acme", &ok).annotation("$x", [1]);
    let read = Policy::<TaskRules>::from_descriptor(&policy.to_descriptor().unwrap()).unwrap();
    let extras: Vec<_> = read.extras().collect();
    assert_eq!(
        extras,
        [
            ("x-com.acme", r#"{"on": true}"#.to_owned()),
            ("$x", "[1]".to_owned())
        ]
    );
}

#[test]
fn reading_is_as_lenient_as_the_runtime() {
    let read = |rules| Policy::<DecisionRules>::from_descriptor(&descriptor("*", rules)).unwrap();
    for nothing in [
        "",
        "not JSON",
        "{}",
        r#"{"completion": {"require_output": true}}"#,
    ] {
        assert_eq!(
            *read(nothing).rules(),
            DecisionRules::default(),
            "{nothing}"
        );
    }
    let policy =
        read(r#"{"voting": {"quorum": {}, "_why": 1}, "commitment": {"authority": "king"}}"#);
    assert_eq!(
        policy.rules().commitment.authority,
        Authority::InitiatorOnly
    );
    assert_eq!(policy.version(), SchemaVersion::V1);

    let error = |mode, rules| {
        Policy::<DecisionRules>::from_descriptor(&descriptor(mode, rules))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error("macp.mode.task.v1", "{}"),
        "mode: is \"macp.mode.task.v1\"; must be macp.mode.decision.v1 or *"
    );
    assert_eq!(
        error("*", r#"{"voting": {"threshold": "half"}}"#),
        "voting.threshold: is a string; must be a number"
    );
    let mut future = descriptor("*", "{}");
    future.schema_version = 4;
    let error = Policy::<DecisionRules>::from_descriptor(&future).unwrap_err();
    assert_eq!(error.field(), "schema_version");
}

#[test]
fn hand_written_rules_are_checked_too() {
    let decision = "macp.mode.decision.v1";
    let quorum = "macp.mode.quorum.v1";
    let refused = [
        (decision, "", "rules"),
        (decision, "{", "rules"),
        (decision, "[]", "rules"),
        (decision, r#"{"votes": {}}"#, "votes"),
        (decision, r#"{"voting": null}"#, "voting"),
        (decision, r#"{"voting": {"quorum": []}}"#, "voting.quorum"),
        (
            decision,
            r#"{"voting": {"x-com.acme": {}}}"#,
            "voting.x-com.acme",
        ),
        (
            decision,
            r#"{"voting": {"algorithm": {"none": null}}}"#,
            "voting.algorithm",
        ),
        (
            decision,
            r#"{"voting": {"algorithm": "Majority"}}"#,
            "voting.algorithm",
        ),
        (
            decision,
            r#"{"voting": {"threshold": 0}}"#,
            "voting.threshold",
        ),
        (
            decision,
            r#"{"voting": {"quorum": {"type": "n_of_m"}}}"#,
            "voting.quorum.type",
        ),
        (decision, r#"{"voting": {"weights": {}}}"#, "voting.weights"),
        (
            decision,
            r#"{"voting": {"weights": {"a": "1"}}}"#,
            "voting.weights.a",
        ),
        (
            decision,
            r#"{"objection_handling": {"veto_threshold": 1.0}}"#,
            "objection_handling.veto_threshold",
        ),
        (decision, r#"{"x-com.acme": 1}"#, "x-com.acme"),
        (
            decision,
            r#"{"commitment": {"authority": "king"}}"#,
            "commitment.authority",
        ),
        (
            "macp.mode.task.v1",
            r#"{"commitment": {"require_vote_quorum": true}}"#,
            "commitment.require_vote_quorum",
        ),
        (
            quorum,
            r#"{"threshold": {"value": 2.5}}"#,
            "threshold.value",
        ),
        (
            quorum,
            r#"{"threshold": {"type": "weighted"}}"#,
            "threshold.type",
        ),
        ("*", r#"{"threshold": {"value": 0}}"#, "threshold.value"),
        (
            "ext.custom.v1",
            r#"{"commitment": {"authority": "king"}}"#,
            "commitment.authority",
        ),
    ];
    for (mode, rules, field) in refused {
        let error = check_registration(&descriptor(mode, rules)).unwrap_err();
        assert_eq!(error.field(), field, "{mode} {rules}: {error}");
    }
    let admitted = [
        (decision, "{}"),
        (
            decision,
            r#"{"_note": 1, "voting": {"$note": [], "weights": {"a.b": 1, "_c": 2}}}"#,
        ),
        (quorum, r#"{"threshold": {}}"#),
        (quorum, r#"{"threshold": {"type": "count", "value": 2.0}}"#),
        (
            "*",
            r#"{"voting": {"algorithm": "none"}, "threshold": {"value": 200}}"#,
        ),
        (
            "ext.custom.v1",
            r#"{"anything": [], "commitment": {"authority": 1}}"#,
        ),
        ("macp.mode.foo.v1", r#"{"voting": 3}"#),
    ];
    for (mode, rules) in admitted {
        let checked = check_registration(&descriptor(mode, rules));
        assert_eq!(checked, Ok(()), "{mode} {rules}");
    }
}

#[test]
fn ids_can_be_reserved() {
    for id in [
        "",
        " ",
        "policy.default",
        "policy.std.majority",
        "policy.std.mine",
    ] {
        let mut policy = descriptor("*", "{}");
        policy.policy_id = id.into();
        let error = check_registration(&policy).unwrap_err();
        assert_eq!(error.field(), "policy_id", "{id:?}");
        assert_eq!(check_candidate(&policy), Ok(()), "{id:?}");
    }
}

#[test]
fn built_in_policies_read() {
    for id in [
        "",
        "policy.default",
        "policy.std.majority",
        "policy.std.supermajority",
        "policy.std.unanimous",
    ] {
        let policy = built_in(id).unwrap();
        check_candidate(&policy).unwrap();
        Policy::<DecisionRules>::from_descriptor(&policy).unwrap();
    }
    assert_eq!(built_in("policy.std.mine"), None);
}

#[test]
fn the_approval_bar_in_exact_arithmetic() {
    for percent in 1..=100_u64 {
        for participants in 1..=300_usize {
            let bar = Threshold::percentage(percent).effective(participants);
            let Some(EffectiveThreshold::Approvals(bar)) = bar else {
                panic!("{percent} % of {participants}: {bar:?}")
            };
            // The least bar whose share of the participants reaches the percentage.
            let reaches = |bar: u64| bar * 100 >= percent * participants as u64;
            assert!(reaches(bar.into()), "{percent} % of {participants}: {bar}");
            assert!(
                bar == 1 || !reaches(u64::from(bar) - 1),
                "{percent} % of {participants}: {bar}"
            );
        }
    }
}

#[test]
fn the_approval_bar_of_odd_rules() {
    use EffectiveThreshold::{Approvals, Unsatisfiable};
    let bar = |rules: &str, participants| {
        effective_threshold(Some(&descriptor("*", rules)), participants, 9)
    };
    for own in [
        "",
        "no JSON",
        "[]",
        "{}",
        r#"{"threshold": 3}"#,
        r#"{"threshold": []}"#,
        r#"{"threshold": {"type": 1, "value": 3}}"#,
        r#"{"threshold": {"value": true}}"#,
        r#"{"threshold": {"value": "3"}}"#,
        r#"{"threshold": {"value": 0}}"#,
        r#"{"threshold": {"value": -2}}"#,
        r#"{"threshold": {"type": "unheard-of"}}"#,
    ] {
        assert_eq!(bar(own, 5), Approvals(9), "{own}");
    }
    assert_eq!(effective_threshold(None, 5, 9), Approvals(9));
    assert_eq!(bar(r#"{"threshold": {"value": 2}}"#, 5), Approvals(2));
    assert_eq!(bar(r#"{"threshold": {"value": 12}}"#, 5), Approvals(12));
    assert_eq!(
        bar(r#"{"threshold": {"type": "count", "value": 2.4}}"#, 5),
        Approvals(3)
    );
    assert_eq!(
        bar(r#"{"threshold": {"value": 1e30}}"#, 5),
        Approvals(u32::MAX)
    );
    assert_eq!(
        bar(r#"{"threshold": {"type": "percentage", "value": 0.5}}"#, 5),
        Approvals(1)
    );
    assert_eq!(
        bar(
            r#"{"threshold": {"type": "percentage", "value": 33.4}}"#,
            10
        ),
        Approvals(4)
    );
    assert_eq!(
        bar(r#"{"threshold": {"type": "percentage", "value": 1e30}}"#, 5),
        Approvals(u32::MAX)
    );
    assert_eq!(
        bar(r#"{"threshold": {"type": "percentage", "value": 50}}"#, 0),
        Unsatisfiable
    );
    assert_eq!(
        bar(r#"{"threshold": {"type": "weighted", "value": 2}}"#, 5),
        Unsatisfiable
    );
}

#[test]
fn who_may_commit() {
    let roster = ["alice".to_owned(), "bob".to_owned()];
    let may = |rules: &CommitmentRules| -> Vec<&str> {
        ["boss", "alice", "eve"]
            .into_iter()
            .filter(|sender| rules.may_commit(sender, "boss", &roster))
            .collect()
    };
    assert_eq!(may(&CommitmentRules::initiator_only()), ["boss"]);
    assert_eq!(may(&CommitmentRules::any_participant()), ["boss", "alice"]);
    assert_eq!(may(&CommitmentRules::designated_roles(["eve"])), ["eve"]);

    let read = |rules| may(&CommitmentRules::from_descriptor(&descriptor("*", rules)));
    assert_eq!(
        read(r#"{"commitment": {"authority": "any_participant"}}"#),
        ["boss", "alice"]
    );
    // Malformed anywhere in the section: the runtime falls back as a whole.
    for malformed in [
        r#"{"commitment": []}"#,
        r#"{"commitment": {"authority": "any_participant", "designated_roles": 1}}"#,
        r#"{"commitment": {"authority": "any_participant", "require_vote_quorum": 1}}"#,
        r#"{"commitment": {"authority": "anyone"}}"#,
    ] {
        assert_eq!(read(malformed), ["boss"], "{malformed}");
    }
}

/// A policy that was built reads back as itself, also after the runtime has rewritten its rules.
fn comes_back<R: ModeRules>(policy: &Policy<R>) -> Result<(), TestCaseError> {
    let mut built = policy.to_descriptor().unwrap();
    prop_assert_eq!(check_registration(&built), Ok(()));
    prop_assert_eq!(&Policy::from_descriptor(&built).unwrap(), policy);

    let stored: serde_json::Value = serde_json::from_str(&built.rules).unwrap();
    built.rules = stored.to_string();
    prop_assert_eq!(&Policy::from_descriptor(&built).unwrap(), policy);
    Ok(())
}

proptest! {
    #[test]
    fn decision_policies_come_back(policy in policies::decision()) {
        comes_back(&policy)?;
    }

    #[test]
    fn proposal_policies_come_back(policy in policies::proposal()) {
        comes_back(&policy)?;
    }

    #[test]
    fn task_policies_come_back(policy in policies::task()) {
        comes_back(&policy)?;
    }

    #[test]
    fn handoff_policies_come_back(policy in policies::handoff()) {
        comes_back(&policy)?;
    }

    #[test]
    fn quorum_policies_come_back(policy in policies::quorum()) {
        comes_back(&policy)?;
    }
}
