//! Deterministic projections of MACP sessions, offline replay and governance rules, with no I/O.
