//! The client against the real runtime.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is the test's failure, in helpers too"
)]

#[path = "live/bad_peers.rs"]
mod bad_peers;
#[path = "live/common.rs"]
mod common;
#[path = "live/credentials.rs"]
mod credentials;
#[path = "live/jwt.rs"]
mod jwt;
#[path = "live/pool.rs"]
mod pool;
#[path = "live/reading.rs"]
mod reading;
#[path = "live/registries.rs"]
mod registries;
#[path = "live/retries.rs"]
mod retries;
#[path = "live/sending.rs"]
mod sending;
#[path = "live/streams.rs"]
mod streams;
#[path = "live/subscriptions.rs"]
mod subscriptions;
#[path = "live/tls.rs"]
mod tls;
#[path = "live/watches.rs"]
mod watches;
