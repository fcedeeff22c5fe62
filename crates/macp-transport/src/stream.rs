//! Streams of a session.

pub(crate) mod connection;
mod events;
mod follow;
pub(crate) mod raw;
pub(crate) mod subscription;
mod tracker;
