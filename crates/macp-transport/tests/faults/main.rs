//! What subscriptions and sends survive: the client, a network that fails on command, and the
//! real runtime.
//!
//! Every subscriber must end with exactly the accepted history: in order, no gap, no repeat.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is the test's failure, in helpers too"
)]

mod black_hole;
mod compaction;
mod cut;
mod drops;
mod hurry;
mod lag;
mod lifecycle;
mod many;
mod reader;
mod restart;
mod session;
mod stage;
mod writers;
