//! Governance policies against the reference implementation: admission, thresholds, evaluation.

use macp_projections::policy::{
    CommitmentRules, DecisionEvidence, DecisionRules, EffectiveThreshold, ModeRules, Policy,
    QuorumRules, built_in, check_candidate, effective_threshold,
};
use macp_proto::v1::PolicyDescriptor;
use macp_proto::{Recommendation, Severity, Vote};
use macp_test_data::policies;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use upstream_core::decision::DecisionState;
use upstream_core::policy::rules::QuorumPolicyRules;
use upstream_core::policy::{
    CommitmentContext, CommitmentMode, PolicyDecision, PolicyDefinition, PolicyEvaluator as _,
};
use upstream_policy::DefaultPolicyEvaluator;
use upstream_policy::registry::PolicyRegistry;

/// What the runtime makes of a descriptor.
fn definition(descriptor: &PolicyDescriptor) -> PolicyDefinition {
    PolicyDefinition {
        policy_id: descriptor.policy_id.clone(),
        mode: descriptor.mode.clone(),
        description: descriptor.description.clone(),
        rules: serde_json::from_str(&descriptor.rules).unwrap_or_else(|_| json!({})),
        schema_version: descriptor.schema_version,
    }
}

fn is_admitted<R: ModeRules>(policy: &Policy<R>) -> Result<(), TestCaseError> {
    let admitted = PolicyRegistry::new().register(definition(&policy.to_descriptor().unwrap()));
    prop_assert_eq!(admitted, Ok(()));
    Ok(())
}

/// The codes of the reference's denials, in its order.
fn denials(
    descriptor: &PolicyDescriptor,
    participants: &[String],
    outcome_positive: bool,
    mode: CommitmentMode<'_>,
) -> Vec<String> {
    let context = CommitmentContext {
        policy: &definition(descriptor),
        participants,
        outcome_positive,
        mode,
    };
    match DefaultPolicyEvaluator.evaluate_commitment(&context) {
        PolicyDecision::Deny { reasons } => reasons
            .iter()
            .map(|reason| reason.code.as_str().to_owned())
            .collect(),
        _ => Vec::new(),
    }
}

fn words<T: ToString>(codes: &[T]) -> Vec<String> {
    codes.iter().map(ToString::to_string).collect()
}

/// A decision session: votes, evaluations, objections.
#[derive(Clone, Debug)]
struct Session {
    roster: Vec<String>,
    votes: BTreeMap<(String, String), Vote>,
    evaluations: Vec<(Recommendation, f64)>,
    objections: Vec<Severity>,
}

fn session() -> impl Strategy<Value = Session> {
    let people = policies::PEOPLE;
    let voter = (select(&["p1", "p2"][..]), select(people));
    let ballots = vec((voter, select(Vote::ALL)), 0..8);
    let confidence = prop_oneof![0.0..=1.0, select(&[0.0, 0.5, 1.0][..])];
    let evaluations = vec((select(Recommendation::ALL), confidence), 0..3);
    let objections = vec(select(Severity::ALL), 0..4);
    (0..=people.len(), ballots, evaluations, objections).prop_map(
        move |(count, ballots, evaluations, objections)| Session {
            roster: people[..count].iter().map(|&one| one.to_owned()).collect(),
            votes: ballots
                .into_iter()
                .map(|((proposal, voter), vote)| ((proposal.to_owned(), voter.to_owned()), vote))
                .collect(),
            evaluations,
            objections,
        },
    )
}

impl Session {
    fn evidence(&self) -> DecisionEvidence<'_> {
        let mut evidence = DecisionEvidence::new(&self.roster);
        for ((proposal, voter), vote) in &self.votes {
            evidence.vote(proposal, voter, *vote);
        }
        for (recommendation, confidence) in &self.evaluations {
            evidence.evaluation(*recommendation, *confidence);
        }
        for severity in &self.objections {
            evidence.objection(*severity);
        }
        evidence
    }

    fn upstream(&self) -> DecisionState {
        let mut votes = BTreeMap::<_, BTreeMap<_, _>>::new();
        for ((proposal, voter), vote) in &self.votes {
            let vote = json!({
                "proposal_id": proposal, "vote": vote.as_str(), "reason": "", "sender": voter,
            });
            votes.entry(proposal).or_default().insert(voter, vote);
        }
        let evaluations: Vec<_> = self
            .evaluations
            .iter()
            .map(|(recommendation, confidence)| {
                json!({
                    "proposal_id": "p1", "recommendation": recommendation.as_str(),
                    "confidence": confidence, "reason": "", "sender": "alice",
                })
            })
            .collect();
        let objections: Vec<_> = self
            .objections
            .iter()
            .map(|severity| {
                json!({
                    "proposal_id": "p1", "severity": severity.as_str(),
                    "reason": "", "sender": "alice",
                })
            })
            .collect();
        serde_json::from_value(json!({
            "proposals": {}, "evaluations": evaluations, "objections": objections,
            "votes": votes, "phase": "Voting",
        }))
        .unwrap()
    }

    fn agrees(&self, descriptor: &PolicyDescriptor) -> Result<(), TestCaseError> {
        let policy = Policy::<DecisionRules>::from_descriptor(descriptor).unwrap();
        let state = self.upstream();
        for positive in [true, false] {
            let mode = CommitmentMode::Decision { state: &state };
            prop_assert_eq!(
                words(&policy.denials(&self.evidence(), positive)),
                denials(descriptor, &self.roster, positive, mode),
                "positive: {}, rules: {}",
                positive,
                descriptor.rules
            );
        }
        Ok(())
    }
}

