//! What goes wrong meanwhile.

use crate::Failure;
use fastrand::Rng;
use macp_testkit::{Direction, FaultProxy, Runtime};
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two faults, at most.
const CALM: Duration = Duration::from_secs(4);
/// How long one lasts, at most: longer than the clients' keep-alive.
const STORM: Duration = Duration::from_secs(5);
const SLOW: Duration = Duration::from_millis(150);
const NARROW: NonZeroU32 = NonZeroU32::new(64 * 1024).unwrap();

/// Breaks a network and a runtime, and mends them.
pub(crate) struct Faults {
    runtime: Runtime,
    network: FaultProxy,
    random: Rng,
    done: BTreeMap<&'static str, usize>,
}

impl Faults {
    pub(crate) fn new(runtime: Runtime, network: FaultProxy, random: Rng) -> Self {
        Self {
            runtime,
            network,
            random,
            done: BTreeMap::new(),
        }
    }

    /// One fault after the other. In the end all is well again, for as long as the result lives.
    pub(crate) async fn rage_until(mut self, end: Instant) -> Result<Self, Failure> {
        while Instant::now() < end {
            sleep(CALM.mul_f64(self.random.f64())).await;
            let fault = self.one().await?;
            *self.done.entry(fault).or_default() += 1;
        }
        Ok(self)
    }

    async fn one(&mut self) -> Result<&'static str, Failure> {
        let way = Direction::BOTH[self.random.usize(..2)];
        let fault = match self.random.u8(..10) {
            0..3 => {
                self.network.cut();
                return Ok("cut");
            }
            3 => {
                self.network.half_close(way);
                return Ok("half-closed");
            }
            4 => {
                self.runtime.kill()?;
                self.runtime.restart().await?;
                return Ok("killed the runtime");
            }
            5 => {
                self.network.black_hole(way);
                "black hole"
            }
            6 => {
                self.network.refuse().await;
                self.network.cut();
                "refused"
            }
            7 => {
                self.network.drop_new_connections();
                self.network.cut();
                "accepted and dropped"
            }
            8 => {
                self.network.delay(way, SLOW);
                "delayed"
            }
            _ => {
                self.network.throttle(way, NARROW);
                "throttled"
            }
        };
        sleep(STORM.mul_f64(self.random.f64())).await;
        self.network.heal().await?;
        Ok(fault)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "faults:")?;
        for (fault, times) in &self.done {
            write!(f, " {fault} {times},")?;
        }
        write!(f, " {} connections made", self.network.accepted())
    }
}
