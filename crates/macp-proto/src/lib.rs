//! Wire messages, service stubs and vocabulary of MACP, the Multi-Agent Coordination Protocol.
//!
//! * [`v1`] holds the core messages and the service, [`modes`] the payloads of each mode. They are
//!   generated from the schema in the repository's `proto/` folder and committed, so building this
//!   crate needs no code generator.
//! * The rest types what the schema carries as strings: [`Mode`], [`MessageType`], [`Vote`],
//!   [`Recommendation`], [`Severity`], [`SessionState`], [`ErrorCode`], [`DenyCode`] and the ids.
//!   Sets that a runtime may extend keep a word that they do not know; the others refuse it.
//! * [`Payload`] ties each payload message to its mode and message type, so that
//!   [`v1::Envelope::in_session`] labels a message as what it is, and [`v1::Envelope::decode`]
//!   checks that it is what was asked for.
//!
//! There is no I/O here, and no policy: a message that this crate can write may still be refused.
//!
//! # Messages grow
//!
//! A later version of the schema may add fields, and then the structs have them. End a struct
//! expression of a generated message with `..Default::default()`, and it will still compile.
//!
//! Bytes are [`bytes::Bytes`], so a payload is shared and not copied. Maps are ordered, so the same
//! message always encodes to the same bytes.
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | adds |
//! |---|---|
//! | `client` | the gRPC client stub, in `v1::macp_runtime_service_client` |
//! | `server` | the gRPC service trait, in `v1::macp_runtime_service_server`, for fakes in your tests |
//! | `serde` | `Serialize` and `Deserialize` for the vocabulary and the ids, as their words on the wire |
//! | `random` | fresh random ids: `SessionId::random()` and the like |
//!
//! # Example
//!
//! ```
//! use macp_proto::modes::decision::{ProposalPayload, VotePayload};
//! use macp_proto::v1::Envelope;
//! use macp_proto::{DecodeError, MessageId, Mode, SessionId, Vote};
//!
//! let session = SessionId::new("release-2026-11-approval")?;
//! let vote = VotePayload {
//!     proposal_id: "p1".into(),
//!     vote: Vote::Approve.to_string(),
//!     ..Default::default()
//! };
//! let envelope = Envelope::in_session(&session, &Mode::Decision, &MessageId::new("m1")?, &vote);
//! assert_eq!(envelope.message_type, "Vote");
//!
//! assert_eq!(envelope.decode::<VotePayload>()?, vote);
//! let error = envelope.decode::<ProposalPayload>().unwrap_err();
//! assert!(matches!(error, DecodeError::WrongMessageType { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod words;

mod deny_code;
mod envelope;
mod error_code;
mod generated;
mod ids;
mod invalid;
mod message_type;
mod mode;
mod payload;
mod session_state;
mod vote;

pub use deny_code::DenyCode;
pub use envelope::DecodeError;
pub use error_code::ErrorCode;
pub use generated::{modes, v1};
pub use ids::{CommitmentId, MessageId, SessionId};
pub use invalid::InvalidValue;
pub use message_type::MessageType;
pub use mode::Mode;
pub use payload::Payload;
pub use session_state::SessionState;
pub use vote::{Recommendation, Severity, Vote};

/// The protocol version on every envelope (`macp_version`), RFC-MACP-0001 §3.
pub const PROTOCOL_VERSION: &str = "1.0";

/// The `mode_version` a session binds when its initiator names none.
pub const DEFAULT_MODE_VERSION: &str = "1.0.0";

/// The `configuration_version` a session binds when its initiator names none.
pub const DEFAULT_CONFIGURATION_VERSION: &str = "config.default";

/// The policy a session binds when its initiator names none (RFC-MACP-0012).
pub const DEFAULT_POLICY_VERSION: &str = "policy.default";

/// How the ids of the messages begin that the runtime makes itself, in handoff sessions: accepts
/// of offers that were not answered in time (RFC-MACP-0010). Nobody else's may.
pub const IMPLICIT_ACCEPT_PREFIX: &str = "implicit-accept:";
