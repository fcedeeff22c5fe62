use super::*;
use crate::context::Shared;
use crate::{HandlerError, Occasion};
use futures_util::stream;
use macp_projections::decision::{DecisionPhase, DecisionState};
use macp_projections::handoff::HandoffState;
use macp_proto::modes::decision::{EvaluationPayload, ProposalPayload, VotePayload};
use macp_proto::modes::handoff::{HandoffAcceptPayload, HandoffOfferPayload};
use macp_proto::v1::{CommitmentPayload, Envelope, SessionStartPayload};
use macp_proto::{MessageId, Mode, SessionId, SessionState};
use macp_transport::SessionEvent;
use std::fmt::Display;
use std::sync::{Arc, Mutex};

fn event<P: Payload>(mode: &Mode, sequence: u64, sender: &str, payload: &P) -> SessionEvent {
    let session = SessionId::new("release-2026-11-approval").unwrap();
    let id = MessageId::new(format!("m{sequence}")).unwrap();
    let mut envelope = Envelope::in_session(&session, mode, &id, payload);
    envelope.sender = sender.into();
    SessionEvent::Envelope { sequence, envelope }
}

fn decision<P: Payload>(sequence: u64, sender: &str, payload: &P) -> SessionEvent {
    event(&Mode::Decision, sequence, sender, payload)
}

fn start(sequence: u64) -> SessionEvent {
    decision(sequence, "coordinator", &SessionStartPayload::default())
}

fn proposal(sequence: u64, proposal_id: &str) -> SessionEvent {
    let proposal_id = proposal_id.into();
    let payload = ProposalPayload {
        proposal_id,
        ..Default::default()
    };
    decision(sequence, "coordinator", &payload)
}

fn evaluation(sequence: u64, sender: &str) -> SessionEvent {
    let payload = EvaluationPayload {
        proposal_id: "p1".into(),
        recommendation: "APPROVE".into(),
        ..Default::default()
    };
    decision(sequence, sender, &payload)
}

fn vote(sequence: u64, sender: &str) -> SessionEvent {
    let payload = VotePayload {
        proposal_id: "p1".into(),
        vote: "APPROVE".into(),
        ..Default::default()
    };
    decision(sequence, sender, &payload)
}

fn garble(event: &mut SessionEvent) {
    if let SessionEvent::Envelope { envelope, .. } = event {
        envelope.payload = b"\x0a\xff".as_slice().into();
    }
}

fn commitment(sequence: u64) -> SessionEvent {
    decision(sequence, "coordinator", &CommitmentPayload::default())
}

fn ended(state: SessionState) -> SessionEvent {
    SessionEvent::Ended { state }
}

