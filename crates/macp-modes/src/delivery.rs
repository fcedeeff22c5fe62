use crate::Error;
use macp_proto::v1::Envelope;
use macp_proto::{InvalidValue, MessageId};
use macp_transport::{Accepted, Client, Credentials};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Who sends a message, under which id, and how long to wait for the answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delivery {
    pub(crate) credentials: Option<Credentials>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) message_id: Option<MessageId>,
}

impl Delivery {
    /// The message's id: the one that was chosen, or a random one.
    pub(crate) fn message_id(&self) -> MessageId {
        self.message_id.clone().unwrap_or_else(MessageId::random)
    }

    /// Who the message is from, which a projection needs to know.
    pub(crate) fn sender<'a>(&'a self, client: &'a Client) -> Result<&'a str, InvalidValue> {
        sender_of(self.credentials.as_ref().or(client.credentials()))
    }

    pub(crate) async fn send(
        &self,
        client: &Client,
        envelope: Arc<Envelope>,
    ) -> Result<Accepted, Error> {
        let mut call = client.send(envelope);
        if let Some(credentials) = &self.credentials {
            call = call.credentials(credentials);
        }
        if let Some(deadline) = self.deadline {
            call = call.deadline(deadline);
        }
        Ok(call.await?)
    }
}

/// The setters of what has a `delivery`.
macro_rules! delivery_setters {
    () => {
        /// Sends it as someone else, over the same connection.
        pub fn sent_by(mut self, credentials: &macp_transport::Credentials) -> Self {
            self.delivery.credentials = Some(credentials.clone());
            self
        }

        /// How long to wait for the runtime's answer, instead of the client's default.
        pub fn deadline(mut self, deadline: std::time::Duration) -> Self {
            self.delivery.deadline = Some(deadline);
            self
        }

        /// The message's id, instead of a random one.
        ///
        /// Choosing it makes a repeated send recognizable: a session accepts an id once, and
        /// answers a repetition with a duplicate.
        pub fn message_id(mut self, id: macp_proto::MessageId) -> Self {
            self.delivery.message_id = Some(id);
            self
        }
    };
}
pub(crate) use delivery_setters;

/// Says who an envelope is from, and when it was made.
pub(crate) fn stamp(envelope: &mut Envelope, sender: &str) {
    sender.clone_into(&mut envelope.sender);
    envelope.timestamp_unix_ms = now_unix_ms();
}

/// The sender that `credentials` speak for.
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
fn now_unix_ms() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}
