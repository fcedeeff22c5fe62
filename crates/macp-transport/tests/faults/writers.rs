//! Senders that keep account of what became of each message.

use crate::session::{WRITERS, client, evaluation};
use macp_proto::SessionId;
use macp_proto::v1::Envelope;
use macp_transport::{Client, RetryPolicy};
use std::collections::HashMap;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// One message of so many is sent once: an error is the last word on it. The others are sent,
/// under their id, until they are acknowledged.
const SENT_ONCE: usize = 2;

/// What a sender knows about a message in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Acknowledged,
    /// It failed, and the error says that the runtime cannot have acted.
    NotApplied,
    /// It failed, and the error says that the runtime may have acted.
    Unknown,
}

/// What became of all messages, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Account(HashMap<String, Fate>);

/// Four participants fill the session over `endpoint` with `total` messages, each one message at
/// a time, and are done `within` that time.
pub(crate) async fn write(
    endpoint: String,
    session: SessionId,
    total: usize,
    within: Duration,
) -> Account {
    let give_up = Instant::now() + within;
    let mut writers = JoinSet::new();
    for writer in WRITERS {
        let client = client(endpoint.clone(), writer).await;
        let session = session.clone();
        writers.spawn(async move {
            let mut fates = Vec::new();
            for number in 0..total / WRITERS.len() {
                let envelope = evaluation(&session, "as good as any");
                let id = envelope.message_id.clone();
                let fate = if number % SENT_ONCE == 0 {
                    once(&client, envelope).await
                } else {
                    let sending = until_acknowledged(&client, envelope);
                    timeout_at(give_up, sending).await.expect("it goes through")
                };
                fates.push((id, fate));
            }
            fates
        });
    }
    Account(writers.join_all().await.into_iter().flatten().collect())
}

async fn once(client: &Client, envelope: Envelope) -> Fate {
    match client.send(envelope).retry(RetryPolicy::none()).await {
        Ok(accepted) => {
            assert!(!accepted.duplicate, "it was sent once");
            Fate::Acknowledged
        }
        Err(error) if error.may_have_acted() => Fate::Unknown,
        Err(_) => Fate::NotApplied,
    }
}

async fn until_acknowledged(client: &Client, envelope: Envelope) -> Fate {
    while let Err(error) = client.send(envelope.clone()).await {
        assert!(error.is_retryable(), "{error:?}");
    }
    Fate::Acknowledged
}

impl Account {
    /// Compares with what the runtime accepted, `others` being the messages of others.
    pub(crate) fn check(&self, accepted: &[String], others: usize) {
        let mut times: HashMap<&str, usize> = HashMap::new();
        for id in accepted {
            *times.entry(id).or_default() += 1;
        }
        for (id, fate) in &self.0 {
            let times = times.remove(id.as_str()).unwrap_or(0);
            let right = match fate {
                Fate::Acknowledged => times == 1,
                Fate::NotApplied => times == 0,
                Fate::Unknown => times <= 1,
            };
            assert!(right, "{id} is there {times} times and was {fate:?}");
        }
        assert_eq!(times.len(), others, "nobody sent the rest");
    }

    /// Counts in what was written apart.
    pub(crate) fn add(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many messages have failed for good.
    pub(crate) fn failures(&self) -> usize {
        let failed = |fate: &&Fate| **fate != Fate::Acknowledged;
        self.0.values().filter(failed).count()
    }
}
