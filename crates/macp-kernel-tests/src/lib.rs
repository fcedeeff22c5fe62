//! Differential tests with the reference implementation; see `tests/`.
