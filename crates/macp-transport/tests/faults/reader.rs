//! A subscriber that keeps what it gets.

use crate::session::PATIENCE;
use futures_util::StreamExt as _;
use macp_transport::{ConnectionWatch, SessionEvent, Subscription};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A subscriber in a task of its own.
#[derive(Debug)]
pub(crate) struct Reader {
    record: watch::Receiver<Record>,
    connection: ConnectionWatch,
    reading: JoinHandle<()>,
}

/// All that a subscription has brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// The ids of the messages, whose ordinals follow one another.
    pub(crate) ids: Vec<String>,
    /// Everything else.
    pub(crate) others: Vec<SessionEvent>,
    /// The ordinal of the last message, delivered or lost.
    pub(crate) sequence: u64,
}

impl Reader {
    /// Reads a subscription from the beginning.
    pub(crate) fn start(subscription: Subscription) -> Self {
        Self::start_after(0, subscription)
    }

    /// Reads a subscription whose next message has the ordinal after this one.
    pub(crate) fn start_after(sequence: u64, subscription: Subscription) -> Self {
        let sender = watch::Sender::new(Record {
            sequence,
            ..Record::default()
        });
        Self {
            record: sender.subscribe(),
            connection: subscription.connection(),
            reading: tokio::spawn(read(subscription, sender)),
        }
    }

    /// Waits until the message with this ordinal has arrived.
    pub(crate) async fn reached(&mut self, sequence: u64) {
        self.wait(|record| record.sequence >= sequence).await;
    }

    /// Waits until this was the last event beside the messages.
    pub(crate) async fn heard(&mut self, event: &SessionEvent) {
        self.wait(|record| record.others.last() == Some(event))
            .await;
    }

    async fn wait(&mut self, condition: impl FnMut(&Record) -> bool) {
        let waiting = timeout(PATIENCE, self.record.wait_for(condition));
        let came = matches!(waiting.await, Ok(Ok(_)));
        assert!(came, "{:?} at {:?}", self.connection, self.stand());
    }

    /// The ordinal of the last message.
    pub(crate) fn sequence(&self) -> u64 {
        self.record.borrow().sequence
    }

    pub(crate) fn connection(&self) -> ConnectionWatch {
        self.connection.clone()
    }

    /// What it got until the subscription ended by itself.
    pub(crate) async fn ended(mut self) -> Record {
        let Ok(reading) = timeout(PATIENCE, &mut self.reading).await else {
            panic!("no end: {:?} at {:?}", self.connection, self.stand());
        };
        reading.unwrap();
        self.record.borrow().clone()
    }

    /// How far it is, for a failure.
    fn stand(&self) -> (u64, Vec<SessionEvent>) {
        let record = self.record.borrow();
        (record.sequence, record.others.clone())
    }
}

async fn read(mut subscription: Subscription, record: watch::Sender<Record>) {
    while let Some(event) = subscription.next().await {
        let event = event.unwrap();
        record.send_modify(|record| record.take(event));
    }
}

impl Record {
    fn take(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::Envelope { sequence, envelope } => {
                self.sequence += 1;
                assert_eq!(sequence, self.sequence, "a gap or a repeat");
                self.ids.push(envelope.message_id);
            }
            other => {
                if let SessionEvent::HistoryCompacted { after, lowest } = other {
                    assert_eq!(after, self.sequence);
                    self.sequence = lowest;
                }
                self.others.push(other);
            }
        }
    }
}
