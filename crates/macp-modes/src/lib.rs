//! Typed session helpers for the modes of MACP.
