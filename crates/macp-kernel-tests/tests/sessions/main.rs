//! Whole sessions against the reference kernel, in process.
//!
//! Random actions, legal and illegal, go to the kernel; what it accepts is fed to our projection.
//! After each accepted message our `commit_readiness` must say exactly which outcomes the kernel
//! would accept next, and our helpers exactly who may act. 2,000 sessions for each of the six
//! modes; `PROPTEST_CASES` sets another number.

mod actions;
mod kernel;

use actions::{Action, people, rosters};
use kernel::Kernel;
use macp_projections::policy::{CommitmentRules, ModeRules, Policy};
use macp_projections::{
    CommitReadiness, DecisionProjection, HandoffProjection, ModeState, MultiRoundProjection,
    Projection, ProposalProjection, QuorumProjection, TaskProjection,
};
use macp_proto::Mode;
use macp_proto::v1::{Envelope, PolicyDescriptor};
use macp_test_data::policies;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

const SESSIONS: u32 = 2_000;

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(SESSIONS);
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A session in the making.
#[derive(Clone, Debug)]
struct Script<R> {
    initiator: String,
    roster: Vec<String>,
    policy: Option<Policy<R>>,
    actions: Vec<Action>,
}

fn scripts<R: ModeRules>(
    mode: &Mode,
    policies: impl Strategy<Value = Policy<R>>,
) -> impl Strategy<Value = Script<R>> {
    let actions = vec(actions::of(mode), 0..25);
    (rosters(mode), option::of(policies), actions).prop_map(
        |((initiator, roster), policy, actions)| Script {
            initiator,
            roster,
            policy,
            actions,
        },
    )
}

/// Plays a script on both sides, comparing after each message that the kernel accepts.
fn play<S: ModeState>(
    initiator: &str,
    roster: &[String],
    policy: Option<&PolicyDescriptor>,
    actions: &[Action],
    compare: impl Fn(&Projection<S>, &Kernel) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let mut projection = Projection::<S>::new();
    let (mut kernel, start) = Kernel::start(&S::MODE, initiator, roster, policy);
    follow(&mut projection, start)?;
    compare(&projection, &kernel)?;
    for action in actions {
        for envelope in kernel.wait(action.after_ms) {
            follow(&mut projection, envelope)?;
        }
        if let Some(envelope) = kernel.send(action) {
            follow(&mut projection, envelope)?;
        }
        prop_assert_eq!(projection.is_committed(), kernel.is_resolved());
        compare(&projection, &kernel)?;
    }
    Ok(())
}

/// An accepted message must take effect without complaint.
fn follow<S: ModeState>(
    projection: &mut Projection<S>,
    envelope: Envelope,
) -> Result<(), TestCaseError> {
    let applied = projection.apply(envelope);
    prop_assert_eq!(applied, Ok(macp_projections::Applied::Recorded));
    prop_assert!(projection.anomalies().is_empty());
    Ok(())
}

/// What the kernel says to a commitment of each polarity, from somebody who may send one.
fn kernel_readiness(kernel: &Kernel, committer: &str) -> CommitReadiness {
    let accepts = |positive| kernel.would_accept(&Action::commitment(committer, positive));
    CommitReadiness {
        positive: accepts(true),
        negative: accepts(false),
    }
}

fn committer<R>(script: &Script<R>, commitment: impl Fn(&R) -> &CommitmentRules) -> String
where
    R: ModeRules,
{
    let may_commit = |person: &str| {
        script.policy.as_ref().is_none_or(|policy| {
            commitment(policy.rules()).may_commit(person, &script.initiator, &script.roster)
        })
    };
    std::iter::once(script.initiator.clone())
        .chain(people())
        .find(|person| may_commit(person))
        .expect("somebody may commit")
}

