//! The Rust SDK for MACP, the Multi-Agent Coordination Protocol.
