//! The TCP connections that a client really makes, counted on their way to the runtime.

use crate::common::{session, start};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use macp_proto::SessionId;
use macp_testkit::Runtime;
use macp_transport::{Client, ClientBuilder, Credentials, Error, SessionEvent, Subscription};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long something may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Carries connections and counts those that are open.
struct Counter {
    address: SocketAddr,
    open: watch::Receiver<usize>,
}

impl Counter {
    async fn before(runtime: &Runtime) -> Self {
        let target = runtime.address();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (count, open) = watch::channel(0);
        let count = Arc::new(count);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                count.send_modify(|open| *open += 1);
                let count = count.clone();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(target).await.unwrap();
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                    count.send_modify(|open| *open -= 1);
                });
            }
        });
        Self { address, open }
    }

    fn client(&self) -> ClientBuilder {
        Client::builder(format!("http://{}", self.address))
            .allow_insecure()
            .credentials(Credentials::dev_agent("alice"))
    }

    fn open(&self) -> usize {
        *self.open.borrow()
    }

    /// Waits until so many are open.
    async fn becomes(&mut self, expected: usize) {
        let open = self.open.clone();
        tokio::time::timeout(PATIENCE, self.open.wait_for(|open| *open == expected))
            .await
            .unwrap_or_else(|_| panic!("{} open, not {expected}", *open.borrow()))
            .unwrap();
    }
}

/// A subscription that has read the session's first message and now waits.
async fn idle(client: &Client, session: &SessionId) -> Result<Subscription, Error> {
    let mut subscription = client.subscribe(session);
    let first = tokio::time::timeout(PATIENCE, subscription.next()).await;
    let first = first.expect("nothing arrived").expect("it goes on")?;
    assert!(matches!(first, SessionEvent::Envelope { sequence: 1, .. }));
    Ok(subscription)
}

async fn many_idle(client: &Client, session: &SessionId, count: usize) -> Vec<Subscription> {
    let mut subscriptions = Vec::new();
    for _ in 0..count {
        subscriptions.push(idle(client, session).await.unwrap());
    }
    subscriptions
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn connections_come_and_go_with_idle_subscriptions() {
    let runtime = Runtime::start().await.unwrap();
    let (_, session) = session(&runtime).await;
    let mut connections = Counter::before(&runtime).await;
    // As many streams as the runtime admits on a connection: there is room for nothing else.
    let client = connections.client().streams(128, 32).connect();
    let client = client.await.unwrap();
    connections.becomes(1).await;

    // The watch that all of them share is on the first connection, with 127 of them.
    let mut subscriptions = many_idle(&client, &session, 127).await;
    assert_eq!(connections.open(), 2);
    subscriptions.extend(many_idle(&client, &session, 200).await);
    assert_eq!(connections.open(), 4);

    // Behind a subscription, a call would wait for ever.
    let calls = (0..300).map(|_| {
        client
            .get_session(&session)
            .deadline(PATIENCE)
            .into_future()
    });
    for read in join_all(calls).await {
        read.unwrap();
    }
    client
        .send(start(&SessionId::random(), &["alice"]))
        .await
        .unwrap();
    assert_eq!(connections.open(), 4);

    // The first keeps its connection for the watch; the second has nothing left.
    subscriptions.drain(..255);
    connections.becomes(3).await;
    subscriptions.push(idle(&client, &session).await.unwrap());
    assert_eq!(connections.open(), 3, "there is room on the others");
    subscriptions.clear();
    connections.becomes(2).await;
    drop(idle(&client, &session).await.unwrap());
    assert_eq!(connections.open(), 2, "the empty one is used again");
    drop(client);
    connections.becomes(0).await;
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn the_limit_is_kept() {
    let runtime = Runtime::start().await.unwrap();
    let (_, session) = session(&runtime).await;
    let connections = Counter::before(&runtime).await;
    let client = connections.client().streams(3, 2).connect().await.unwrap();

    let mut subscriptions = many_idle(&client, &session, 5).await;
    for _ in 0..3 {
        let error = idle(&client, &session).await.err().unwrap();
        assert!(
            matches!(error, Error::TooManyStreams { limit: 6 }),
            "{error}"
        );
    }
    assert_eq!(connections.open(), 3);
    subscriptions.pop();
    subscriptions.push(idle(&client, &session).await.unwrap());
    assert_eq!(connections.open(), 3);
    client.get_session(&session).await.unwrap();
}
