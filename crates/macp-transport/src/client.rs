use crate::builder::ClientBuilder;
use crate::call::Call;
use crate::capabilities::Initialized;
use crate::channel::HttpService;
use crate::credentials::Credentials;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::method;
use http::header::AUTHORIZATION;
use macp_proto::v1::macp_runtime_service_client::MacpRuntimeServiceClient;
use macp_proto::{PROTOCOL_VERSION, SessionId, v1};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tonic::Request;
use tonic::metadata::MetadataMap;

pub(crate) type Stub = MacpRuntimeServiceClient<HttpService>;

/// A client of one runtime.
///
/// Cheap to clone; clones share their connections. Every method builds a [`Call`], which is sent
/// when it is awaited.
///
/// ```no_run
/// use macp_transport::{Client, Credentials};
///
/// # async fn example() -> Result<(), macp_transport::Error> {
/// let client = Client::builder("http://127.0.0.1:50051")
///     .allow_insecure()
///     .credentials(Credentials::dev_agent("coordinator"))
///     .connect()
///     .await?;
/// let runtime = client.initialize().await?;
/// println!("{} {}", runtime.runtime_name, runtime.runtime_version);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    credentials: Option<Credentials>,
}

/// What the handles of one client have in common.
pub(crate) struct Shared {
    pub(crate) endpoint: Endpoint,
    pub(crate) service: HttpService,
    pub(crate) deadline: Option<Duration>,
    pub(crate) max_message_size: usize,
    pub(crate) initialized: RwLock<Option<Arc<Initialized>>>,
}

impl Client {
    /// Starts to build a client of the runtime at `endpoint`: `https://host:port`, `host:port`
    /// for the same, or `http://host:port` after
    /// [`allow_insecure`](ClientBuilder::allow_insecure).
    pub fn builder(endpoint: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(endpoint.into())
    }

    pub(crate) fn new(shared: Shared, credentials: Option<Credentials>) -> Self {
        Self {
            shared: Arc::new(shared),
            credentials,
        }
    }

    /// A handle that speaks as `credentials`, over the same connections.
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        Self {
            shared: self.shared.clone(),
            credentials: Some(credentials),
        }
    }

    /// Who this handle speaks as.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// What the runtime said at the last [`initialize`](Self::initialize) of any handle.
    pub fn initialized(&self) -> Option<Arc<Initialized>> {
        self.shared
            .initialized
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Agrees on the protocol version and learns what the runtime offers (RFC-MACP-0001).
    ///
    /// The answer is kept: see [`initialized`](Self::initialized). Needs no credentials.
    ///
    /// # Errors
    ///
    /// `UNSUPPORTED_PROTOCOL_VERSION` when the runtime does not speak version 1.0.
    pub fn initialize(&self) -> Call<method::Initialize> {
        Call::new(
            self,
            v1::InitializeRequest {
                supported_protocol_versions: vec![PROTOCOL_VERSION.to_owned()],
                client_info: Some(v1::ClientInfo {
                    name: env!("CARGO_PKG_NAME").to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    ..v1::ClientInfo::default()
                }),
                capabilities: None,
            },
        )
    }

    /// Sends a message (RFC-MACP-0001 §5).
    ///
    /// An empty `sender` becomes that of the credentials. A message that the runtime has accepted
    /// before, by its id, is acknowledged again with [`duplicate`](crate::Accepted::duplicate) set:
    /// sending the same envelope twice is safe, except for `Signal` and `Progress`, which the
    /// runtime passes on without remembering them.
    ///
    /// # Errors
    ///
    /// [`Error::IdentityMismatch`] when the envelope names another sender than the credentials
    /// expect, [`Error::Refused`] with the registry code when the runtime says no.
    pub fn send(&self, envelope: v1::Envelope) -> Call<method::Send> {
        Call::new(
            self,
            v1::SendRequest {
                envelope: Some(envelope),
            },
        )
    }

    /// Reads a session's metadata, for its initiator, its participants and observers.
    ///
    /// # Errors
    ///
    /// `SESSION_NOT_FOUND` when it never was or has been evicted, `FORBIDDEN` for anyone else.
    pub fn get_session(&self, session_id: &SessionId) -> Call<method::GetSession> {
        Call::new(
            self,
            v1::GetSessionRequest {
                session_id: session_id.as_str().to_owned(),
            },
        )
    }

    /// Calls a session off (RFC-MACP-0001 §7).
    ///
    /// A session that has already ended stays as it is, and the answer says how it ended: read
    /// [`state`](crate::Accepted::state).
    ///
    /// # Errors
    ///
    /// `SESSION_NOT_FOUND`; `FORBIDDEN` unless the caller started the session or may commit it.
    pub fn cancel_session(
        &self,
        session_id: &SessionId,
        reason: impl Into<String>,
    ) -> Call<method::CancelSession> {
        Call::new(
            self,
            v1::CancelSessionRequest {
                session_id: session_id.as_str().to_owned(),
                reason: reason.into(),
            },
        )
    }

    /// Pauses an open session: it accepts no messages, and its clock stands still.
    ///
    /// # Errors
    ///
    /// `SESSION_NOT_OPEN` when it is not open, `SESSION_NOT_FOUND`, `FORBIDDEN`.
    pub fn suspend_session(
        &self,
        session_id: &SessionId,
        reason: impl Into<String>,
    ) -> Call<method::SuspendSession> {
        Call::new(
            self,
            v1::SuspendSessionRequest {
                session_id: session_id.as_str().to_owned(),
                reason: reason.into(),
            },
        )
    }

    /// Opens a suspended session again; its deadline moves by the time it was suspended.
    ///
    /// # Errors
    ///
    /// `SESSION_NOT_OPEN` when it is not suspended, or was for too long and has expired;
    /// `SESSION_NOT_FOUND`, `FORBIDDEN`.
    pub fn resume_session(
        &self,
        session_id: &SessionId,
        reason: impl Into<String>,
    ) -> Call<method::ResumeSession> {
        Call::new(
            self,
            v1::ResumeSessionRequest {
                session_id: session_id.as_str().to_owned(),
                reason: reason.into(),
            },
        )
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn stub(&self) -> Stub {
        Stub::new(self.shared.service.clone())
            .max_decoding_message_size(self.shared.max_message_size)
    }

    pub(crate) fn remember(&self, initialized: Arc<Initialized>) {
        *self
            .shared
            .initialized
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(initialized);
    }
}

/// Puts the credentials into the request's metadata.
pub(crate) fn authorize<T>(
    request: &mut Request<T>,
    credentials: &Credentials,
) -> Result<(), Error> {
    let mut headers = std::mem::take(request.metadata_mut()).into_headers();
    headers.insert(AUTHORIZATION, credentials.authorization()?);
    *request.metadata_mut() = MetadataMap::from_headers(headers);
    Ok(())
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoint", &self.shared.endpoint)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