/// JSON that is often a rule tree, and often not quite one.
fn rules() -> impl Strategy<Value = Value> {
    let word = select(
        &[
            "none",
            "majority",
            "supermajority",
            "weighted",
            "count",
            "percentage",
            "n_of_m",
            "hold",
            "initiator_only",
            "designated_role",
            "counterparty",
            "neutral",
            "other",
        ][..],
    );
    let number = prop_oneof![
        select(&[0.0, 0.5, 0.51, 1.0, 2.0, 2.5, 100.0, 101.0, -1.0, 1e30][..])
            .prop_map(Value::from),
        (-1..=101_i64).prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        4 => word.prop_map(Value::from),
        4 => number,
        2 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!([])),
        1 => Just(json!(["alice"])),
        1 => Just(json!({})),
        1 => Just(json!({"alice": 1})),
    ];
    let path = select(
        &[
            "/voting",
            "/voting/algorithm",
            "/voting/threshold",
            "/voting/quorum",
            "/voting/quorum/type",
            "/voting/quorum/value",
            "/voting/weights",
            "/voting/weights/alice",
            "/voting/_note",
            "/voting/unheard-of",
            "/objection_handling/critical_severity_vetoes",
            "/objection_handling/veto_threshold",
            "/objection_handling/critical_objection_action",
            "/evaluation/required_before_voting",
            "/evaluation/minimum_confidence",
            "/commitment/authority",
            "/commitment/designated_roles",
            "/commitment/require_vote_quorum",
            "/commitment/allow_decline_over_approval",
            "/acceptance",
            "/acceptance/criterion",
            "/acceptance/implicit_accept_timeout_ms",
            "/counter_proposal/max_rounds",
            "/rejection/terminal_on_any_reject",
            "/assignment/allow_reassignment_on_reject",
            "/completion/require_output",
            "/threshold",
            "/threshold/type",
            "/threshold/value",
            "/abstention/counts_toward_quorum",
            "/abstention/interpretation",
            "/_note",
            "/$ref",
            "/unheard-of",
        ][..],
    );
    vec((path, leaf), 0..4).prop_map(|members| {
        let mut rules = json!({});
        for (path, value) in members {
            let mut node = &mut rules;
            for name in path.split('/').skip(1) {
                if !node.is_object() {
                    *node = json!({});
                }
                node = &mut node[name];
            }
            *node = value;
        }
        rules
    })
}

