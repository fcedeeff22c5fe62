use crate::delivery::{Delivery, delivery_setters, stamp};
use crate::{Error, Session, SessionMode, View};
use macp_proto::v1::Envelope;
use macp_proto::{IMPLICIT_ACCEPT_PREFIX, InvalidValue, MessageId, Mode, Payload};
use macp_transport::Accepted;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

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
    delivery: Delivery,
}

impl<'a, S: SessionMode, V: View<S>, P> Action<'a, S, V, P> {
    pub(crate) fn new(session: &'a mut Session<S, V>, payload: P) -> Self {
        Self {
            session,
            payload,
            delivery: Delivery::default(),
        }
    }

    delivery_setters!();
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
            delivery,
        } = self;
        match prepare(session, payload, &delivery) {
            Ok(envelope) => Box::pin(send(session, envelope, delivery)),
            Err(invalid) => Box::pin(std::future::ready(Err(invalid.into()))),
        }
    }
}

fn prepare<S: SessionMode, V: View<S>, P: ActionPayload>(
    session: &Session<S, V>,
    mut payload: P,
    delivery: &Delivery,
) -> Result<Envelope, InvalidValue> {
    let message_id = delivery.message_id();
    check_message_id::<S>(&message_id)?;
    let sender = delivery.sender(session.client())?;
    let context = ActionContext {
        sender,
        participants: session.participants(),
    };
    payload.complete(context);
    payload.check(context)?;
    let mut envelope = Envelope::in_session(session.id(), &S::MODE, &message_id, &payload);
    stamp(&mut envelope, sender);
    Ok(envelope)
}

async fn send<S: SessionMode, V: View<S>>(
    session: &mut Session<S, V>,
    envelope: Envelope,
    delivery: Delivery,
) -> Result<Accepted, Error> {
    let envelope = Arc::new(envelope);
    let accepted = delivery.send(session.client(), envelope.clone()).await?;
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

/// Refuses the name of somebody who is not in the session's roster.
pub(crate) fn check_takes_part(
    field: &'static str,
    name: &str,
    participants: &[String],
) -> Result<(), InvalidValue> {
    if participants.iter().any(|listed| listed == name) {
        return Ok(());
    }
    Err(InvalidValue::new(
        field,
        format_args!("{name:?} does not take part"),
        "must be a participant of the session",
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
