//! Typed session helpers for the modes of MACP.
//!
//! A [`Session`] starts or joins one session of a mode and has that mode's actions as methods. An
//! action is a value: required arguments in the call, optional ones by name, sent when awaited.
//! What a session sees of itself is its *view*, and the type says which: [`OwnSends`] applies what
//! was sent through it, [`Followed`] the accepted history.
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
//! # What a session sees
//!
//! * [`OwnSends`], from [`start`](Session::start) and [`attach`](Session::attach): what was sent
//!   through this value, whoever it was sent for. Cheap, and blind to other processes.
//! * [`Followed`], from [`join`](Session::join) and [`follow`](Session::follow): the accepted
//!   history, everybody's messages in order, through broken connections and restarts. It can wait
//!   for conditions.
//!
//! A [`Follower`] takes a session message by message.

mod action;
mod commit;
mod decision;
mod delivery;
mod error;
mod follow;
mod follower;
mod handoff;
mod history;
mod multi_round;
mod notice;
mod policy;
mod proposal;
mod quorum;
mod send_only;
mod session;
mod start;
mod task;
mod view;

pub use action::{Action, ActionContext, ActionPayload};
pub use decision::DecisionSession;
pub use error::Error;
pub use follow::{FollowStatus, Followed, Seen, SeenRef, Wait};
pub use follower::Follower;
pub use handoff::HandoffSession;
pub use history::{Change, History};
pub use multi_round::MultiRoundSession;
pub use notice::{Progress, ProgressScope, Signal};
pub use policy::GovernedMode;
pub use proposal::ProposalSession;
pub use quorum::QuorumSession;
pub use send_only::SendOnly;
pub use session::{Session, SessionMode, Versions};
pub use start::SessionStart;
pub use task::TaskSession;
pub use view::{OwnSends, View};

#[cfg(doctest)]
#[doc = include_str!("../../../docs/sessions.md")]
struct SessionsPage;
