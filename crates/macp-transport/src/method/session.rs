//! Sessions: starting to talk, sending, reading and ending.

use super::rpc;
use crate::call::sealed::Unary;
use crate::capabilities::Initialized;
use crate::client::Client;
use crate::credentials::Credentials;
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::session::{Accepted, SessionMetadata, missing};
use macp_proto::PROTOCOL_VERSION;
use std::sync::Arc;

/// [`Client::initialize`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Initialize;

impl Unary for Initialize {
    rpc!(Initialize = initialize: InitializeRequest -> InitializeResponse);
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

/// [`Client::send`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Send;

impl Unary for Send {
    rpc!(Send = send: SendRequest -> SendResponse);
    type Output = Accepted;

    fn prepare(
        request: &mut Self::Request,
        credentials: Option<&Credentials>,
    ) -> Result<(), Error> {
        match (&mut request.envelope, credentials) {
            (Some(envelope), Some(credentials)) => credentials.guard(&mut envelope.sender),
            _ => Ok(()),
        }
    }

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Accepted::from_wire(response.ack)
    }

    fn subject(request: &Self::Request) -> (&str, &str) {
        request.envelope.as_ref().map_or(("", ""), |envelope| {
            (&envelope.session_id, &envelope.message_id)
        })
    }
}

/// [`Client::get_session`].
#[derive(Debug)]
#[non_exhaustive]
pub struct GetSession;

impl Unary for GetSession {
    rpc!(GetSession = get_session: GetSessionRequest -> GetSessionResponse);
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

/// [`Client::cancel_session`].
#[derive(Debug)]
#[non_exhaustive]
pub struct CancelSession;

impl Unary for CancelSession {
    rpc!(CancelSession = cancel_session: CancelSessionRequest -> CancelSessionResponse);
    type Output = Accepted;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Accepted::from_wire(response.ack)
    }

    fn subject(request: &Self::Request) -> (&str, &str) {
        (&request.session_id, "")
    }
}

/// [`Client::suspend_session`].
#[derive(Debug)]
#[non_exhaustive]
pub struct SuspendSession;

impl Unary for SuspendSession {
    rpc!(SuspendSession = suspend_session: SuspendSessionRequest -> SuspendSessionResponse);
    type Output = Accepted;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Accepted::from_wire(response.ack)
    }

    fn subject(request: &Self::Request) -> (&str, &str) {
        (&request.session_id, "")
    }
}

/// [`Client::resume_session`].
#[derive(Debug)]
#[non_exhaustive]
pub struct ResumeSession;

impl Unary for ResumeSession {
    rpc!(ResumeSession = resume_session: ResumeSessionRequest -> ResumeSessionResponse);
    type Output = Accepted;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Accepted::from_wire(response.ack)
    }

    fn subject(request: &Self::Request) -> (&str, &str) {
        (&request.session_id, "")
    }
}
