use super::Direction;
use super::state::State;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

/// The most that is read at a time.
const CHUNK: usize = 16 * 1024;
/// How many chunks may wait for their time before reading stops, as a network's buffers fill up.
const QUEUE: usize = 64;
/// What a throttled direction lets through at a time, as a share of a second.
const BURSTS_PER_SECOND: u32 = 50;

/// Bytes on their way, and when they came.
type Chunk = (Instant, Vec<u8>);

/// One client's connection through the proxy.
pub(super) struct Connection {
    client: TcpStream,
    state: watch::Receiver<State>,
    /// What had happened before it began.
    began: State,
}

impl Connection {
    pub(super) fn new(client: TcpStream, state: watch::Receiver<State>) -> Self {
        let began = *state.borrow();
        Self {
            client,
            state,
            began,
        }
    }

    /// Carries bytes until both directions have ended, or the connection breaks.
    pub(super) async fn carry(mut self, target: SocketAddr) {
        let Ok(mut server) = TcpStream::connect(target).await else {
            reset(&self.client);
            return;
        };
        // Small writes must not be held back by anything but a fault.
        let _ = (self.client.set_nodelay(true), server.set_nodelay(true));

        let gate = |direction| Gate {
            state: self.state.clone(),
            began: self.began,
            direction,
        };
        let (to_server, to_client) = (gate(Direction::ToServer), gate(Direction::ToClient));
        let mut state = self.state.clone();
        let ended_well = {
            let (from_client, client) = self.client.split();
            let (from_server, server) = server.split();
            let directions = async {
                tokio::try_join!(
                    pump(from_client, server, to_server),
                    pump(from_server, client, to_client),
                )
            };
            tokio::select! {
                // Also when the proxy, which holds the other end of the state, is dropped.
                _ = state.wait_for(|state| state.cuts != self.began.cuts) => false,
                result = directions => result.is_ok(),
            }
        };
        if !ended_well {
            reset(&self.client);
            reset(&server);
        }
    }
}

/// Makes the close that follows a reset.
fn reset(stream: &TcpStream) {
    // A connection that is gone already needs none.
    let _ = stream.set_zero_linger();
}

/// Carries one direction until its sender ends it.
async fn pump(from: ReadHalf<'_>, mut to: WriteHalf<'_>, mut gate: Gate) -> io::Result<()> {
    let (queue, chunks) = mpsc::channel(QUEUE);
    let half_closed = gate.clone().half_closed();
    let (read, ()) = tokio::try_join!(
        // What was read before a failure still arrives, and the failure after it.
        async { Ok(read_all(from, queue, half_closed).await) },
        write_all(&mut to, chunks, &mut gate),
    )?;
    read?;
    to.shutdown().await
}

async fn read_all(
    mut from: ReadHalf<'_>,
    queue: mpsc::Sender<Chunk>,
    half_closed: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut half_closed = std::pin::pin!(half_closed);
    loop {
        let mut bytes = Vec::with_capacity(CHUNK);
        let read = tokio::select! {
            read = from.read_buf(&mut bytes) => read?,
            () = &mut half_closed => 0,
        };
        if read == 0 || queue.send((Instant::now(), bytes)).await.is_err() {
            return Ok(());
        }
    }
}

async fn write_all(
    to: &mut WriteHalf<'_>,
    mut chunks: mpsc::Receiver<Chunk>,
    gate: &mut Gate,
) -> io::Result<()> {
    while let Some((came, bytes)) = chunks.recv().await {
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let allowed = gate.pass(came).await;
            let (now, later) = rest.split_at(allowed.map_or(rest.len(), |n| n.min(rest.len())));
            to.write_all(now).await?;
            rest = later;
        }
    }
    // The end itself goes through the gate as well.
    gate.pass(Instant::now()).await;
    Ok(())
}

/// Where the bytes of one direction wait for the network to let them through.
#[derive(Clone)]
struct Gate {
    state: watch::Receiver<State>,
    began: State,
    direction: Direction,
}

impl Gate {
    /// Waits until what came at this time may go on, and says how many bytes may, if not all.
    async fn pass(&mut self, came: Instant) -> Option<usize> {
        loop {
            let flow = *self.state.borrow_and_update().flow(self.direction);
            let due = came + flow.delay;
            if !flow.black_hole && due <= Instant::now() {
                let rate = flow.bytes_per_second?;
                sleep(Duration::from_secs(1) / BURSTS_PER_SECOND).await;
                return usize::try_from(rate.get().div_ceil(BURSTS_PER_SECOND)).ok();
            }
            tokio::select! {
                () = sleep_until(due), if !flow.black_hole => {}
                // Healing sets free what waits.
                changed = self.state.changed() => if changed.is_err() {
                    // The proxy is gone, and with it, in a moment, this connection.
                    std::future::pending::<()>().await;
                },
            }
        }
    }

    /// Returns when the direction is closed on command.
    async fn half_closed(mut self) {
        let before = self.began.flow(self.direction).half_closes;
        let closed = |state: &State| state.flow(self.direction).half_closes != before;
        let _ = self.state.wait_for(closed).await;
    }
}
