//! The Rust SDK for MACP, the Multi-Agent Coordination Protocol.
//!
//! In MACP several agents reach one binding outcome. A session is started in a *mode*, participants
//! exchange typed messages, and one `Commitment` seals the result. A server, the *runtime*, orders,
//! validates and records everything. This crate is the client side: it re-exports the layers below,
//! which can also be used one by one.
//!
//! # A decision, from start to end
//!
//! ```no_run
//! use macp_sdk::{Client, Credentials, DecisionSession, Recommendation, SessionStart, Vote};
//! use std::time::Duration;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder("http://127.0.0.1:50051")
//!     .allow_insecure() // plaintext is opt-in, for local development only
//!     .credentials(Credentials::dev_agent("coordinator"))
//!     .connect()
//!     .await?;
//! let (alice, bob) = (Credentials::dev_agent("alice"), Credentials::dev_agent("bob"));
//!
//! let mut session = DecisionSession::start(
//!     &client,
//!     SessionStart::new("pick a deployment plan")
//!         .participants(["coordinator", "alice", "bob"])
//!         .ttl(Duration::from_secs(60)),
//! )
//! .await?;
//!
//! session.propose("p1", "deploy v2.1").rationale("tests passed").await?;
//! session.evaluate("p1", Recommendation::Approve, 0.94).reason("low risk").sent_by(&alice).await?;
//! session.vote("p1", Vote::Approve).reason("ship it").sent_by(&bob).await?;
//!
//! if let Some(winner) = session.projection().majority_winner() {
//!     let reason = format!("winner={winner}");
//!     session.commit("deployment.approved", "release-management").reason(reason).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Replay, without a network
//!
//! A projection is the state that follows from a session's accepted history. The same code runs
//! offline: depend on `macp-projections` alone, or on this crate without its default features.
//!
//! ```
//! use macp_sdk::projections::DecisionProjection;
//! use macp_sdk::proto::v1::Envelope;
//!
//! fn winner(history: Vec<Envelope>) -> Result<Option<String>, macp_sdk::projections::ApplyError> {
//!     let mut projection = DecisionProjection::new();
//!     for envelope in history {
//!         projection.apply(envelope)?;
//!     }
//!     Ok(projection.majority_winner().map(str::to_owned))
//! }
//! # assert_eq!(winner(Vec::new())?, None);
//! # Ok::<(), macp_sdk::projections::ApplyError>(())
//! ```
//!
//! # The layers
//!
//! | module | crate | holds |
//! |---|---|---|
//! | [`proto`] | `macp-proto` | wire messages and the protocol's vocabulary |
//! | [`projections`] | `macp-projections` | state from history, policies, commitments, transcripts |
#![cfg_attr(
    feature = "client",
    doc = "| [`transport`] | `macp-transport` | the client: connections, credentials, every call |"
)]
#![cfg_attr(
    feature = "client",
    doc = "| [`modes`] | `macp-modes` | sessions, one type a mode |"
)]
#![cfg_attr(
    feature = "agent",
    doc = "| [`agent`] | `macp-agent` | participants with handlers and strategies |"
)]
//!
//! # Errors
//!
//! An error says what a caller branches on as data. What the runtime refused carries its registry
//! code, and a policy's refusal its denials; what failed on the way says whether the runtime may
//! have acted all the same; a value that breaks a rule is refused before anything is sent and names
//! the field.
//!
//! ```no_run
//! # use macp_sdk::{DecisionSession, ErrorCode, Vote};
//! # async fn example(mut session: DecisionSession) {
//! match session.vote("p1", Vote::Approve).await {
//!     Ok(accepted) => println!("accepted, duplicate: {}", accepted.duplicate),
//!     Err(error) if error.code() == Some(&ErrorCode::SessionNotOpen) => println!("too late"),
//!     Err(error) if error.may_have_acted() => println!("ask again: {error}"),
//!     Err(error) => println!("refused: {error}"),
//! }
//! # }
//! ```
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `client` | yes | everything that talks to a runtime |
//! | `agent` | no | participants with handlers and strategies, bootstrap files |
//! | `receipts` | no | verifying decision receipts |
//! | `bundled-roots` | no | TLS roots compiled in, besides those of the system |
//! | `otel` | no | OpenTelemetry spans and trace context |
//! | `logging` | no | a `tracing` subscriber for programs |

#[cfg(feature = "logging")]
pub mod logging;

pub use macp_projections as projections;
pub use macp_proto as proto;

#[cfg(feature = "agent")]
pub use macp_agent as agent;
#[cfg(feature = "client")]
pub use macp_modes as modes;
#[cfg(feature = "client")]
pub use macp_transport as transport;

pub use macp_proto::{
    CommitmentId, DenyCode, ErrorCode, InvalidValue, MessageId, MessageType, Mode, Recommendation,
    SessionId, SessionState, Severity, Vote,
};

#[cfg(feature = "client")]
pub use macp_modes::{
    DecisionSession, Error, HandoffSession, MultiRoundSession, Progress, ProposalSession,
    QuorumSession, Session, SessionStart, Signal, TaskSession,
};
#[cfg(feature = "client")]
pub use macp_transport::{Accepted, Client, Credentials};

#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../../../README.md")]
struct Readme;

#[cfg(all(doctest, feature = "logging"))]
#[doc = include_str!("../../../docs/logging.md")]
struct LoggingPage;
