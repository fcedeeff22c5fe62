//! The line of JSON, with the keys that every client of the comparison uses.

use crate::Failure;
use crate::measure::{Measured, Memory, memory_mib};
use serde::Serialize;

/// Prints the report of one run.
pub(crate) fn print<T: Serialize>(workload: &str, unit: &str, figures: T) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Line<'a, T> {
        r#impl: &'static str,
        workload: &'a str,
        unit: &'a str,
        #[serde(flatten)]
        figures: T,
    }
    let line = Line {
        r#impl: "macp-rust",
        workload,
        unit,
        figures,
    };
    println!("{}", serde_json::to_string(&line)?);
    Ok(())
}

/// Speed and cost of `done` units made of `messages` messages.
#[derive(Serialize)]
pub(crate) struct Figures {
    elapsed_s: f64,
    rate: f64,
    client_cpu_s_per_1k_msgs: f64,
    client_cpu_share: f64,
    server_cpu_s_per_1k_msgs: f64,
    server_cpu_share: f64,
    peak_rss_mib: f64,
}

impl Figures {
    pub(crate) fn new(measured: &Measured, done: usize, messages: usize) -> Result<Self, Failure> {
        let per_1k = |seconds: f64| rounded(seconds / count(messages) * 1000.0, 6);
        let share = |seconds: f64| rounded(seconds / measured.elapsed, 3);
        Ok(Self {
            elapsed_s: rounded(measured.elapsed, 4),
            rate: rounded(count(done) / measured.elapsed, 1),
            client_cpu_s_per_1k_msgs: per_1k(measured.client_cpu),
            client_cpu_share: share(measured.client_cpu),
            server_cpu_s_per_1k_msgs: per_1k(measured.server_cpu),
            server_cpu_share: share(measured.server_cpu),
            peak_rss_mib: rounded(memory_mib(Memory::Peak)?, 1),
        })
    }
}

/// How long one unit took.
#[derive(Serialize)]
pub(crate) struct Latency {
    pub(crate) p50_ms: f64,
    p99_ms: f64,
}

impl Latency {
    pub(crate) fn new(mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        let at = |percent: usize| {
            let index = (seconds.len() * percent / 100).min(seconds.len().saturating_sub(1));
            rounded(seconds.get(index).copied().unwrap_or(0.0) * 1000.0, 4)
        };
        Self {
            p50_ms: at(50),
            p99_ms: at(99),
        }
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts are far below 2 to the 52nd"
)]
pub(crate) fn count(count: usize) -> f64 {
    count as f64
}

pub(crate) fn rounded(value: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::Latency;

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let latency = Latency::new((1..=100).rev().map(|n| f64::from(n) / 1000.0).collect());
        assert!((latency.p50_ms - 51.0).abs() < 1e-9, "{}", latency.p50_ms);
        assert!((latency.p99_ms - 100.0).abs() < 1e-9, "{}", latency.p99_ms);
    }
}
