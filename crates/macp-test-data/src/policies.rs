//! Generators of governance policies: every one that comes out builds.

use macp_projections::policy::{
    Algorithm, CommitmentRules, Criterion, CriticalObjectionAction, DecisionRules, HandoffRules,
    Interpretation, ModeRules, Number, Policy, ProposalRules, QuorumRules, SchemaVersion,
    TaskRules, Threshold,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use std::time::Duration;

/// The people that generated policies name.
pub const PEOPLE: &[&str] = &["alice", "bob", "carol", "dave", "agent://caf\u{e9}"];

/// Decision policies of every schema version.
pub fn decision() -> impl Strategy<Value = Policy<DecisionRules>> {
    let voting = (
        select(Algorithm::ALL),
        threshold(),
        option::of((any::<bool>(), number(0.0, 120.0))),
        option::of(btree_map(person(), number(0.001, 10.0), 1..4)),
    );
    let objections = option::of((select(CriticalObjectionAction::ALL), 1..4_u32));
    let evaluation = prop_oneof![
        Just(None),
        Just(Some(None)),
        number(0.0, 1.0).prop_map(|minimum| Some(Some(minimum))),
    ];
    let flags = (any::<bool>(), any::<bool>());
    let version = select(&[SchemaVersion::V1, SchemaVersion::V2, SchemaVersion::V3][..]);
    let rules = (voting, objections, evaluation, commitment(), flags).prop_map(
        |((algorithm, threshold, quorum, weights), objections, evaluation, commitment, flags)| {
            let mut rules = DecisionRules::new(algorithm)
                .threshold(fit(algorithm, threshold))
                .commitment(commitment)
                .require_vote_quorum(flags.0)
                .allow_decline_over_approval(flags.1);
            rules = match quorum {
                None => rules,
                Some((true, voters)) => rules.quorum_count(voters),
                Some((false, percent)) => rules.quorum_percentage(percent),
            };
            let needs_weights = algorithm == Algorithm::Weighted;
            rules = match weights {
                Some(weights) => rules.weights(weights),
                None if needs_weights => rules.weights([("alice", 1)]),
                None => rules,
            };
            rules = match objections {
                None => rules,
                Some((action, threshold)) => rules.critical_objections(action, threshold),
            };
            match evaluation {
                None => rules,
                Some(None) => rules.evaluation_required(true),
                Some(Some(minimum)) => rules.minimum_confidence(minimum),
            }
        },
    );
    (named(rules), version).prop_map(|(policy, version)| policy.schema_version(version))
}

/// Proposal policies.
pub fn proposal() -> impl Strategy<Value = Policy<ProposalRules>> {
    let rounds = prop_oneof![0..5_u64, any::<u64>()];
    let rules = (select(Criterion::ALL), rounds, any::<bool>(), commitment());
    named(rules.prop_map(|(criterion, rounds, terminal, commitment)| {
        ProposalRules::default()
            .criterion(criterion)
            .max_rounds(rounds)
            .terminal_on_any_reject(terminal)
            .commitment(commitment)
    }))
}

/// Task policies.
pub fn task() -> impl Strategy<Value = Policy<TaskRules>> {
    let rules = (any::<bool>(), any::<bool>(), commitment());
    named(rules.prop_map(|(reassign, output, commitment)| {
        TaskRules::default()
            .allow_reassignment_on_reject(reassign)
            .require_output(output)
            .commitment(commitment)
    }))
}

/// Handoff policies.
pub fn handoff() -> impl Strategy<Value = Policy<HandoffRules>> {
    let rules = (0..u64::MAX, commitment());
    named(rules.prop_map(|(timeout, commitment)| {
        HandoffRules::default()
            .implicit_accept_after(Duration::from_millis(timeout))
            .commitment(commitment)
    }))
}

/// Quorum policies.
pub fn quorum() -> impl Strategy<Value = Policy<QuorumRules>> {
    let threshold = prop_oneof![
        (1..20_u64).prop_map(Threshold::n_of_m),
        (1..=u64::MAX).prop_map(Threshold::n_of_m),
        (1..=100_u64).prop_map(Threshold::percentage),
    ];
    let rules = (
        threshold,
        any::<bool>(),
        select(Interpretation::ALL),
        commitment(),
    );
    named(
        rules.prop_map(|(threshold, counts, interpretation, commitment)| {
            QuorumRules::new(threshold)
                .abstention_counts_toward_quorum(counts)
                .abstention(interpretation)
                .commitment(commitment)
        }),
    )
}

/// A threshold that the algorithm admits, made of any that is in range.
fn fit(algorithm: Algorithm, threshold: Number) -> Number {
    match algorithm {
        Algorithm::Majority if threshold.as_f64() < 0.5 => 0.5.into(),
        Algorithm::Supermajority if threshold.as_f64() <= 0.5 => (2.0 / 3.0).into(),
        _ => threshold,
    }
}

fn threshold() -> impl Strategy<Value = Number> {
    let common = [0.5, 0.51, 0.6, 2.0 / 3.0, 0.75, 1.0];
    prop_oneof![
        select(common.to_vec()).prop_map(Number::from),
        (f64::MIN_POSITIVE..=1.0).prop_map(Number::from),
        Just(Number::from(1)),
    ]
}

#[expect(clippy::cast_possible_truncation, reason = "the bounds are small")]
fn number(low: f64, high: f64) -> impl Strategy<Value = Number> {
    let whole = low.ceil() as i32..=high as i32;
    prop_oneof![
        (low..=high).prop_map(Number::from),
        whole.prop_map(Number::from)
    ]
}

fn person() -> impl Strategy<Value = String> {
    select(PEOPLE).prop_map(str::to_owned)
}

fn commitment() -> impl Strategy<Value = CommitmentRules> {
    prop_oneof![
        Just(CommitmentRules::initiator_only()),
        Just(CommitmentRules::any_participant()),
        vec(person(), 1..3).prop_map(CommitmentRules::designated_roles),
    ]
}

/// A policy of these rules with an id that can be registered, any description, and annotations.
fn named<R: ModeRules>(rules: impl Strategy<Value = R>) -> impl Strategy<Value = Policy<R>> {
    let notes = btree_map("[_$][a-z]{0,5}", any::<String>(), 0..3);
    let id = "policy\\.test\\.[a-z0-9]{12}";
    (rules, id, any::<String>(), notes).prop_map(|(rules, id, description, notes)| {
        let policy = Policy::new(id, rules).description(description);
        notes
            .into_iter()
            .fold(policy, |policy, (key, note)| policy.annotation(key, note))
    })
}
