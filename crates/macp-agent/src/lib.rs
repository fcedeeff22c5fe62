//! Agents of MACP sessions: participants, strategies, bootstrap files, cancel callback.

pub mod bootstrap;
mod cancel_callback;
mod context;
mod dispatch;
mod ending;
mod error;
mod failure;
mod handler_error;
mod handlers;
mod participant;
mod stop;
pub mod strategy;
mod supervisor;

pub use bootstrap::{Bootstrap, BootstrapError};
pub use cancel_callback::{CancelCallback, CancelRequest};
pub use context::Context;
pub use ending::{Ended, Ending};
pub use error::Error;
pub use failure::{ErrorPolicy, Failure, Occasion};
pub use handler_error::{HandlerError, HandlerResult};
pub use participant::{Initiation, Link, Offline, Online, Participant};
pub use stop::StopHandle;
pub use supervisor::{Exit, Supervisor};
