//! A session that is written and read through a faulty network, to its end.

use crate::reader::Reader;
use crate::session::{INITIATOR, PATIENCE, accepted, builder, client, commit, open};
use crate::writers::{Account, write};
use macp_proto::{SessionId, SessionState};
use macp_testkit::{FaultProxy, Runtime, RuntimeBuilder};
use macp_transport::{Client, ClientBuilder, ConnectionState, ConnectionWatch, SessionEvent};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How many messages the initiator has sent before the end: the start and a proposal.
const BY_INITIATOR: usize = 2;

/// What the runtime keeps histories in, and whether beyond the end of their session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum History {
    /// In memory; kept.
    InMemory,
    /// In files, which survive a restart; kept.
    OnDisk,
    /// In files; compacted when the session ends.
    Compacted,
}

impl History {
    pub(crate) fn runtime(self) -> RuntimeBuilder {
        let builder = Runtime::builder();
        match self {
            Self::InMemory => builder,
            Self::OnDisk => builder.file_storage().env("MACP_COMPACT_TERMINAL_LOGS", 0),
            Self::Compacted => builder.file_storage(),
        }
    }
}

pub(crate) struct Stage {
    pub(crate) runtime: Runtime,
    pub(crate) network: FaultProxy,
    pub(crate) session: SessionId,
    pub(crate) reader: Reader,
    /// Speaks to the runtime past the faults.
    pub(crate) initiator: Client,
    history: History,
}

impl Stage {
    pub(crate) async fn set(history: History) -> Self {
        Self::set_with(history, |client| client).await
    }

    /// With other than the default settings of the subscriber's client.
    pub(crate) async fn set_with(
        history: History,
        settings: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Self {
        let runtime = history.runtime().start().await.unwrap();
        let network = FaultProxy::start(runtime.address()).await.unwrap();
        let initiator = client(runtime.endpoint(), INITIATOR).await;
        let session = open(&initiator).await;
        let subscriber = settings(builder(network.endpoint(), INITIATOR))
            .connect()
            .await
            .unwrap();
        let mut reader = Reader::start(subscriber.subscribe(&session));
        reader.reached(1).await;
        Self {
            runtime,
            network,
            session,
            reader,
            initiator,
            history,
        }
    }

    /// Lets four senders write through the faulty network.
    pub(crate) fn write(&self, total: usize, within: Duration) -> JoinHandle<Account> {
        let endpoint = self.network.endpoint();
        tokio::spawn(write(endpoint, self.session.clone(), total, within))
    }

    /// Ends the session and checks what everybody has.
    ///
    /// When the history will be gone, the subscriber is away meanwhile.
    pub(crate) async fn end(mut self, account: &Account) {
        let before = accepted(&self.initiator, &self.session).await;
        account.check(&before, BY_INITIATOR);
        match self.history {
            History::InMemory | History::OnDisk => {
                commit(&self.initiator, &self.session).await;
                let after = accepted(&self.initiator, &self.session).await;
                assert_eq!(after[..before.len()], before);
                assert_eq!(after.len(), before.len() + 1);
                let record = self.reader.ended().await;
                assert_eq!(record.ids, after);
                assert_eq!(record.others, [end(SessionState::Resolved)]);
            }
            History::Compacted => {
                self.network.refuse().await;
                self.network.cut();
                away(&mut self.reader.connection()).await;
                commit(&self.initiator, &self.session).await;
                let after = self.reader.sequence();
                self.network.heal().await.unwrap();
                let record = self.reader.ended().await;
                let lowest = before.len() as u64 + 1;
                let missed = SessionEvent::HistoryCompacted { after, lowest };
                assert_eq!(record.others, [missed, end(SessionState::Resolved)]);
                assert_eq!(record.ids, before[..record.ids.len()]);
                assert_eq!(record.ids.len() as u64, after);
            }
        }
    }
}

/// Waits until the subscription has noticed that its connection is gone.
pub(crate) async fn away(connection: &mut ConnectionWatch) {
    let waiting = async {
        while connection.state() == ConnectionState::Live {
            connection.changed().await.unwrap();
        }
    };
    timeout(PATIENCE, waiting).await.expect("it is cut off");
}

pub(crate) fn end(state: SessionState) -> SessionEvent {
    SessionEvent::Ended { state }
}
