//! Client of the MACP runtime: endpoint, TLS, credentials, every RPC, streams that survive, typed
//! errors.
//!
//! A [`Client`] is built once and cloned freely. Each RPC is a method that builds a [`Call`]: set
//! what is optional, then await it. What the runtime says no to, what was lost on the way and what
//! was refused before it was sent are one [`Error`] with predicates for what callers ask.
//!
//! ```no_run
//! use macp_proto::SessionId;
//! use macp_transport::{Client, Credentials};
//! use std::time::Duration;
//!
//! # async fn example(session_id: SessionId) -> Result<(), macp_transport::Error> {
//! let client = Client::builder("https://runtime.example:50051")
//!     .credentials(Credentials::bearer("token")?.expect_sender("alice"))
//!     .connect()
//!     .await?;
//! let session = client
//!     .get_session(&session_id)
//!     .deadline(Duration::from_secs(5))
//!     .await?;
//! println!("{} is {}", session.session_id, session.state);
//! # Ok(())
//! # }
//! ```
//!
//! * [`Client::subscribe`] follows a session's accepted history, [`Client::watch_sessions`] and its
//!   siblings what changes at the runtime; both come back by themselves when a connection breaks.
//! * [`RetryPolicy`] says what is repeated: by default whatever is harmless to repeat.
//! * [`Credentials`] and [`Tls`] say who speaks and who is trusted. Secrets never show in `Debug`,
//!   errors or logs.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `tls-native-roots` | yes | `Tls::system_roots`: trust what the operating system trusts |
//! | `tls-webpki-roots` | | `Tls::bundled_roots`: trust Mozilla's roots, compiled in |
//! | `otel` | | OpenTelemetry: the `send` span, and W3C trace context on every RPC |

mod builder;
mod call;
mod capabilities;
mod channel;
mod client;
mod codec;
mod credentials;
mod endpoint;
mod environment;
mod error;
mod finish;
mod lifecycle;
pub mod method;
mod pacing;
mod pool;
mod retry;
mod rpc;
mod session;
mod stream;
mod telemetry;
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

#[cfg(doctest)]
#[doc = include_str!("../../../docs/streams.md")]
struct StreamsPage;
