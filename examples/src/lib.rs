//! Runnable examples of the MACP Rust SDK.
