use crate::measure::{Measured, Memory, Meter, memory_mib};
use crate::options::{Projection as Options, ProjectionMode};
use crate::report::{self, count, rounded};
use crate::{Failure, history};
use macp_projections::decision::DecisionState;
use macp_projections::quorum::QuorumState;
use macp_projections::task::TaskState;
use macp_projections::{ModeState, Projection};
use macp_proto::v1::Envelope;
use serde::Serialize;
use std::vec;

#[derive(Serialize)]
struct Report {
    n: usize,
    elapsed_s: f64,
    rate: f64,
    client_cpu_s_per_1k_msgs: f64,
    rss_envelopes_mib: f64,
    rss_projection_mib: f64,
    peak_rss_mib: f64,
}

/// Applies a history to a projection, with all that it does: deduplication, records, transcript.
pub(crate) fn projection(options: &Options) -> Result<(), Failure> {
    let at_start = memory_mib(Memory::Resident)?;
    let envelopes = history::of(options.mode, options.n)?;
    let built = memory_mib(Memory::Resident)?;
    let (measured, applied) = match options.mode {
        ProjectionMode::Decision => apply::<DecisionState>(envelopes)?,
        ProjectionMode::Quorum => apply::<QuorumState>(envelopes)?,
        ProjectionMode::Task => apply::<TaskState>(envelopes)?,
    };
    report::print(
        &format!("projection-{}", options.mode),
        "envelopes/s",
        Report {
            n: options.n,
            elapsed_s: rounded(measured.elapsed, 4),
            rate: rounded(count(options.n) / measured.elapsed, 1),
            client_cpu_s_per_1k_msgs: rounded(measured.client_cpu / count(options.n) * 1000.0, 6),
            rss_envelopes_mib: rounded(built - at_start, 1),
            rss_projection_mib: rounded(applied - built, 1),
            peak_rss_mib: rounded(memory_mib(Memory::Peak)?, 1),
        },
    )
}

/// The cost of applying, and the resident memory while the projection is alive.
fn apply<S: ModeState>(envelopes: Vec<Envelope>) -> Result<(Measured, f64), Failure> {
    let n = envelopes.len();
    let mut projection = Projection::<S>::new();
    let mut envelopes = envelopes.into_iter();
    let meter = Meter::start(None)?;
    apply_all(&mut projection, &mut envelopes)?;
    let measured = meter.stop()?;
    // What held them is the caller's, and not freed while the clock runs.
    drop(envelopes);
    if projection.transcript().len() != n || !projection.anomalies().is_empty() {
        return Err("the projection did not take every envelope".into());
    }
    Ok((measured, memory_mib(Memory::Resident)?))
}

/// Never inlined, so that a profiler can be told to look at nothing else.
#[inline(never)]
fn apply_all<S: ModeState>(
    projection: &mut Projection<S>,
    envelopes: &mut vec::IntoIter<Envelope>,
) -> Result<(), Failure> {
    for envelope in envelopes {
        projection.apply(envelope)?;
    }
    Ok(())
}
