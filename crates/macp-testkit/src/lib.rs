//! Runs the real MACP runtime for tests.
