//! The bidirectional stream as the protocol has it.

use crate::client::{Client, Opened};
use crate::credentials::Credentials;
use crate::error::{Error, Refusal};
use crate::rpc::Rpc;
use futures_core::Stream;
use macp_proto::v1::stream_session_response::Response;
use macp_proto::v1::{Envelope, StreamSessionRequest, StreamSessionResponse};
use macp_proto::{InvalidValue, SessionId};
use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc;

/// How many frames wait to be written before `send` does.
const FRAMES: usize = 16;

impl Client {
    /// Opens the bidirectional stream of a session (RFC-MACP-0006 §3.2).
    ///
    /// It is the protocol's own stream, with nothing added: no resumption and no ordinals. To
    /// follow a session through broken connections use [`subscribe`](Self::subscribe); to have
    /// each message acknowledged use [`send`](Self::send).
    pub fn stream_session(&self) -> OpenSessionStream {
        OpenSessionStream {
            client: self.clone(),
        }
    }
}

/// A session stream that is opened when awaited: [`Client::stream_session`].
#[must_use = "nothing is opened until it is awaited"]
#[derive(Debug)]
pub struct OpenSessionStream {
    client: Client,
}

impl OpenSessionStream {
    /// Speaks as `credentials` on this stream, whatever the client's are.
    pub fn credentials(self, credentials: &Credentials) -> Self {
        Self {
            client: self.client.with_credentials(credentials.clone()),
        }
    }

    async fn open(self) -> Result<SessionStream, Error> {
        let (frames, inbound) = open(&self.client).await?;
        let credentials = self.client.credentials().cloned();
        Ok(SessionStream {
            sender: SessionSender {
                frames,
                credentials,
            },
            receiver: SessionReceiver {
                inbound: Some(inbound),
            },
        })
    }
}

impl IntoFuture for OpenSessionStream {
    type Output = Result<SessionStream, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.open())
    }
}

/// Opens the RPC; dropping the sender half-closes it.
pub(super) async fn open(
    client: &Client,
) -> Result<
    (
        mpsc::Sender<StreamSessionRequest>,
        Opened<StreamSessionResponse>,
    ),
    Error,
> {
    let Some(credentials) = client.credentials() else {
        return Err(Error::MissingCredentials {
            rpc: Rpc::StreamSession,
        });
    };
    let (sender, mut receiver) = mpsc::channel(FRAMES);
    let outbound = futures_util::stream::poll_fn(move |cx| receiver.poll_recv(cx));
    let inbound = client
        .open(
            Rpc::StreamSession,
            Some(credentials),
            outbound,
            |mut stub, request| async move { stub.stream_session(request).await },
        )
        .await?;
    Ok((sender, inbound))
}

/// An open bidirectional session stream.
///
/// Reading is a [`Stream`] of [`SessionStreamItem`]s; sending is [`send`](Self::send). It is bound to one
/// session by its first frame. The runtime echoes accepted messages to every subscriber, their
/// sender included; a duplicate is answered with nothing at all. The stream stays open when the
/// session ends, and says nothing about cancellation, expiry, suspension and resumption.
///
/// The runtime ends the stream as soon as all senders are dropped: keep one for as long as you
/// read. Dropping the stream ends the RPC.
#[derive(Debug)]
pub struct SessionStream {
    sender: SessionSender,
    receiver: SessionReceiver,
}

impl SessionStream {
    /// See [`SessionSender::subscribe`].
    pub async fn subscribe(&self, session_id: &SessionId, after: u64) -> Result<(), Error> {
        self.sender.subscribe(session_id, after).await
    }

    /// See [`SessionSender::send`].
    pub async fn send(&self, envelope: Envelope) -> Result<(), Error> {
        self.sender.send(envelope).await
    }

    /// Takes the stream apart, to send and read in different tasks.
    pub fn split(self) -> (SessionSender, SessionReceiver) {
        (self.sender, self.receiver)
    }
}

impl Stream for SessionStream {
    type Item = Result<SessionStreamItem, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.receiver).poll_next(cx)
    }
}

