//! Agents of MACP sessions: participants, strategies, bootstrap files, cancel callback.
//!
//! * A [`Participant`] follows one session and calls your handlers in order, typed by payload. It
//!   ends when the session ends, and says how.
//! * A [`strategy`] decides who evaluates, votes and commits, by which rule. The participant does
//!   it, once.
//! * A [`Bootstrap`] file holds all that one participant needs to start, in the format that the
//!   ecosystem's other SDKs read too.
//! * A [`CancelCallback`] lets a control plane stop a participant over HTTP.
//! * A [`Supervisor`] runs many participants in one process.
//!
//! ```no_run
//! use macp_agent::strategy::{Evaluation, MajorityVoter, evaluator_fn};
//! use macp_agent::{Bootstrap, Participant};
//! use macp_projections::decision::DecisionState;
//! use macp_proto::Recommendation;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let bootstrap = Bootstrap::load(None)?; // the file that MACP_BOOTSTRAP_FILE names
//! let client = bootstrap.client().connect().await?;
//! let ended = Participant::<DecisionState>::from_bootstrap(&client, &bootstrap)?
//!     .evaluator(evaluator_fn(|_ctx, _proposal| async {
//!         Ok(Some(Evaluation::new(Recommendation::Approve, 0.9)))
//!     }))
//!     .voter(MajorityVoter::new())
//!     .run()
//!     .await?;
//! println!("{}", ended.ending);
//! # Ok(())
//! # }
//! ```

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
mod payload;
mod stop;
pub mod strategy;
mod supervisor;

pub use bootstrap::{Bootstrap, BootstrapError};
pub use cancel_callback::{CancelCallback, CancelRequest};
pub use context::Context;
pub use ending::{AnyEnded, Ended, Ending};
pub use error::Error;
pub use failure::{ErrorPolicy, Failure, Occasion};
pub use handler_error::{HandlerError, HandlerResult};
pub use participant::{Initiation, Link, Offline, Online, Participant};
pub use stop::StopHandle;
pub use supervisor::{Exit, Supervisor};

#[cfg(doctest)]
#[doc = include_str!("../../../docs/agents.md")]
struct AgentsPage;
