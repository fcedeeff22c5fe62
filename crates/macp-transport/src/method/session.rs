//! Sessions: starting to talk, sending, reading and ending.

use super::rpc;
use crate::call::Call;
use crate::call::sealed::Unary;
use crate::capabilities::Initialized;
use crate::client::Client;
use crate::codec::framed;
use crate::credentials::Credentials;
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::rpc::Rpc;
use crate::session::{Accepted, SessionMetadata, missing};
use crate::telemetry::Trace;
use bytes::Bytes;
use macp_proto::{MessageType, PROTOCOL_VERSION, SessionId, v1};
use std::sync::Arc;

impl Client {
    /// Agrees on the protocol version and learns what the runtime offers (RFC-MACP-0001).
    ///
    /// The answer is kept: see [`initialized`](Self::initialized). Needs no credentials.
    ///
    /// # Errors
    ///
    /// `UNSUPPORTED_PROTOCOL_VERSION` when the runtime does not speak version 1.0.
    pub fn initialize(&self) -> Call<Initialize> {
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
}

/// [`Client::initialize`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Initialize;

impl Unary for Initialize {
    rpc!(Initialize: InitializeRequest -> InitializeResponse);
    type Output = Arc<Initialized>;

    fn accept(client: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        if response.selected_protocol_version != PROTOCOL_VERSION {
            return Err(TransportError::new(
                TransportErrorKind::Protocol,
                format!(
                    "it selects the protocol version {:?}, which was not offered",
                    response.selected_protocol_version
                ),
            )
            .into());
        }
        let initialized = Arc::new(Initialized::from_wire(response));
        client.remember(initialized.clone());
        Ok(initialized)
    }
}

impl Client {
    /// Sends a message (RFC-MACP-0001).
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
    pub fn send(&self, envelope: impl Into<Arc<v1::Envelope>>) -> Call<Send> {
        Call::new(self, envelope.into())
    }
}

/// The number of `SendRequest`'s only field.
const ENVELOPE: u32 = 1;

/// [`Client::send`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Send;

impl Unary for Send {
    const RPC: Rpc = Rpc::Send;
    type Request = Arc<v1::Envelope>;
    type Response = v1::SendResponse;
    type Output = Accepted;

    fn encode(envelope: &Self::Request) -> Bytes {
        // A `SendRequest` around the envelope, which is not cloned for it.
        let len = prost::encoding::message::encoded_len(ENVELOPE, &**envelope);
        framed(len, |frame| {
            prost::encoding::message::encode(ENVELOPE, &**envelope, frame);
        })
    }

    fn prepare(
        envelope: &mut Self::Request,
        credentials: Option<&Credentials>,
    ) -> Result<(), Error> {
        if let Some(credentials) = credentials
            && let Some(sender) = credentials.guard(&envelope.sender)?
        {
            sender.clone_into(&mut Arc::make_mut(envelope).sender);
        }
        Ok(())
    }

    fn trace(envelope: &Self::Request) -> Trace {
        Trace::send(envelope)
    }

    fn is_duplicate(accepted: &Self::Output) -> bool {
        accepted.duplicate
    }

    /// The runtime passes ambient messages on without remembering their ids.
    fn is_idempotent(envelope: &Self::Request) -> bool {
        MessageType::Signal != envelope.message_type.as_str()
            && MessageType::Progress != envelope.message_type.as_str()
    }

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Accepted::from_wire(response.ack)
    }

    fn subject(envelope: &Self::Request) -> (&str, &str) {
        (&envelope.session_id, &envelope.message_id)
    }
}

impl Client {
    /// Reads a session's metadata, for its initiator, its participants and observers.
    ///
    /// # Errors
    ///
    /// `SESSION_NOT_FOUND` when it never was or has been evicted, `FORBIDDEN` for anyone else.
    pub fn get_session(&self, session_id: &SessionId) -> Call<GetSession> {
        Call::new(
            self,
            v1::GetSessionRequest {
                session_id: session_id.as_str().to_owned(),
            },
        )
    }
}

/// [`Client::get_session`].
#[derive(Debug)]
#[non_exhaustive]
pub struct GetSession;

impl Unary for GetSession {
    rpc!(GetSession: GetSessionRequest -> GetSessionResponse);
    type Output = SessionMetadata;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        response
            .metadata
            .map(SessionMetadata::from)
            .ok_or_else(|| missing("session metadata"))
    }

    fn subject(request: &Self::Request) -> (&str, &str) {
        (&request.session_id, "")
    }
}

impl Client {
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
    ) -> Call<CancelSession> {
        Call::new(
            self,
            v1::CancelSessionRequest {
                session_id: session_id.as_str().to_owned(),
                reason: reason.into(),
            },
        )
    }
}

/// [`Client::cancel_session`].
#[derive(Debug)]
#[non_exhaustive]
pub struct CancelSession;

impl Unary for CancelSession {
    rpc!(CancelSession: CancelSessionRequest -> CancelSessionResponse);
    type Output = Accepted;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Accepted::from_wire(response.ack)
    }

    fn subject(request: &Self::Request) -> (&str, &str) {
        (&request.session_id, "")
    }
}

impl Client {
    /// Pauses an open session: it accepts no messages, and its clock stands still.
    ///
    /// # Errors
    ///
    /// `SESSION_NOT_OPEN` when it is not open, `SESSION_NOT_FOUND`, `FORBIDDEN`.
    pub fn suspend_session(
        &self,
        session_id: &SessionId,
        reason: impl Into<String>,
    ) -> Call<SuspendSession> {
        Call::new(
            self,
            v1::SuspendSessionRequest {
                session_id: session_id.as_str().to_owned(),
                reason: reason.into(),
            },
        )
    }
}

/// [`Client::suspend_session`].
#[derive(Debug)]
#[non_exhaustive]
pub struct SuspendSession;

impl Unary for SuspendSession {
    rpc!(SuspendSession: SuspendSessionRequest -> SuspendSessionResponse);
    type Output = Accepted;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Accepted::from_wire(response.ack)
    }

    fn subject(request: &Self::Request) -> (&str, &str) {
        (&request.session_id, "")
    }
}

impl Client {
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
    ) -> Call<ResumeSession> {
        Call::new(
            self,
            v1::ResumeSessionRequest {
                session_id: session_id.as_str().to_owned(),
                reason: reason.into(),
            },
        )
    }
}

/// [`Client::resume_session`].
#[derive(Debug)]
#[non_exhaustive]
pub struct ResumeSession;

impl Unary for ResumeSession {
    rpc!(ResumeSession: ResumeSessionRequest -> ResumeSessionResponse);
    type Output = Accepted;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Accepted::from_wire(response.ack)
    }

    fn subject(request: &Self::Request) -> (&str, &str) {
        (&request.session_id, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;

    #[test]
    fn an_envelope_is_encoded_as_its_request() {
        let envelope = v1::Envelope {
            macp_version: PROTOCOL_VERSION.to_owned(),
            message_id: "m1".to_owned(),
            timestamp_unix_ms: 7,
            payload: vec![1; 1000].into(),
            ..v1::Envelope::default()
        };
        for envelope in [envelope, v1::Envelope::default()] {
            let request = v1::SendRequest {
                envelope: Some(envelope.clone()),
            };
            let message = request.encode_to_vec();
            let framed = framed(message.len(), |frame| frame.extend_from_slice(&message));
            assert_eq!(Send::encode(&envelope.into()), framed);
        }
    }
}
