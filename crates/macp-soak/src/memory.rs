//! What this process holds in memory, over time.

use crate::Failure;
use crate::session::Counts;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

const BETWEEN: Duration = Duration::from_secs(1);
/// How much the last part of a run may hold, compared with the second.
const GROWTH: f64 = 1.10;
/// Of ten, so that in a run of ten minutes a part is a minute.
const PARTS: usize = 10;

/// Resident memory in MiB, once a second.
pub(crate) struct Memory(Vec<f64>);

impl Memory {
    pub(crate) async fn sample_until(end: Instant, counts: Arc<Counts>) -> Result<Self, Failure> {
        let start = Instant::now();
        let mut ticks = interval(BETWEEN);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut samples = Vec::new();
        while Instant::now() < end {
            ticks.tick().await;
            let resident = resident_mib()?;
            if samples.len() % 60 == 0 {
                println!(
                    "{:>4} s: {resident:.1} MiB, {counts}",
                    start.elapsed().as_secs()
                );
            }
            samples.push(resident);
        }
        Ok(Self(samples))
    }

    /// The mean of each part of the run.
    fn parts(&self) -> Vec<f64> {
        let size = self.0.len().div_ceil(PARTS).max(1);
        #[expect(clippy::cast_precision_loss, reason = "seconds of a run")]
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
        self.0.chunks(size).map(mean).collect()
    }

    /// Fails when the last part of the run held more than the second; in the first it fills up.
    pub(crate) fn check_flat(&self) -> Result<(), Failure> {
        let parts = self.parts();
        match parts[..] {
            [_, second, .., last] if last > second * GROWTH => {
                Err(format!("memory grew from {second:.1} to {last:.1} MiB").into())
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "resident MiB, mean of each tenth:")?;
        for part in self.parts() {
            write!(f, " {part:.1}")?;
        }
        let peak = self.0.iter().copied().fold(0.0, f64::max);
        write!(f, "; peak {peak:.1}")
    }
}

fn resident_mib() -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|value| value.split_whitespace().next())
        .ok_or("/proc/self/status has no VmRSS")?
        .parse()?;
    Ok(kib / 1024.0)
}
