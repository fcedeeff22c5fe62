//! The conformance fixtures that the runtime's package ships, played through the session helpers
//! against the real runtime.
//!
//! Each fixture is a script: a session to start, messages to send, and for each whether it is
//! accepted or with which code it is refused; then the session's final state, its resolution and
//! the mode's state. All of it is compared, and besides:
//!
//! * what the helpers sent is what the fixture says, byte for byte, in the runtime's own record;
//! * a message that a helper refuses by itself is sent past the helper too, and the runtime must
//!   refuse it with the code that the broken rule stands for;
//! * the recorded history replays to the very state that the session's projection has.
//!
//! None is excepted. `handoff_implicit_accept` sets the runtime's clock, which no client can; its
//! second and a half is waited for instead.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a panic is the test's failure"
)]

mod actions;
mod compare;
mod fixture;
mod history;
mod payload;
mod play;
mod stage;

macro_rules! fixtures {
    ($($name:ident)+) => {
        $(
            #[tokio::test]
            #[ignore = "needs the runtime: cargo xtask test conformance"]
            async fn $name() {
                play::play(stringify!($name)).await;
            }
        )+

        /// Sorted by name.
        const FIXTURES: &[&str] = &[$(stringify!($name)),+];
    };
}

fixtures! {
    decision_critical_objection_finalize_decline
    decision_critical_objection_veto
    decision_empty_tally_binding
    decision_empty_tally_legacy
    decision_finalize_decline_empty_tally
    decision_finalize_decline_quorum_waiver
    decision_happy_path
    decision_legacy_require_vote_quorum
    decision_majority_empty_tally
    decision_negative_outcome
    decision_none_v3_empty_tally
    decision_none_v3_empty_tally_positive
    decision_plurality
    decision_policy_pack_compliance_vote
    decision_policy_pack_human_signoff
    decision_reject_paths
    decision_supermajority_empty_tally
    decision_weighted_zero_weight
    decision_weighted_zero_weight_v1
    decision_zero_participants
    decision_zero_proposal_commitment
    handoff_happy_path
    handoff_implicit_accept
    handoff_negative_outcome
    handoff_reject_paths
    multi_round_happy_path
    multi_round_reject_paths
    proposal_happy_path
    proposal_negative_outcome
    proposal_reject_paths
    quorum_happy_path
    quorum_negative_outcome
    quorum_percentage_override_reachable
    quorum_policy_pack_two_agent_rule
    quorum_reject_paths
    quorum_unreachable_override
    session_start_reject_paths
    task_happy_path
    task_negative_outcome
    task_reject_paths
}

#[test]
#[ignore = "needs the runtime's package: cargo xtask test conformance"]
fn every_fixture_of_the_package_is_played() {
    assert_eq!(fixture::names(), FIXTURES);
    assert_eq!(FIXTURES.len(), 40);
}
