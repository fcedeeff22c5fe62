use super::descriptor::private::Rules;
use super::descriptor::{ModeRules, check_extension, is_annotation_key, is_extension_key};
use super::json::{Json, Members, member};
use super::read::{Reading, Section};
use super::{
    CommitmentRules, DecisionRules, HandoffRules, ProposalRules, QuorumRules, SchemaVersion,
    TaskRules, built_in,
};
use macp_proto::v1::PolicyDescriptor;
use macp_proto::{DEFAULT_POLICY_VERSION, InvalidValue, Mode};

/// Checks everything that registering this policy would be refused for, without a runtime.
///
/// Stricter than the runtime in one point, and on purpose: rules that are not JSON are refused,
/// where the runtime would silently store a policy without rules.
///
/// ```
/// use macp_projections::policy::check_registration;
/// use macp_proto::v1::PolicyDescriptor;
///
/// let mut policy = PolicyDescriptor {
///     policy_id: "policy.two".into(),
///     mode: "macp.mode.quorum.v1".into(),
///     rules: r#"{"threshold": {"kind": "n_of_m", "value": 2}}"#.into(),
///     schema_version: 1,
///     ..PolicyDescriptor::default()
/// };
/// let error = check_registration(&policy).unwrap_err();
/// assert_eq!(error.field(), "threshold.kind");
///
/// policy.rules = r#"{"threshold": {"type": "n_of_m", "value": 2}}"#.into();
/// check_registration(&policy)?;
/// # Ok::<(), macp_proto::InvalidValue>(())
/// ```
pub fn check_registration(descriptor: &PolicyDescriptor) -> Result<(), InvalidValue> {
    let id = descriptor.policy_id.as_str();
    InvalidValue::if_blank("policy_id", id)?;
    let reserved = |rule| InvalidValue::new("policy_id", format_args!("is {id:?}"), rule);
    if id == DEFAULT_POLICY_VERSION {
        return Err(reserved("policy.default is built in"));
    }
    if id.starts_with("policy.std.") {
        return Err(reserved(if built_in(id).is_some() {
            "the runtime has this policy already"
        } else {
            "ids that start with policy.std. are reserved"
        }));
    }
    check_candidate(descriptor)
}

/// Checks everything but the id, which is what a policy that is only tried out must satisfy
/// (`WhatIfReplay`).
pub fn check_candidate(descriptor: &PolicyDescriptor) -> Result<(), InvalidValue> {
    SchemaVersion::try_from(descriptor.schema_version)?;
    let rules = match Json::parse(&descriptor.rules) {
        Ok(Json::Object(rules)) => rules,
        Ok(other) => {
            return Err(InvalidValue::new(
                "rules",
                format_args!("is {}", other.kind()),
                "must be a JSON object",
            ));
        }
        Err(error) => {
            return Err(InvalidValue::new(
                "rules",
                format_args!("is not JSON: {error}"),
                "must be a JSON object",
            ));
        }
    };
    let governed: Vec<&ModeSchema> = SCHEMAS
        .iter()
        .filter(|schema| descriptor.mode == "*" || descriptor.mode == schema.mode.as_str())
        .collect();
    if governed.is_empty() {
        return check_opaque(&rules);
    }
    let paths: Vec<&str> = governed
        .iter()
        .flat_map(|schema| schema.paths)
        .copied()
        .collect();
    check_keys("", &rules, &paths)?;
    let root = Section::root(&rules, Reading::Admission);
    governed.iter().try_for_each(|schema| (schema.check)(&root))
}

/// The keys of one mode's rules, and the check of their values.
struct ModeSchema {
    mode: Mode,
    paths: &'static [&'static str],
    check: fn(&Section<'_>) -> Result<(), InvalidValue>,
}

/// `weights.*` is an open map: its keys are senders.
const SCHEMAS: &[ModeSchema] = &[
    ModeSchema {
        mode: DecisionRules::MODE,
        paths: &[
            "voting.algorithm",
            "voting.threshold",
            "voting.quorum.type",
            "voting.quorum.value",
            "voting.weights.*",
            "objection_handling.critical_severity_vetoes",
            "objection_handling.veto_threshold",
            "objection_handling.critical_objection_action",
            "evaluation.required_before_voting",
            "evaluation.minimum_confidence",
            "commitment.authority",
            "commitment.designated_roles",
            "commitment.require_vote_quorum",
            "commitment.allow_decline_over_approval",
        ],
        check: check_values::<DecisionRules>,
    },
    ModeSchema {
        mode: ProposalRules::MODE,
        paths: &[
            "acceptance.criterion",
            "counter_proposal.max_rounds",
            "rejection.terminal_on_any_reject",
            "commitment.authority",
            "commitment.designated_roles",
        ],
        check: check_values::<ProposalRules>,
    },
    ModeSchema {
        mode: TaskRules::MODE,
        paths: &[
            "assignment.allow_reassignment_on_reject",
            "completion.require_output",
            "commitment.authority",
            "commitment.designated_roles",
        ],
        check: check_values::<TaskRules>,
    },
    ModeSchema {
        mode: HandoffRules::MODE,
        paths: &[
            "acceptance.implicit_accept_timeout_ms",
            "commitment.authority",
            "commitment.designated_roles",
        ],
        check: check_values::<HandoffRules>,
    },
    ModeSchema {
        mode: QuorumRules::MODE,
        paths: &[
            "threshold.type",
            "threshold.value",
            "abstention.counts_toward_quorum",
            "abstention.interpretation",
            "commitment.authority",
            "commitment.designated_roles",
        ],
        check: check_values::<QuorumRules>,
    },
];

fn check_values<R: Rules>(rules: &Section<'_>) -> Result<(), InvalidValue> {
    R::read(rules)?.check()
}

/// Rule objects are closed: only defined keys, annotations, and extensions at the top.
fn check_keys(prefix: &str, members: &Members, paths: &[&str]) -> Result<(), InvalidValue> {
    for (key, value) in members {
        let path = format!("{prefix}{key}");
        let below = format!("{path}.");
        if paths.contains(&path.as_str()) || is_annotation_key(key) {
            continue;
        }
        if prefix.is_empty() && is_extension_key(key) {
            check_extension(key, value)?;
        } else if paths.iter().any(|known| known.starts_with(&below)) {
            let Some(members) = value.as_object() else {
                return Err(InvalidValue::new(
                    path,
                    format_args!("is {}", value.kind()),
                    "must be an object",
                ));
            };
            if !paths.contains(&format!("{below}*").as_str()) {
                check_keys(&below, members, paths)?;
            }
        } else {
            return Err(InvalidValue::new(
                path,
                "is not defined",
                "only the rules of the policy's mode, keys that start with _ or $, \
                 and top-level x- extensions are allowed",
            ));
        }
    }
    Ok(())
}

/// The rules of other modes are opaque, but for the authority to commit if there is one.
fn check_opaque(rules: &Members) -> Result<(), InvalidValue> {
    let bound = Section::root(rules, Reading::Bound);
    if member(rules, "commitment").is_none() || CommitmentRules::read_whole(&bound).is_err() {
        return Ok(());
    }
    CommitmentRules::read(&Section::root(rules, Reading::Admission))?.check()
}
