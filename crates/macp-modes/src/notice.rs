use crate::action::check_finite;
use crate::delivery::{Delivery, delivery_setters, stamp};
use crate::{Error, Session, SessionMode, View};
use bytes::Bytes;
use macp_proto::v1::{Envelope, ProgressPayload, SignalPayload};
use macp_proto::{InvalidValue, MessageId, Mode, PROTOCOL_VERSION, Payload, SessionId};
use macp_transport::{Accepted, Client};
use std::sync::Arc;

/// A notice outside any session (RFC-MACP-0001 §4), seen by those who watch signals.
///
/// Signals are never recorded: they are not in any history, and nobody may act on one whose sender
/// was not authenticated.
///
/// ```no_run
/// # async fn example(client: macp_transport::Client) -> Result<(), macp_modes::Error> {
/// use macp_modes::Signal;
///
/// Signal::new("cache.warm").data("region=eu").send(&client).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a signal does nothing until it is sent"]
pub struct Signal {
    payload: SignalPayload,
    delivery: Delivery,
}

impl Signal {
    /// A signal of a type: a name that those who watch agreed on.
    pub fn new(signal_type: impl Into<String>) -> Self {
        Self {
            payload: SignalPayload {
                signal_type: signal_type.into(),
                ..SignalPayload::default()
            },
            delivery: Delivery::default(),
        }
    }

    /// What it carries; the protocol does not read it.
    pub fn data(mut self, data: impl Into<Bytes>) -> Self {
        self.payload.data = data.into();
        self
    }

    /// How sure the sender is: a finite number, from 0 to 1 by custom.
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.payload.confidence = confidence;
        self
    }

    /// The session it relates to, without being part of it.
    pub fn correlates(mut self, session_id: &SessionId) -> Self {
        session_id
            .as_str()
            .clone_into(&mut self.payload.correlation_session_id);
        self
    }

    delivery_setters!();

    /// Sends it, with the client's credentials unless others are set.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a blank type or a confidence that is not finite; otherwise
    /// [`Error::Client`].
    pub async fn send(self, client: &Client) -> Result<Accepted, Error> {
        InvalidValue::if_blank("signal_type", &self.payload.signal_type)?;
        check_finite("confidence", self.payload.confidence)?;
        send(client, &self.payload, None, self.delivery).await
    }
}

/// What a [`Progress`] notice is about.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum ProgressScope {
    /// No session.
    #[default]
    Ambient,
    /// One session. The runtime does not look whether it exists.
    Session(SessionId, Mode),
}

/// A notice of progress, ambient or about one session, never recorded.
///
/// ```no_run
/// # async fn example(session: macp_modes::TaskSession) -> Result<(), macp_modes::Error> {
/// session.progress("download", 3.0).total(10.0).send(session.client()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a progress notice does nothing until it is sent"]
pub struct Progress {
    payload: ProgressPayload,
    scope: ProgressScope,
    delivery: Delivery,
}

impl Progress {
    /// Progress of what `token` names: a finite number, in units of the sender's choice.
    pub fn new(token: impl Into<String>, progress: f64) -> Self {
        Self {
            payload: ProgressPayload {
                progress_token: token.into(),
                progress,
                ..ProgressPayload::default()
            },
            scope: ProgressScope::Ambient,
            delivery: Delivery::default(),
        }
    }

    /// What it is about, instead of nothing in particular.
    pub fn scope(mut self, scope: ProgressScope) -> Self {
        self.scope = scope;
        self
    }

    /// What `progress` will be at the end: a finite number.
    pub fn total(mut self, total: f64) -> Self {
        self.payload.total = total;
        self
    }

    /// What there is to say.
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.payload.message = message.into();
        self
    }

    /// The message that this is the progress of.
    pub fn target(mut self, message_id: &MessageId) -> Self {
        message_id
            .as_str()
            .clone_into(&mut self.payload.target_message_id);
        self
    }

    delivery_setters!();

    /// Sends it, with the client's credentials unless others are set.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a number that is not finite; otherwise [`Error::Client`].
    pub async fn send(self, client: &Client) -> Result<Accepted, Error> {
        check_finite("progress", self.payload.progress)?;
        check_finite("total", self.payload.total)?;
        let session = match &self.scope {
            ProgressScope::Ambient => None,
            ProgressScope::Session(id, mode) => Some((id, mode)),
        };
        send(client, &self.payload, session, self.delivery).await
    }
}

impl<S: SessionMode, V: View<S>> Session<S, V> {
    /// A notice of progress about this session.
    pub fn progress(&self, token: impl Into<String>, progress: f64) -> Progress {
        Progress::new(token, progress).scope(ProgressScope::Session(self.id().clone(), S::MODE))
    }
}

async fn send<P: Payload>(
    client: &Client,
    payload: &P,
    session: Option<(&SessionId, &Mode)>,
    delivery: Delivery,
) -> Result<Accepted, Error> {
    let message_id = delivery.message_id();
    let mut envelope = match session {
        Some((id, mode)) => Envelope::in_session(id, mode, &message_id, payload),
        None => Envelope {
            macp_version: PROTOCOL_VERSION.to_owned(),
            message_type: P::MESSAGE_TYPE.into(),
            message_id: message_id.into(),
            payload: payload.encode_to_vec().into(),
            ..Envelope::default()
        },
    };
    stamp(&mut envelope, delivery.sender(client)?);
    delivery.send(client, Arc::new(envelope)).await
}