fn descriptor<R: ModeRules>(script: &Script<R>) -> Option<PolicyDescriptor> {
    let policy = script.policy.as_ref()?;
    Some(policy.to_descriptor().expect("generated policies build"))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn decision(script in scripts(&Mode::Decision, policies::decision())) {
        let committer = committer(&script, |rules| &rules.commitment);
        let policy = descriptor(&script);
        play(
            &script.initiator,
            &script.roster,
            policy.as_ref(),
            &script.actions,
            |projection: &DecisionProjection, kernel| {
                let ours = projection.commit_readiness(script.policy.as_ref());
                prop_assert_eq!(ours, kernel_readiness(kernel, &committer));
                Ok(())
            },
        )?;
    }

    #[test]
    fn proposal(script in scripts(&Mode::Proposal, policies::proposal())) {
        let committer = committer(&script, |rules| &rules.commitment);
        let policy = descriptor(&script);
        play(
            &script.initiator,
            &script.roster,
            policy.as_ref(),
            &script.actions,
            |projection: &ProposalProjection, kernel| {
                let ours = projection.commit_readiness(script.policy.as_ref());
                prop_assert_eq!(ours, kernel_readiness(kernel, &committer));
                Ok(())
            },
        )?;
    }

    #[test]
    fn task(script in scripts(&Mode::Task, policies::task())) {
        let committer = committer(&script, |rules| &rules.commitment);
        let policy = descriptor(&script);
        play(
            &script.initiator,
            &script.roster,
            policy.as_ref(),
            &script.actions,
            |projection: &TaskProjection, kernel| {
                let ours = projection.commit_readiness(script.policy.as_ref());
                prop_assert_eq!(ours, kernel_readiness(kernel, &committer));
                let Some(task) = projection.tasks().next() else {
                    return Ok(());
                };
                let eligible: Vec<_> = projection
                    .eligible_assignees(script.policy.as_ref())
                    .map(str::to_owned)
                    .collect();
                let accepting = script.roster.iter().filter(|person| {
                    kernel.would_accept(&Action::task_accept(person, &task.task_id))
                });
                prop_assert_eq!(eligible, accepting.cloned().collect::<Vec<_>>());
                Ok(())
            },
        )?;
    }

    #[test]
    fn handoff(script in scripts(&Mode::Handoff, policies::handoff())) {
        let committer = committer(&script, |rules| &rules.commitment);
        let policy = descriptor(&script);
        play(
            &script.initiator,
            &script.roster,
            policy.as_ref(),
            &script.actions,
            |projection: &HandoffProjection, kernel| {
                let ours = projection.commit_readiness();
                prop_assert_eq!(ours, kernel_readiness(kernel, &committer));
                let targets: Vec<_> =
                    projection.eligible_targets().map(str::to_owned).collect();
                let offerable = script.roster.iter().filter(|person| {
                    kernel.would_accept(&Action::offer(&script.initiator, person))
                });
                prop_assert_eq!(targets, offerable.cloned().collect::<Vec<_>>());
                let answering = people().filter(|person| {
                    projection.active_offer().is_some_and(|offer| {
                        kernel.would_accept(&Action::decline(person, &offer.handoff_id))
                    })
                });
                let awaited = projection.awaited_participant().map(str::to_owned);
                prop_assert_eq!(Vec::from_iter(awaited), answering.collect::<Vec<_>>());
                Ok(())
            },
        )?;
    }

    #[test]
    fn quorum(script in scripts(&Mode::Quorum, policies::quorum())) {
        let committer = committer(&script, |rules| &rules.commitment);
        let policy = descriptor(&script);
        play(
            &script.initiator,
            &script.roster,
            policy.as_ref(),
            &script.actions,
            |projection: &QuorumProjection, kernel| {
                let ours = projection.commit_readiness(script.policy.as_ref());
                prop_assert_eq!(ours, kernel_readiness(kernel, &committer));
                Ok(())
            },
        )?;
    }

    #[test]
    fn multi_round(
        (initiator, roster) in rosters(&Mode::MultiRound),
        actions in vec(actions::of(&Mode::MultiRound), 0..25),
    ) {
        play(
            &initiator,
            &roster,
            None,
            &actions,
            |projection: &MultiRoundProjection, kernel| {
                let ours = projection.commit_readiness();
                prop_assert_eq!(ours, kernel_readiness(kernel, &initiator));
                Ok(())
            },
        )?;
    }
}
