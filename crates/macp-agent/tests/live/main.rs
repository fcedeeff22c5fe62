//! Participants against the real runtime.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a panic is the failure of a test"
)]

mod bootstrap;
mod lifecycle;
mod restarts;
mod stopping;
mod strategies;
mod supervisor;
mod support;
