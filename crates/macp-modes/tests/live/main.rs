//! Session helpers against the real runtime.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a panic is the failure of a test"
)]

mod decision;
mod denials;
mod following;
mod governance;
mod handoff;
mod lifecycle;
mod multi_round;
mod notices;
mod proposal;
mod quorum;
mod requests;
mod support;
mod task;
mod waiting;
