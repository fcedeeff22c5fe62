//! What a projection costs, next to the floor of decoding and one insertion into a standard map.
//!
//! `cargo bench -p macp-projections`. Figures of one run compare with one another, not with those
//! of another machine or hour.
#![allow(missing_docs, reason = "criterion's macros write public functions")]
#![allow(clippy::unwrap_used, reason = "a panic is a benchmark's failure")]

#[path = "../tests/workloads/mod.rs"]
mod workloads;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use macp_projections::decision::DecisionState;
use macp_projections::quorum::QuorumState;
use macp_projections::task::TaskState;
use macp_projections::transcript::{TranscriptReader, TranscriptWriter};
use macp_projections::{DecisionProjection, ModeState, Projection};
use macp_proto::v1::Envelope;
use workloads::Floor;

const MESSAGES: usize = 200_000;
const MANY_MESSAGES: usize = 1_000_000;

fn votes(criterion: &mut Criterion) {
    apply::<DecisionState>(criterion, "votes", workloads::votes);
}

fn ballots(criterion: &mut Criterion) {
    apply::<QuorumState>(criterion, "ballots", workloads::ballots);
}

fn updates(criterion: &mut Criterion) {
    apply::<TaskState>(criterion, "updates", workloads::updates);
}

/// The floor and the whole duty: deduplication, records, and the transcript retained.
fn apply<S: ModeState>(criterion: &mut Criterion, name: &str, history: fn(usize) -> Vec<Envelope>) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    for n in [MESSAGES, MANY_MESSAGES] {
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::new("floor", n), |bencher| {
            bencher.iter_batched(
                || history(n),
                |history| {
                    let mut floor = Floor::default();
                    for envelope in &history {
                        floor.apply(envelope);
                    }
                    (floor, history)
                },
                BatchSize::PerIteration,
            );
        });
        group.bench_function(BenchmarkId::new("projection", n), |bencher| {
            bencher.iter_batched(
                || history(n),
                |history| {
                    let mut projection = Projection::<S>::new();
                    for envelope in history {
                        projection.apply(envelope).unwrap();
                    }
                    projection
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn replay(criterion: &mut Criterion) {
    let mut writer = TranscriptWriter::new(Vec::new());
    for envelope in workloads::votes(MESSAGES) {
        writer.write(&envelope).unwrap();
    }
    let file = writer.into_inner().unwrap();
    let mut group = criterion.benchmark_group("transcript file");
    group.sample_size(10);
    group.throughput(Throughput::Elements(MESSAGES as u64));
    group.bench_function("read", |bencher| {
        bencher.iter(|| {
            let envelopes = TranscriptReader::new(file.as_slice());
            assert_eq!(envelopes.map(Result::unwrap).count(), MESSAGES);
        });
    });
    group.bench_function("replay", |bencher| {
        bencher.iter_with_large_drop(|| {
            let mut projection = DecisionProjection::new();
            for envelope in TranscriptReader::new(file.as_slice()) {
                projection.apply(envelope.unwrap()).unwrap();
            }
            projection
        });
    });
    group.finish();
}

criterion_group!(benches, votes, ballots, updates, replay);
criterion_main!(benches);
