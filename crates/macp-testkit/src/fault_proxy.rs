mod connection;
mod state;

use crate::{Error, port};
use connection::Connection;
use state::State;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The pause after a connection that could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// One way through a [`FaultProxy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// What clients send.
    ToServer,
    /// What the server sends.
    ToClient,
}

impl Direction {
    /// Both, for faults that hit everything.
    pub const BOTH: [Self; 2] = [Self::ToServer, Self::ToClient];
}

/// A TCP proxy in front of a server, whose network fails on command.
///
/// It knows nothing of what it carries, so it stands before plaintext and TLS alike. Delay,
/// throttle and black hole are per direction, can be combined, and hold for the connections that
/// are open and those to come, until [`heal`](Self::heal). Dropping the proxy ends all of them.
///
/// ```no_run
/// use macp_testkit::{Direction, FaultProxy, Runtime};
/// use std::time::Duration;
///
/// # async fn test() -> Result<(), macp_testkit::Error> {
/// let runtime = Runtime::start().await?;
/// let mut network = FaultProxy::start(runtime.address()).await?;
/// let endpoint = network.endpoint(); // for the client under test
///
/// network.delay(Direction::ToClient, Duration::from_millis(200));
/// network.black_hole(Direction::ToServer);
/// network.heal().await?;
/// network.cut();
/// network.refuse().await;
/// # Ok(())
/// # }
/// ```
pub struct FaultProxy {
    address: SocketAddr,
    target: SocketAddr,
    // Connections watch it, and end when it is dropped.
    state: watch::Sender<State>,
    accepting: Option<JoinHandle<()>>,
    accepted: Arc<AtomicUsize>,
}

impl FaultProxy {
    /// Listens on a free loopback port and carries every connection to `target`.
    ///
    /// A connection that the target refuses is reset.
    pub async fn start(target: SocketAddr) -> Result<Self, Error> {
        let mut proxy = Self {
            address: port::free_address().map_err(Error::io("finding a free port"))?,
            target,
            state: watch::Sender::new(State::default()),
            accepting: None,
            accepted: Arc::default(),
        };
        proxy.accept().await?;
        Ok(proxy)
    }

    /// Where it listens. It stays the same while connections are refused.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL for clients of a server without TLS: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections it has accepted so far, dropped ones included.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Holds every byte back for this long. The bandwidth stays as it is.
    pub fn delay(&self, direction: Direction, delay: Duration) {
        self.state
            .send_modify(|state| state.flow_mut(direction).delay = delay);
    }

    /// Lets through no more than this.
    pub fn throttle(&self, direction: Direction, bytes_per_second: NonZeroU32) {
        self.state.send_modify(|state| {
            state.flow_mut(direction).bytes_per_second = Some(bytes_per_second);
        });
    }

    /// Lets nothing through, not even the end of a connection, and tells no one. New connections
    /// are accepted.
    ///
    /// As after a real outage, which the senders' systems bridge with retransmissions, what was
    /// sent meanwhile arrives once the network heals.
    pub fn black_hole(&self, direction: Direction) {
        self.state
            .send_modify(|state| state.flow_mut(direction).black_hole = true);
    }

    /// Ends one direction of the open connections in good order (FIN), after what was read so far.
    /// The other direction goes on.
    pub fn half_close(&self, direction: Direction) {
        self.state
            .send_modify(|state| state.flow_mut(direction).half_closes += 1);
    }

    /// Breaks every open connection (RST to both sides). New ones are accepted.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// Accepts new connections and drops them at once. Open ones go on.
    pub fn drop_new_connections(&self) {
        self.state.send_modify(|state| state.drop_new = true);
    }

    /// Refuses new connections, as a port without a listener does. Open ones go on.
    ///
    /// Returns when it is so. Dropping the future leaves new connections refused.
    pub async fn refuse(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // The listener is closed once the task is gone; its result says only that it is.
            let _ = accepting.await;
        }
    }

    /// Ends every fault: new connections are accepted, and what was held back goes on.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when connections were refused and another program has taken the port.
    pub async fn heal(&mut self) -> Result<(), Error> {
        self.state.send_modify(State::heal);
        self.accept().await
    }

    async fn accept(&mut self) -> Result<(), Error> {
        if self.accepting.is_some() {
            return Ok(());
        }
        let listener = TcpListener::bind(self.address)
            .await
            .map_err(Error::io(format!("listening on {}", self.address)))?;
        let (target, state) = (self.target, self.state.subscribe());
        let accepted = Arc::clone(&self.accepted);
        self.accepting = Some(tokio::spawn(async move {
            loop {
                let Ok((client, _)) = listener.accept().await else {
                    // Out of files, say: a connection that ends makes room for the next.
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                };
                accepted.fetch_add(1, Ordering::Relaxed);
                if state.borrow().drop_new {
                    continue;
                }
                let connection = Connection::new(client, state.clone());
                tokio::spawn(connection.carry(target));
            }
        }));
        Ok(())
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
    }
}

impl fmt::Debug for FaultProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultProxy")
            .field("address", &self.address)
            .field("target", &self.target)
            .field("state", &*self.state.borrow())
            .finish_non_exhaustive()
    }
}
