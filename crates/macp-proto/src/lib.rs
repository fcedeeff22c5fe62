//! Wire messages, service stubs and vocabulary of MACP, the Multi-Agent Coordination Protocol.
//!
//! * [`v1`] holds the core messages and the service, [`modes`] the payloads of each mode. They are
//!   generated from the schema in the repository's `proto/` folder and committed, so building this
//!   crate needs no code generator.
//! * The rest types what the schema carries as strings: [`Mode`], [`MessageType`], [`Vote`],
//!   [`Recommendation`], [`Severity`], [`SessionState`], [`ErrorCode`], [`DenyCode`] and the ids.
//! * [`Payload`] ties each payload message to its mode and message type, which is what
//!   [`v1::Envelope::decode`] checks.
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | adds |
//! |---|---|
//! | `client` | the gRPC client stub |
//! | `server` | the gRPC service trait, for fakes in your tests |
//! | `serde` | `Serialize` and `Deserialize` for the vocabulary |
//! | `random` | fresh random ids, such as [`SessionId`]'s `random()` |
//!
//! # Example
//!
//! ```
//! use macp_proto::modes::decision::VotePayload;
//! use macp_proto::v1::Envelope;
//! use macp_proto::{Mode, Payload as _, Vote};
//! use prost::Message as _;
//!
//! let vote = VotePayload {
//!     proposal_id: "p1".into(),
//!     vote: Vote::Approve.to_string(),
//!     reason: "ship it".into(),
//! };
//! let envelope = Envelope {
//!     mode: Mode::Decision.to_string(),
//!     message_type: VotePayload::MESSAGE_TYPE.to_string(),
//!     message_id: "m1".into(),
//!     payload: vote.encode_to_vec().into(),
//!     ..Envelope::default()
//! };
//! assert_eq!(envelope.decode::<VotePayload>()?, vote);
//! # Ok::<(), macp_proto::DecodeError>(())
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
