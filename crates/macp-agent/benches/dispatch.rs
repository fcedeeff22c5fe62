//! What dispatching costs on top of applying: a session of 100,000 votes, applied to a projection,
//! and run through a participant whose handler looks at each message, or takes each vote decoded.
//!
//! `dispatch` may take at most 1.3 times what `apply` takes. `dispatch decoded` shows what a typed
//! handler's own value costs besides: a payload of three strings is three allocations.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a panic is the failure of a benchmark, and criterion's macros document nothing"
)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::stream;
use macp_agent::{Ended, Offline, Participant};
use macp_projections::decision::{DecisionProjection, DecisionState};
use macp_proto::modes::decision::{ProposalPayload, VotePayload};
use macp_proto::v1::Envelope;
use macp_proto::{MessageId, Mode, Payload, SessionId};
use macp_transport::SessionEvent;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::Runtime;

const PROPOSALS: usize = 100;
const VOTERS: usize = 1000;

fn envelope<P: Payload>(id: usize, sender: &str, payload: &P) -> Envelope {
    let session = SessionId::new("release-2026-11-approval").unwrap();
    let id = MessageId::new(format!("0192f0c4-1f5e-7c3a-9b1d-{id:012}")).unwrap();
    let mut envelope = Envelope::in_session(&session, &Mode::Decision, &id, payload);
    sender.clone_into(&mut envelope.sender);
    envelope
}

fn history() -> Vec<Envelope> {
    let proposals = (0..PROPOSALS).map(|n| {
        let payload = ProposalPayload {
            proposal_id: format!("p{n}"),
            option: "deploy".into(),
            ..Default::default()
        };
        envelope(n, "coordinator", &payload)
    });
    let votes = (0..PROPOSALS * VOTERS).map(|n| {
        let payload = VotePayload {
            proposal_id: format!("p{}", n % PROPOSALS),
            vote: "APPROVE".into(),
            reason: "low risk".into(),
        };
        envelope(PROPOSALS + n, &format!("voter-{}", n / PROPOSALS), &payload)
    });
    proposals.chain(votes).collect()
}

fn events(history: &[Envelope]) -> Vec<SessionEvent> {
    let event = |(sequence, envelope): (u64, &Envelope)| SessionEvent::Envelope {
        sequence,
        envelope: envelope.clone(),
    };
    (1..).zip(history).map(event).collect()
}

type Observer = Participant<DecisionState, Offline>;

/// Runs a participant whose handlers count the votes.
fn run(
    runtime: &Runtime,
    events: Vec<SessionEvent>,
    handling: impl FnOnce(Observer, Arc<AtomicUsize>) -> Observer,
) -> Ended<DecisionState> {
    let votes = Arc::new(AtomicUsize::new(0));
    let participant = handling(Observer::offline("alice"), votes.clone());
    let ended = runtime.block_on(participant.run_on(stream::iter(events)));
    assert_eq!(votes.load(Ordering::Relaxed), PROPOSALS * VOTERS);
    ended.unwrap()
}

fn dispatching(c: &mut Criterion) {
    let history = history();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let mut group = c.benchmark_group("100k messages");
    group.sample_size(20);
    group.throughput(Throughput::Elements(history.len() as u64));
    group.bench_function("apply", |b| {
        let apply = |events: Vec<SessionEvent>| {
            let mut projection = DecisionProjection::new();
            for event in events {
                if let SessionEvent::Envelope { envelope, .. } = event {
                    projection.apply(envelope).unwrap();
                }
            }
            projection
        };
        b.iter_batched(|| events(&history), apply, BatchSize::PerIteration);
    });
    group.bench_function("dispatch", |b| {
        let dispatch = |events| {
            run(&runtime, events, |participant, votes| {
                participant.on_message(move |ctx| {
                    let is_vote = ctx.message().is_some_and(|m| m.message_type == "Vote");
                    votes.fetch_add(usize::from(is_vote), Ordering::Relaxed);
                    ready(Ok(()))
                })
            })
        };
        b.iter_batched(|| events(&history), dispatch, BatchSize::PerIteration);
    });
    group.bench_function("dispatch decoded", |b| {
        let dispatch = |events| {
            run(&runtime, events, |participant, votes| {
                participant.on(move |_, vote: VotePayload| {
                    votes.fetch_add(usize::from(vote.vote == "APPROVE"), Ordering::Relaxed);
                    ready(Ok(()))
                })
            })
        };
        b.iter_batched(|| events(&history), dispatch, BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, dispatching);
criterion_main!(benches);