fn candidate() -> impl Strategy<Value = PolicyDescriptor> {
    let mode = select(
        &[
            "*",
            "macp.mode.decision.v1",
            "macp.mode.proposal.v1",
            "macp.mode.task.v1",
            "macp.mode.handoff.v1",
            "macp.mode.quorum.v1",
            "ext.custom.v1",
        ][..],
    );
    (mode, rules(), 0..5_u32).prop_map(|(mode, rules, schema_version)| PolicyDescriptor {
        policy_id: "policy.test".into(),
        mode: mode.into(),
        rules: rules.to_string(),
        schema_version,
        ..PolicyDescriptor::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn built_decision_policies_are_admitted(policy in policies::decision()) {
        is_admitted(&policy)?;
    }

    #[test]
    fn other_built_policies_are_admitted(
        proposal in policies::proposal(),
        task in policies::task(),
        handoff in policies::handoff(),
        quorum in policies::quorum(),
    ) {
        is_admitted(&proposal)?;
        is_admitted(&task)?;
        is_admitted(&handoff)?;
        is_admitted(&quorum)?;
    }

    #[test]
    fn candidates_are_admitted_or_refused_alike(candidate in candidate()) {
        let upstream = PolicyRegistry::new().validate_candidate(&definition(&candidate));
        let ours = check_candidate(&candidate);
        prop_assert_eq!(ours.is_ok(), upstream.is_ok(), "ours {:?}, upstream {:?}", ours, upstream);
    }

    #[test]
    fn decisions_are_evaluated_alike(policy in policies::decision(), session in session()) {
        session.agrees(&policy.to_descriptor().unwrap())?;
    }

    #[test]
    fn decisions_under_built_in_policies_are_evaluated_alike(
        id in select(&["policy.default", "policy.std.majority", "policy.std.supermajority", "policy.std.unanimous"][..]),
        session in session(),
    ) {
        session.agrees(&built_in(id).unwrap())?;
    }

    #[test]
    fn the_other_modes_are_evaluated_alike(
        proposal in policies::proposal(),
        task in policies::task(),
        quorum in policies::quorum(),
        count in 0..8_usize,
        participants in 0..10_usize,
        flag in any::<bool>(),
        positive in any::<bool>(),
    ) {
        let roster = vec![String::new(); participants];
        let mode = CommitmentMode::Proposal { counter_proposal_count: count };
        prop_assert_eq!(
            words(&proposal.rules().denials(count as u64, positive)),
            denials(&proposal.to_descriptor().unwrap(), &roster, positive, mode)
        );
        let mode = CommitmentMode::Task { has_output: flag };
        prop_assert_eq!(
            words(&task.rules().denials(flag, positive)),
            denials(&task.to_descriptor().unwrap(), &roster, positive, mode)
        );
        let mode = CommitmentMode::Quorum { approve_count: count, reject_count: 0, abstain_count: 0 };
        prop_assert_eq!(
            words(&quorum.rules().denials(count, participants, positive)),
            denials(&quorum.to_descriptor().unwrap(), &roster, positive, mode)
        );
    }

    #[test]
    fn thresholds_are_those_of_the_reference(
        kind in select(&["n_of_m", "count", "percentage", "weighted", ""][..]),
        value in prop_oneof![
            (0..130_u32).prop_map(f64::from),
            0.0..130.0,
            any::<f64>().prop_filter("JSON has finite numbers", |value| value.is_finite()),
        ],
        participants in prop_oneof![0..50_usize, any::<u32>().prop_map(|count| count as usize)],
        required in any::<u32>(),
    ) {
        let rules = json!({"threshold": {"type": kind, "value": value}});
        let descriptor = PolicyDescriptor { rules: rules.to_string(), ..PolicyDescriptor::default() };
        let upstream: QuorumPolicyRules = serde_json::from_value(rules).unwrap();
        let expected = match upstream.threshold.effective(participants) {
            upstream_core::policy::rules::EffectiveThreshold::Inert => EffectiveThreshold::Approvals(required),
            upstream_core::policy::rules::EffectiveThreshold::Approvals(bar) => EffectiveThreshold::Approvals(bar),
            upstream_core::policy::rules::EffectiveThreshold::Unsatisfiable => EffectiveThreshold::Unsatisfiable,
        };
        prop_assert_eq!(effective_threshold(Some(&descriptor), participants, required), expected);
    }

    #[test]
    fn bound_policies_are_read_alike(candidate in candidate()) {
        // Whatever registration admits must be readable, and name the same authority.
        let definition = definition(&candidate);
        if PolicyRegistry::new().validate_candidate(&definition).is_err() {
            return Ok(());
        }
        let upstream = upstream_core::policy::extract_commitment_rules(&definition.rules);
        let ours = CommitmentRules::from_descriptor(&candidate);
        prop_assert_eq!(ours.authority.as_str(), upstream.authority);
        prop_assert_eq!(ours.designated_roles, upstream.designated_roles);
        if candidate.mode == "*" {
            prop_assert!(Policy::<DecisionRules>::from_descriptor(&candidate).is_ok());
            prop_assert!(Policy::<QuorumRules>::from_descriptor(&candidate).is_ok());
        }
    }
}

/// Every share of every small roster, exhaustively.
#[test]
fn percentages_are_those_of_the_reference() {
    for value in 1..=100_u32 {
        for participants in 0..=200 {
            let rules = json!({"threshold": {"type": "percentage", "value": value}});
            let upstream: QuorumPolicyRules = serde_json::from_value(rules.clone()).unwrap();
            let descriptor = PolicyDescriptor {
                rules: rules.to_string(),
                ..PolicyDescriptor::default()
            };
            let ours = effective_threshold(Some(&descriptor), participants, 1);
            let expected = match upstream.threshold.effective(participants) {
                upstream_core::policy::rules::EffectiveThreshold::Approvals(bar) => {
                    EffectiveThreshold::Approvals(bar)
                }
                other => {
                    assert_eq!(participants, 0, "{other:?}");
                    EffectiveThreshold::Unsatisfiable
                }
            };
            assert_eq!(ours, expected, "{value} % of {participants}");
        }
    }
}
