//! Typed session helpers for the modes of MACP.
//!
//! A [`Session`] starts or joins one session of a mode and has that mode's actions as methods. An
//! action is a value: required arguments in the call, optional ones by name, sent when awaited.
//! What a session sees of itself is its *view*, and the type says which: [`OwnSends`] applies what
//! was sent through it.
//!
//! ```no_run
//! use macp_modes::{DecisionSession, SessionStart};
//! use macp_proto::{Recommendation, Vote};
//! use macp_transport::{Client, Credentials};
//! use std::time::Duration;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder("http://127.0.0.1:50051")
//!     .allow_insecure()
//!     .credentials(Credentials::dev_agent("coordinator"))
//!     .connect()
//!     .await?;
//! let alice = Credentials::dev_agent("alice");
//!
//! let mut session = DecisionSession::start(
//!     &client,
//!     SessionStart::new("pick a deployment plan")
//!         .participants(["coordinator", "alice"])
//!         .ttl(Duration::from_secs(60)),
//! )
//! .await?;
//! session.propose("p1", "deploy v2.1").rationale("tests passed").await?;
//! session.evaluate("p1", Recommendation::Approve, 0.94).sent_by(&alice).await?;
//! session.vote("p1", Vote::Approve).sent_by(&alice).await?;
//! if let Some(winner) = session.projection().majority_winner() {
//!     let reason = format!("winner={winner}");
//!     session.commit("deployment.approved", "release-management").reason(reason).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What a projection sees
//!
//! A session helper applies its *own* sends, whoever it sent them for. Messages that other
//! processes send to the same session are not in its projection.

mod action;
mod commit;
mod decision;
mod error;
mod handoff;
mod multi_round;
mod notice;
mod proposal;
mod quorum;
mod session;
mod start;
mod task;
mod view;

pub use action::{Action, ActionContext, ActionPayload};
pub use decision::DecisionSession;
pub use error::Error;
pub use handoff::HandoffSession;
pub use multi_round::MultiRoundSession;
pub use notice::{Progress, ProgressScope, Signal};
pub use proposal::ProposalSession;
pub use quorum::QuorumSession;
pub use session::{Session, SessionMode, Versions};
pub use start::SessionStart;
pub use task::TaskSession;
pub use view::{OwnSends, View};

#[cfg(doctest)]
#[doc = include_str!("../../../docs/sessions.md")]
struct SessionsPage;
