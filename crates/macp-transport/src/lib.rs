//! Client of the MACP runtime: endpoint, TLS, credentials, every RPC, typed errors.

mod builder;
mod call;
mod capabilities;
mod channel;
mod client;
mod credentials;
mod endpoint;
mod error;
pub mod method;
mod rpc;
mod session;
mod tls;

pub use builder::ClientBuilder;
pub use call::{Call, Method};
pub use capabilities::{Capability, Initialized};
pub use channel::{HttpError, HttpService};
pub use client::Client;
pub use credentials::Credentials;
pub use error::{Denial, Error, GrpcStatus, Refusal, TransportError, TransportErrorKind};
pub use rpc::Rpc;
pub use session::{Accepted, ParticipantActivity, SessionMetadata};
pub use tls::{Identity, PemPart, Tls, TlsError};
