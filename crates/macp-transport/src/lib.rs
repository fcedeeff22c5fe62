//! Client of the MACP runtime: endpoint, TLS, credentials, every RPC, typed errors.

mod builder;
mod call;
mod capabilities;
mod channel;
mod client;
mod credentials;
mod endpoint;
mod environment;
mod error;
mod lifecycle;
pub mod method;
mod pacing;
mod pool;
mod retry;
mod rpc;
mod session;
mod stream;
mod throttle;
mod tls;
mod token;
pub mod watch;
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
pub use stream::connection::{ConnectionState, ConnectionWatch};
pub use stream::raw::{
    OpenSessionStream, SessionReceiver, SessionSender, SessionStream, SessionStreamItem,
};
pub use stream::subscription::{SessionEvent, Subscription};
pub use tls::{Identity, PemPart, Tls, TlsError};
pub use token::{Token, TokenError, TokenFuture, TokenSource};
pub use watch::{
    ObservedSignal, PoliciesSnapshot, RegistryChange, RootsChange, SessionChange,
    SessionChangeKind, Watch, WatchEvent,
};
pub use what_if::{WhatIf, WhatIfDenial, WhatIfEntry, WhatIfKind, WhatIfOutcome, WhatIfVerdict};