/// The sending side of a [`SessionStream`]. Clones send into the same stream.
#[derive(Clone)]
pub struct SessionSender {
    frames: mpsc::Sender<StreamSessionRequest>,
    credentials: Option<Credentials>,
}

impl SessionSender {
    /// Asks for the accepted messages of a session after the ordinal `after`: 0 for all of them.
    /// What was accepted comes first, what is accepted from now on follows.
    ///
    /// Waits while earlier frames are being written. Cancel-safe: dropped early, nothing is sent.
    ///
    /// # Errors
    ///
    /// [`Error::StreamClosed`]. What the runtime refuses arrives on the reading side.
    pub async fn subscribe(&self, session_id: &SessionId, after: u64) -> Result<(), Error> {
        self.write(StreamSessionRequest {
            envelope: None,
            subscribe_session_id: session_id.as_str().to_owned(),
            after_sequence: after,
        })
        .await
    }

    /// Sends a message. It is not acknowledged: an accepted one comes back as an item, a refused
    /// one as [`SessionStreamItem::Refused`] with its message id, and some refusals end the stream.
    ///
    /// Waits while earlier frames are being written. Cancel-safe: dropped early, nothing is sent.
    ///
    /// # Errors
    ///
    /// [`Error::IdentityMismatch`], [`Error::StreamClosed`], and [`Error::InvalidValue`] for an
    /// ambient message, which would end the stream: use [`send`](Client::send) for those.
    pub async fn send(&self, mut envelope: Envelope) -> Result<(), Error> {
        if envelope.session_id.is_empty() {
            return Err(InvalidValue::new(
                "session_id",
                "is empty",
                "must name the stream's session; ambient messages go through Send",
            )
            .into());
        }
        if let Some(credentials) = &self.credentials
            && let Some(sender) = credentials.guard(&envelope.sender)?
        {
            sender.clone_into(&mut envelope.sender);
        }
        self.write(StreamSessionRequest {
            envelope: Some(envelope),
            ..StreamSessionRequest::default()
        })
        .await
    }

    async fn write(&self, frame: StreamSessionRequest) -> Result<(), Error> {
        self.frames
            .send(frame)
            .await
            .map_err(|_| Error::StreamClosed)
    }
}

impl fmt::Debug for SessionSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionSender")
            .field("credentials", &self.credentials)
            .field("closed", &self.frames.is_closed())
            .finish_non_exhaustive()
    }
}

/// The reading side of a [`SessionStream`].
///
/// It yields `None` once the runtime has ended the stream, and after the one error that broke it.
pub struct SessionReceiver {
    inbound: Option<Opened<StreamSessionResponse>>,
}

impl Stream for SessionReceiver {
    type Item = Result<SessionStreamItem, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(inbound) = &mut self.inbound else {
                return Poll::Ready(None);
            };
            let message = ready!(inbound.poll_message(cx));
            if !matches!(message, Some(Ok(_))) {
                self.inbound = None;
            }
            match message {
                Some(Ok(frame)) => {
                    if let Some(item) = SessionStreamItem::from_wire(frame) {
                        return Poll::Ready(Some(Ok(item)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl fmt::Debug for SessionReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionReceiver")
            .field("ended", &self.inbound.is_none())
            .finish()
    }
}

/// What a session stream brings.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SessionStreamItem {
    /// A message that the runtime accepted.
    Envelope(Envelope),
    /// A frame of ours that the runtime refused; the stream lives on. The message id names the
    /// refused message; it is empty when a subscription was refused.
    Refused(Box<Refusal>),
}

impl SessionStreamItem {
    /// A frame without content is none of the protocol's, and says nothing.
    pub(super) fn from_wire(frame: StreamSessionResponse) -> Option<Self> {
        Some(match frame.response? {
            Response::Envelope(envelope) => Self::Envelope(envelope),
            Response::Error(error) => Self::Refused(Box::new(Refusal::from_wire(Some(error)))),
        })
    }
}
