//! How much memory a projection holds for each envelope that it retains.
#![allow(clippy::unwrap_used, reason = "a panic is the test's failure")]

mod workloads;

use macp_projections::decision::DecisionState;
use macp_projections::quorum::QuorumState;
use macp_projections::task::TaskState;
use macp_projections::{ModeState, Projection};
use macp_proto::v1::Envelope;
use prost::Message as _;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const MESSAGES: usize = 200_000;

fn bytes_in_use() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// Half of its encoded size and 300 bytes are what an envelope may cost beyond itself.
fn holds_within_bounds<S: ModeState>(name: &str, history: fn(usize) -> Vec<Envelope>) {
    let before = bytes_in_use();
    let history = history(MESSAGES);
    let encoded: usize = history.iter().map(Envelope::encoded_len).sum();
    let mut projection = Projection::<S>::new();
    for envelope in history {
        projection.apply(envelope).unwrap();
    }
    let held = bytes_in_use() - before;
    assert_eq!(projection.transcript().len(), MESSAGES);
    let (held, encoded) = (held / MESSAGES, encoded / MESSAGES);
    let bound = encoded * 3 / 2 + 300;
    assert!(
        held <= bound,
        "{name}: {held} bytes for an envelope of {encoded}"
    );
}

/// One test, because they count what the whole process allocates.
#[test]
fn an_envelope_costs_little_more_than_itself() {
    holds_within_bounds::<DecisionState>("votes", workloads::votes);
    holds_within_bounds::<QuorumState>("ballots", workloads::ballots);
    holds_within_bounds::<TaskState>("updates", workloads::updates);
}