/// What handlers did, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, line: impl Display) {
        self.0.lock().unwrap().push(line.to_string());
    }

    fn lines(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

type Offstage = Participant<DecisionState, Offline>;

/// A participant that writes down whatever happens.
fn observer(log: &Log) -> Offstage {
    let [messages, phases, proposals, again] = std::array::from_fn(|_| log.clone());
    let [voting, suspended, resumed, compacted, end] = std::array::from_fn(|_| log.clone());
    Offstage::offline("alice")
        .on_message(move |ctx| {
            let message = ctx.message().unwrap();
            messages.add(format_args!("{} {}", ctx.sequence(), message.message_type));
            async { Ok(()) }
        })
        .on_any_phase(move |_, phase| {
            phases.add(format_args!("any phase {phase}"));
            async { Ok(()) }
        })
        .on(move |ctx, proposal: ProposalPayload| {
            let known = ctx.projection().proposal(&proposal.proposal_id).is_some();
            proposals.add(format_args!("proposal {} {known}", proposal.proposal_id));
            async { Ok(()) }
        })
        .on(move |_, _: ProposalPayload| {
            again.add("proposal again");
            async { Ok(()) }
        })
        .on_phase(DecisionPhase::Voting, move |_| {
            voting.add("voting");
            async { Ok(()) }
        })
        .on_suspended(move |ctx| {
            suspended.add(format_args!("suspended {}", ctx.is_suspended()));
            async { Ok(()) }
        })
        .on_resumed(move |ctx| {
            resumed.add(format_args!("resumed {}", ctx.is_suspended()));
            async { Ok(()) }
        })
        .on_history_compacted(move |_, lowest| {
            compacted.add(format_args!("compacted {lowest}"));
            async { Ok(()) }
        })
        .on_end(move |ctx, ending| {
            end.add(format_args!("{ending} {}", ctx.projection().phase()));
            async { Ok(()) }
        })
}

async fn run<S: SessionMode>(
    participant: Participant<S, Offline>,
    events: impl IntoIterator<Item = SessionEvent>,
) -> Result<crate::Ended<S>, Error> {
    participant.run_on(stream::iter(events)).await
}

#[tokio::test]
async fn handlers_are_called_in_order() {
    let log = Log::default();
    let events = [
        start(1),
        proposal(2, "p1"),
        evaluation(3, "bob"),
        vote(4, "bob"),
        commitment(5),
        vote(6, "carol"),
    ];
    let ended = run(observer(&log), events).await.unwrap();
    assert_eq!(ended.ending, Ending::Resolved);
    assert!(ended.commitment().is_some());
    assert_eq!(
        ended.projection.transcript().len(),
        5,
        "nothing is taken after the end"
    );
    insta::assert_snapshot!(log.lines().join("\n"), @"
    1 SessionStart
    proposal p1 true
    proposal again
    2 Proposal
    any phase Evaluation
    3 Evaluation
    4 Vote
    voting
    any phase Voting
    5 Commitment
    any phase Committed
    RESOLVED Committed
    ");
}

#[tokio::test]
async fn pauses_and_gaps_are_told() {
    let log = Log::default();
    let events = [
        SessionEvent::HistoryCompacted {
            after: 0,
            lowest: 7,
        },
        SessionEvent::Suspended,
        SessionEvent::Resumed,
        ended(SessionState::Cancelled),
    ];
    let ended = run(observer(&log), events).await.unwrap();
    assert_eq!(ended.ending, Ending::Cancelled);
    insta::assert_snapshot!(log.lines().join("\n"), @"
    compacted 7
    suspended true
    resumed false
    CANCELLED Proposal
    ");
}

#[tokio::test]
async fn it_ends_when_the_session_does_and_says_how() {
    for (state, ending) in [
        (SessionState::Resolved, Ending::Resolved),
        (SessionState::Cancelled, Ending::Cancelled),
        (SessionState::Expired, Ending::Expired),
    ] {
        let log = Log::default();
        let ended = run(observer(&log), [start(1), ended(state)]).await.unwrap();
        assert_eq!(ended.ending, ending);
        assert_eq!(log.lines().last(), Some(&format!("{ending} Proposal")));
    }
    let no_end = run(observer(&Log::default()), [ended(SessionState::Unknown(9))]);
    let error = no_end.await.unwrap_err();
    insta::assert_snapshot!(error, @"the history ended, and the session did not: it is UNKNOWN(9)");
}

/// The other frameworks end at the accept and never see the commitment.
#[tokio::test]
async fn a_handoff_goes_on_after_its_accept() {
    let handoff =
        |sequence, payload: &HandoffOfferPayload| event(&Mode::Handoff, sequence, "alice", payload);
    let offer = HandoffOfferPayload {
        handoff_id: "h1".into(),
        target_participant: "bob".into(),
        ..Default::default()
    };
    let accept = HandoffAcceptPayload {
        handoff_id: "h1".into(),
        accepted_by: "bob".into(),
        ..Default::default()
    };
    let events = [
        event(&Mode::Handoff, 1, "alice", &SessionStartPayload::default()),
        handoff(2, &offer),
        event(&Mode::Handoff, 3, "bob", &accept),
        event(&Mode::Handoff, 4, "alice", &CommitmentPayload::default()),
    ];
    let participant = Participant::<HandoffState, _>::offline("bob");
    let ended = run(participant, events).await.unwrap();
    assert_eq!(ended.ending, Ending::Resolved);
    assert_eq!(ended.projection.transcript().len(), 4);
}

#[tokio::test]
async fn redelivery_and_other_modes_are_not_dispatched() {
    let log = Log::default();
    let again = proposal(2, "p1");
    let other = event(&Mode::Handoff, 3, "bob", &HandoffOfferPayload::default());
    let events = [start(1), again.clone(), again, other];
    let ended = run(observer(&log), events).await.unwrap();
    assert_eq!(ended.ending, Ending::Stopped, "the events ran out");
    let messages = log
        .lines()
        .iter()
        .filter(|l| l.contains("Proposal"))
        .count();
    assert_eq!(messages, 1);
}

fn fails(log: &Log) -> Offstage {
    observer(log)
        .on(|_, _: EvaluationPayload| async { Err(HandlerError::message("out of cheese")) })
}

fn three() -> [SessionEvent; 4] {
    [
        start(1),
        proposal(2, "p1"),
        evaluation(3, "bob"),
        vote(4, "bob"),
    ]
}

#[tokio::test]
async fn a_failure_stops_unless_told_otherwise() {
    let log = Log::default();
    let error = run(fails(&log), three()).await.unwrap_err();
    let failure = error.failure().unwrap();
    assert_eq!(failure.sequence, 3);
    insta::assert_snapshot!(error, @r#"the handler of the Evaluation message "m3" failed"#);
    insta::assert_snapshot!(std::error::Error::source(&error).unwrap(), @"out of cheese");
    assert!(!log.lines().iter().any(|line| line.starts_with('4')));
}

#[tokio::test]
async fn a_failure_may_be_skipped_or_reported() {
    let log = Log::default();
    let skipping = fails(&log).on_error(ErrorPolicy::Skip);
    run(skipping, three()).await.unwrap();
    let lines = log.lines();
    assert!(lines.contains(&"3 Evaluation".to_owned()), "{lines:?}");
    assert!(lines.contains(&"4 Vote".to_owned()), "{lines:?}");

    let reported = Log::default();
    let report = reported.clone();
    let policy = ErrorPolicy::report(move |failure| {
        report.add(format_args!("{failure}: {}", failure.error));
    });
    run(fails(&log).on_error(policy), three()).await.unwrap();
    insta::assert_snapshot!(reported.lines().join("\n"), @r#"the handler of the Evaluation message "m3" failed: out of cheese"#);
}

#[tokio::test]
async fn what_does_not_decode_is_a_failure_and_changes_nothing() {
    let mut garbage = vote(3, "bob");
    garble(&mut garbage);
    let failures = Arc::new(Mutex::new(Vec::new()));
    let seen = failures.clone();
    let policy = ErrorPolicy::report(move |failure| seen.lock().unwrap().push(failure.occasion));
    let participant = observer(&Log::default()).on_error(policy);
    let ended = run(participant, [start(1), proposal(2, "p1"), garbage])
        .await
        .unwrap();
    assert_eq!(ended.projection.transcript().len(), 2);
    let failures = failures.lock().unwrap();
    assert!(
        matches!(&failures[..], [Occasion::Message { message_id, .. }] if message_id == "m3"),
        "{failures:?}"
    );
}

#[tokio::test]
async fn stopping_ends_after_the_message_in_hand() {
    let log = Log::default();
    let stopping = observer(&log).on(|ctx, _: ProposalPayload| {
        ctx.stop();
        async { Ok(()) }
    });
    let ended = run(stopping, three()).await.unwrap();
    assert_eq!(ended.ending, Ending::Stopped);
    insta::assert_snapshot!(log.lines().join("\n"), @"
    1 SessionStart
    proposal p1 true
    proposal again
    2 Proposal
    any phase Evaluation
    ");

    let stopped = observer(&log);
    stopped.stop_handle().stop();
    let ended = run(stopped, three()).await.unwrap();
    assert_eq!(ended.ending, Ending::Stopped);
    assert_eq!(log.lines(), [""; 0]);
}

#[tokio::test]
async fn stopping_ends_a_wait_for_events() {
    let participant = observer(&Log::default());
    let stop = participant.stop_handle();
    let running = tokio::spawn(participant.run_on(stream::pending()));
    stop.stop();
    let ended = running.await.unwrap().unwrap();
    assert_eq!(ended.ending, Ending::Stopped);
}

#[tokio::test]
async fn a_context_that_is_kept_stays_as_it_was() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = kept.clone();
    let participant = observer(&Log::default()).on_message(move |ctx| {
        keep.lock().unwrap().push(ctx);
        async { Ok(()) }
    });
    let ended = run(participant, three()).await.unwrap();
    assert_eq!(ended.projection.transcript().len(), 4);
    let kept = kept.lock().unwrap();
    for (ctx, index) in kept.iter().zip(1_u64..) {
        assert_eq!(ctx.sequence(), index);
        assert_eq!(ctx.projection().transcript().len() as u64, index);
        assert_eq!(ctx.message().unwrap().message_id, format!("m{index}"));
        assert_eq!(ctx.participant_id(), "alice");
    }
}

#[tokio::test]
async fn one_that_was_started_again_knows_what_it_did() {
    let log = Log::default();
    let (seen, caught) = (log.clone(), log.clone());
    let participant = Participant::<DecisionState, _>::offline("alice")
        .on_message(move |ctx| {
            seen.add(format_args!("{} {}", ctx.sequence(), ctx.is_replaying()));
            async { Ok(()) }
        })
        .on_caught_up(move |ctx| {
            caught.add(format_args!("caught up {}", ctx.is_replaying()));
            async { Ok(()) }
        });
    let shared = Shared {
        participant_id: "alice".to_owned(),
        acts: (),
        stop: StopHandle::new(),
    };
    let mut dispatcher = Dispatcher::new(participant.handlers, ErrorPolicy::Skip, shared, 2);
    let started = decision(1, "alice", &SessionStartPayload::default());
    // One that does not decode counts: the runtime counted it too.
    let mut garbled = evaluation(3, "alice");
    garble(&mut garbled);
    for event in [
        started,
        proposal(2, "p1"),
        garbled,
        evaluation(4, "bob"),
        vote(5, "alice"),
        vote(6, "bob"),
    ] {
        dispatcher.take(event).unwrap();
        assert_eq!(dispatcher.handle().await.unwrap(), None);
    }
    insta::assert_snapshot!(log.lines().join("\n"), @"
    1 true
    2 true
    4 true
    5 true
    caught up false
    6 false
    ");
}

#[test]
fn running_can_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&observer(&Log::default()).run_on(stream::empty()));
}
