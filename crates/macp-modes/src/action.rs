use crate::{Error, Session, SessionMode, View};
use macp_proto::v1::Envelope;
use macp_proto::{InvalidValue, MessageId, Mode, Payload};
use macp_transport::{Accepted, Credentials};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Message ids that the runtime keeps for itself in handoff sessions (RFC-MACP-0010).
const IMPLICIT_ACCEPT_PREFIX: &str = "implicit-accept:";

/// A message to a session, sent when awaited.
///
/// It comes from a method of a [`Session`]. Optional fields are set by name; awaiting it checks the
/// fields, sends the message and, once the runtime has accepted it, tells the session's view, which
/// for [`OwnSends`](crate::OwnSends) is a projection that takes it. A duplicate is a success: [`Accepted::duplicate`] tells.
///
/// # Cancel safety
///
/// Dropping the future may leave the message accepted and not applied. Send it again with the same
/// [`message_id`](Self::message_id): the runtime answers with a duplicate, which is applied.
///
/// # Errors
///
/// [`Error::Invalid`] when a field breaks a rule (nothing was sent), [`Error::Client`] when the
/// runtime refused or could not be reached.
#[must_use = "an action is sent when awaited"]
pub struct Action<'a, S: SessionMode, V, P> {
    session: &'a mut Session<S, V>,
    pub(crate) payload: P,
    options: Options,
}

#[derive(Default)]
struct Options {
    credentials: Option<Credentials>,
    deadline: Option<Duration>,
    message_id: Option<MessageId>,
}

impl<'a, S: SessionMode, V: View<S>, P> Action<'a, S, V, P> {
    pub(crate) fn new(session: &'a mut Session<S, V>, payload: P) -> Self {
        Self {
            session,
            payload,
            options: Options::default(),
        }
    }

    /// Sends it as someone else, over the same connection.
    pub fn sent_by(mut self, credentials: &Credentials) -> Self {
        self.options.credentials = Some(credentials.clone());
        self
    }

    /// How long to wait for the runtime's answer, instead of the client's default.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// The message's id, instead of a random one.
    ///
    /// Choosing it makes a repeated send harmless: the runtime accepts an id once a session.
    pub fn message_id(mut self, id: MessageId) -> Self {
        self.options.message_id = Some(id);
        self
    }
}

impl<S: SessionMode, V: View<S>, P: fmt::Debug> fmt::Debug for Action<'_, S, V, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Action")
            .field("session_id", self.session.id())
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

/// The `reason` setter, which most messages have.
macro_rules! reason_setter {
    ($state:ty: $($payload:ty),+) => {$(
        impl<V: $crate::View<$state>> Action<'_, $state, V, $payload> {
            /// Why: free text.
            pub fn reason(mut self, reason: impl Into<String>) -> Self {
                self.payload.reason = reason.into();
                self
            }
        }
    )+};
}
pub(crate) use reason_setter;

/// What a payload may be checked against before it is sent.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ActionContext<'a> {
    /// Who sends it.
    pub sender: &'a str,
    /// The session's participants; empty when they are not known.
    pub participants: &'a [String],
}

/// A payload that a session can send: the rules it must keep before it goes on the wire.
pub trait ActionPayload: Payload {
    /// Fills what follows from the sender.
    fn complete(&mut self, _context: ActionContext<'_>) {}

    /// Refuses what the runtime would refuse, or what would leave the session unusable.
    fn check(&self, context: ActionContext<'_>) -> Result<(), InvalidValue>;
}

impl<'a, S: SessionMode, V: View<S>, P: ActionPayload> IntoFuture for Action<'a, S, V, P> {
    type Output = Result<Accepted, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            session,
            payload,
            options,
        } = self;
        match prepare(session, payload, &options) {
            Ok(envelope) => Box::pin(send(session, envelope, options)),
            Err(invalid) => Box::pin(std::future::ready(Err(invalid.into()))),
        }
    }
}

fn prepare<S: SessionMode, V: View<S>, P: ActionPayload>(
    session: &Session<S, V>,
    mut payload: P,
    options: &Options,
) -> Result<Envelope, InvalidValue> {
    let message_id = options.message_id.clone().unwrap_or_else(MessageId::random);
    check_message_id::<S>(&message_id)?;
    let sender = sender_of(
        options
            .credentials
            .as_ref()
            .or(session.client().credentials()),
    )?;
    let context = ActionContext {
        sender,
        participants: session.participants(),
    };
    payload.complete(context);
    payload.check(context)?;
    let mut envelope = Envelope::in_session(session.id(), &S::MODE, &message_id, &payload);
    sender.clone_into(&mut envelope.sender);
    envelope.timestamp_unix_ms = now_unix_ms();
    Ok(envelope)
}

async fn send<S: SessionMode, V: View<S>>(
    session: &mut Session<S, V>,
    envelope: Envelope,
    options: Options,
) -> Result<Accepted, Error> {
    let envelope = Arc::new(envelope);
    let mut call = session.client().send(envelope.clone());
    if let Some(credentials) = &options.credentials {
        call = call.credentials(credentials);
    }
    if let Some(deadline) = options.deadline {
        call = call.deadline(deadline);
    }
    let accepted = call.await?;
    session.accepted(Arc::unwrap_or_clone(envelope))?;
    Ok(accepted)
}

/// Refuses an id that the runtime keeps for itself.
pub(crate) fn check_message_id<S: SessionMode>(message_id: &MessageId) -> Result<(), InvalidValue> {
    if S::MODE == Mode::Handoff && message_id.as_str().starts_with(IMPLICIT_ACCEPT_PREFIX) {
        return Err(InvalidValue::new(
            "message_id",
            format_args!("{message_id:?} starts with {IMPLICIT_ACCEPT_PREFIX:?}"),
            "the runtime keeps that prefix for itself in handoff sessions",
        ));
    }
    Ok(())
}

/// The sender that `credentials` speak for, which a projection needs to know.
pub(crate) fn sender_of(credentials: Option<&Credentials>) -> Result<&str, InvalidValue> {
    credentials.and_then(Credentials::sender).ok_or_else(|| {
        InvalidValue::new(
            "credentials",
            "have no sender",
            "a session must know who speaks; name it with `Credentials::expect_sender`",
        )
    })
}

/// The wall clock in Unix milliseconds; 0, which the protocol reads as "not stated", before 1970.
pub(crate) fn now_unix_ms() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}

/// Refuses a double that is not finite: the runtime stores it and can never read the session's
/// state again.
pub(crate) fn check_finite(field: &'static str, value: f64) -> Result<(), InvalidValue> {
    if value.is_finite() {
        return Ok(());
    }
    Err(InvalidValue::new(
        field,
        format_args!("is {value}"),
        "must be a finite number",
    ))
}

/// Refuses a name that is neither empty nor the sender's.
pub(crate) fn check_is_sender(
    field: &'static str,
    name: &str,
    sender: &str,
) -> Result<(), InvalidValue> {
    if name.is_empty() || name == sender {
        return Ok(());
    }
    Err(InvalidValue::new(
        field,
        format_args!("is {name:?} in a message of {sender:?}"),
        "must be the sender",
    ))
}

/// Fills an empty name with the sender, which is what the runtime reads an empty one as.
pub(crate) fn default_to_sender(name: &mut String, sender: &str) {
    if name.is_empty() {
        sender.clone_into(name);
    }
}
