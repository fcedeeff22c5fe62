use macp_proto::v1::PolicyDescriptor;
use macp_proto::{DEFAULT_POLICY_VERSION, Mode};

/// The id of the built-in policy under which at least half of the decisive votes approve.
pub const STD_MAJORITY: &str = "policy.std.majority";
/// The id of the built-in policy under which two thirds of two or more voters approve.
pub const STD_SUPERMAJORITY: &str = "policy.std.supermajority";
/// The id of the built-in policy under which every participant approves.
pub const STD_UNANIMOUS: &str = "policy.std.unanimous";

/// A policy that every runtime of the pinned version has, by its id (RFC-MACP-0012 §5.2): what
/// `GetPolicy` would return, without asking. An empty id is `policy.default`, as it is when a
/// session starts.
///
/// ```
/// use macp_projections::policy::{Algorithm, DecisionRules, Policy, STD_UNANIMOUS, built_in};
///
/// let descriptor = built_in(STD_UNANIMOUS).unwrap();
/// let policy = Policy::<DecisionRules>::from_descriptor(&descriptor)?;
/// assert_eq!(policy.rules().voting.algorithm, Algorithm::Unanimous);
/// # Ok::<(), macp_proto::InvalidValue>(())
/// ```
pub fn built_in(policy_id: &str) -> Option<PolicyDescriptor> {
    let (id, mode, description, rules) = match policy_id {
        "" | DEFAULT_POLICY_VERSION => (
            DEFAULT_POLICY_VERSION,
            "*",
            "No rules beyond those of the mode",
            r#"{"commitment":{"authority":"initiator_only","designated_roles":[],"require_vote_quorum":false},"evaluation":{"minimum_confidence":0.0,"required_before_voting":false},"objection_handling":{"critical_severity_vetoes":false,"veto_threshold":1},"voting":{"algorithm":"none","quorum":{"type":"count","value":0}}}"#,
        ),
        STD_MAJORITY => (
            STD_MAJORITY,
            Mode::Decision.as_str(),
            "At least half of the decisive votes approve",
            r#"{"commitment":{"require_vote_quorum":true},"voting":{"algorithm":"majority","quorum":{"type":"count","value":1},"threshold":0.5}}"#,
        ),
        STD_SUPERMAJORITY => (
            STD_SUPERMAJORITY,
            Mode::Decision.as_str(),
            "Two thirds of the decisive votes approve, and two or more vote",
            r#"{"commitment":{"require_vote_quorum":true},"voting":{"algorithm":"supermajority","quorum":{"type":"count","value":2},"threshold":0.6666666666666666}}"#,
        ),
        STD_UNANIMOUS => (
            STD_UNANIMOUS,
            Mode::Decision.as_str(),
            "Every participant approves and nobody rejects",
            r#"{"commitment":{"require_vote_quorum":true},"voting":{"algorithm":"unanimous","quorum":{"type":"count","value":1}}}"#,
        ),
        _ => return None,
    };
    Some(PolicyDescriptor {
        policy_id: id.to_owned(),
        mode: mode.to_owned(),
        description: description.to_owned(),
        rules: rules.to_owned(),
        schema_version: 1,
        registered_at_unix_ms: 0,
    })
}
