//! Agents of MACP sessions: participants, strategies, bootstrap files, cancel callback.

pub mod bootstrap;
mod cancel_callback;
mod handler_error;
mod stop;

pub use bootstrap::{Bootstrap, BootstrapError};
pub use cancel_callback::{CancelCallback, CancelRequest};
pub use handler_error::{HandlerError, HandlerResult};
pub use stop::StopHandle;
