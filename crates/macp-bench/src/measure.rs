//! Wall time, CPU time and memory.

use crate::Failure;
use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::time::{Duration, Instant};

/// Measures from `start` to `stop`.
pub(crate) struct Meter {
    server_pid: Option<u32>,
    server_cpu: f64,
    client_cpu: f64,
    begun: Instant,
}

/// Seconds that passed between a [`Meter`]'s start and stop.
pub(crate) struct Measured {
    pub(crate) elapsed: f64,
    pub(crate) client_cpu: f64,
    pub(crate) server_cpu: f64,
}

impl Meter {
    pub(crate) fn start(server_pid: Option<u32>) -> Result<Self, Failure> {
        Ok(Self {
            server_pid,
            server_cpu: process_cpu_s(server_pid)?,
            client_cpu: client_cpu_s(),
            begun: Instant::now(),
        })
    }

    pub(crate) fn stop(self) -> Result<Measured, Failure> {
        Ok(Measured {
            elapsed: self.begun.elapsed().as_secs_f64(),
            client_cpu: client_cpu_s() - self.client_cpu,
            server_cpu: process_cpu_s(self.server_pid)? - self.server_cpu,
        })
    }
}

/// CPU time of this process, all threads, user and system.
fn client_cpu_s() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).map_or(0.0, |time| time.as_secs_f64())
}

/// CPU seconds of another process, in steps of a clock tick; 0 without one.
fn process_cpu_s(pid: Option<u32>) -> Result<f64, Failure> {
    let Some(pid) = pid else { return Ok(0.0) };
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field, the program's name, may contain anything but ends with the last `)`.
    let (_, fields) = stat.rsplit_once(')').ok_or("/proc/PID/stat has no name")?;
    let ticks = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<f64>)
        .sum::<Result<f64, _>>()?;
    #[allow(clippy::cast_precision_loss, reason = "100")]
    let per_second = rustix::param::clock_ticks_per_second() as f64;
    Ok(ticks / per_second)
}

/// Memory of this process, in MiB.
#[derive(Clone, Copy)]
pub(crate) enum Memory {
    /// Resident now.
    Resident,
    /// Resident at most until now.
    Peak,
}

pub(crate) fn memory_mib(memory: Memory) -> Result<f64, Failure> {
    let key = match memory {
        Memory::Resident => "VmRSS:",
        Memory::Peak => "VmHWM:",
    };
    let status = fs::read_to_string("/proc/self/status")?;
    let kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix(key))
        .and_then(|value| value.split_whitespace().next())
        .ok_or("/proc/self/status has no memory")?
        .parse()?;
    Ok(kib / 1024.0)
}
