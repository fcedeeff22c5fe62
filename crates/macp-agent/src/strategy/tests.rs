use super::*;
use macp_projections::DecisionProjection;
use macp_proto::modes::decision::{EvaluationPayload, ProposalPayload, VotePayload};
use macp_proto::v1::Envelope;
use macp_proto::{MessageId, Mode, Payload, SessionId, Vote};

#[derive(Default)]
struct History {
    projection: DecisionProjection,
    sent: usize,
}

impl History {
    fn send<P: Payload>(mut self, sender: &str, payload: &P) -> Self {
        self.sent += 1;
        let session = SessionId::new("release-2026-11-approval").unwrap();
        let id = MessageId::new(format!("m{}", self.sent)).unwrap();
        let mut envelope = Envelope::in_session(&session, &Mode::Decision, &id, payload);
        envelope.sender = sender.into();
        assert!(self.projection.apply(envelope).unwrap().is_recorded());
        self
    }

    fn proposal(self, proposal_id: &str) -> Self {
        let proposal_id = proposal_id.into();
        self.send(
            "coordinator",
            &ProposalPayload {
                proposal_id,
                ..Default::default()
            },
        )
    }

    fn evaluation(self, sender: &str, proposal_id: &str, recommendation: &str) -> Self {
        let (proposal_id, recommendation) = (proposal_id.into(), recommendation.into());
        self.send(
            sender,
            &EvaluationPayload {
                proposal_id,
                recommendation,
                ..Default::default()
            },
        )
    }

    fn vote(self, sender: &str, proposal_id: &str, vote: &str) -> Self {
        let (proposal_id, vote) = (proposal_id.into(), vote.into());
        self.send(
            sender,
            &VotePayload {
                proposal_id,
                vote,
                ..Default::default()
            },
        )
    }
}

fn history() -> History {
    History::default().proposal("p1").proposal("p2")
}

#[test]
fn the_majority_voter_counts_what_takes_a_stand_on_its_proposal() {
    let voter = MajorityVoter::new();
    let vote = |history: &History| voter.decide(&history.projection, "p1");
    let history = history();
    assert_eq!(vote(&history), None);
    let history = history
        .evaluation("alice", "p1", "REVIEW")
        .evaluation("alice", "p2", "APPROVE");
    assert_eq!(vote(&history), None, "nothing counts yet");
    let history = history.evaluation("bob", "p1", "APPROVE");
    assert_eq!(vote(&history), Some(Vote::Approve));
    let history = history.evaluation("carol", "p1", "BLOCK");
    assert_eq!(vote(&history), Some(Vote::Approve), "half is enough");
    let history = history.evaluation("dave", "p1", "REJECT");
    assert_eq!(vote(&history), Some(Vote::Abstain), "never REJECT");
    let history = history.evaluation("erin", "p2", "APPROVE");
    assert_eq!(vote(&history), Some(Vote::Abstain));
}

#[test]
fn the_threshold_is_met_or_not() {
    let history = history()
        .evaluation("alice", "p1", "APPROVE")
        .evaluation("bob", "p1", "APPROVE")
        .evaluation("carol", "p1", "REJECT");
    let vote = |threshold| {
        let voter = MajorityVoter::with_threshold(threshold).unwrap();
        voter.decide(&history.projection, "p1").unwrap()
    };
    assert_eq!(vote(0.0), Vote::Approve);
    assert_eq!(vote(2.0 / 3.0), Vote::Approve);
    assert_eq!(vote(0.67), Vote::Abstain);
    assert_eq!(vote(1.0), Vote::Abstain);
    for wrong in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let error = MajorityVoter::with_threshold(wrong).unwrap_err();
        assert_eq!(error.field(), "threshold");
    }
}

#[test]
fn the_majority_committer_waits_for_a_winner_with_a_quorum() {
    let one = MajorityCommitter::new();
    let two = MajorityCommitter::new().quorum_size(2);
    let history = history().vote("alice", "p1", "ABSTAIN");
    assert_eq!(one.decide(&history.projection), None);
    let history = history.vote("bob", "p1", "APPROVE");
    assert_eq!(
        one.decide(&history.projection),
        Some(Conclusion::new("commit", "session", "majority winner: p1"))
    );
    assert_eq!(two.decide(&history.projection), None);
    let history = history.vote("carol", "p2", "APPROVE");
    assert_eq!(one.decide(&history.projection), None, "half is no majority");
    let history = history.vote("carol", "p1", "APPROVE");
    let two = two.action("deployment.approved").authority_scope("release");
    assert_eq!(
        two.decide(&history.projection),
        Some(Conclusion::new(
            "deployment.approved",
            "release",
            "majority winner: p1"
        ))
    );
}
