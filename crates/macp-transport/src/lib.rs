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
mod retry;
mod rpc;
mod session;
mod throttle;
mod tls;
mod what_if;

pub use builder::ClientBuilder;
pub use call::{Call, Method};
pub use capabilities::{Capability, Initialized};
pub use channel::{HttpError, HttpService};
pub use client::Client;
pub use credentials::Credentials;
pub use error::{Denial, Error, GrpcStatus, Refusal, TransportError, TransportErrorKind};
pub use method::list_sessions::Sessions;
pub use retry::RetryPolicy;
pub use rpc::Rpc;
pub use session::{Accepted, ParticipantActivity, SessionMetadata, SessionPage};
pub use tls::{Identity, PemPart, Tls, TlsError};
pub use what_if::{WhatIf, WhatIfDenial, WhatIfEntry, WhatIfKind, WhatIfOutcome, WhatIfVerdict};
