//! Every fault of the proxy, between plain TCP peers.

#![allow(clippy::unwrap_used, reason = "a panic is the test's failure")]

use macp_testkit::{Direction, FaultProxy};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// How long nothing must happen to count as nothing.
const SILENCE: Duration = Duration::from_millis(100);
/// How long something may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that sends back what it gets, and ends when its client does.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = client.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
                let _ = write.shutdown().await;
            });
        }
    });
    address
}

/// A proxy in front of an echo server, and a connection that is known to work.
async fn connected() -> (FaultProxy, TcpStream) {
    let proxy = FaultProxy::start(echo().await).await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_echoed(&mut client).await;
    (proxy, client)
}

async fn assert_echoed(client: &mut TcpStream) {
    client.write_all(b"ping").await.unwrap();
    assert_eq!(read_exactly(client, 4).await, b"ping");
}

async fn read_exactly(client: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    timeout(PATIENCE, client.read_exact(&mut bytes))
        .await
        .unwrap()
        .unwrap();
    bytes
}

async fn assert_silent(client: &mut TcpStream) {
    let read = timeout(SILENCE, client.read_u8()).await;
    assert!(read.is_err(), "{read:?}");
}

#[tokio::test]
async fn without_faults_bytes_and_ends_are_carried() {
    let (proxy, mut client) = connected().await;
    let data: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let (mut read, mut write) = client.split();
    let send = async {
        write.write_all(&data).await.unwrap();
        write.shutdown().await.unwrap();
    };
    let mut received = Vec::new();
    let ((), count) = tokio::join!(send, read.read_to_end(&mut received));
    assert_eq!(count.unwrap(), data.len());
    assert!(received == data);
    assert_eq!(proxy.accepted(), 1);
}

#[tokio::test]
async fn a_refused_connection_and_an_open_one() {
    let (mut proxy, mut client) = connected().await;
    proxy.refuse().await;
    let error = TcpStream::connect(proxy.address()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert_echoed(&mut client).await;

    proxy.heal().await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_echoed(&mut client).await;
    assert_eq!(proxy.accepted(), 2);
}

#[tokio::test]
async fn dropped_connections_are_counted() {
    let (mut proxy, mut open) = connected().await;
    proxy.drop_new_connections();
    for _ in 0..3 {
        let mut client = TcpStream::connect(proxy.address()).await.unwrap();
        let mut rest = Vec::new();
        let end = timeout(PATIENCE, client.read_to_end(&mut rest)).await;
        assert_eq!(end.unwrap().unwrap_or_default(), 0);
    }
    assert_eq!(proxy.accepted(), 4);
    assert_echoed(&mut open).await;

    proxy.heal().await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_echoed(&mut client).await;
}

#[tokio::test]
async fn a_cut_resets_what_is_open_and_nothing_else() {
    let (proxy, mut client) = connected().await;
    proxy.cut();
    let error = timeout(PATIENCE, client.read_u8())
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);

    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_echoed(&mut client).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_resets() {
    let nowhere = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let proxy = FaultProxy::start(nowhere).await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    let error = timeout(PATIENCE, client.read_u8())
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_delay_holds_bytes_back_and_healing_frees_them() {
    for direction in Direction::BOTH {
        let (mut proxy, mut client) = connected().await;
        let delay = Duration::from_millis(150);
        proxy.delay(direction, delay);
        let started = Instant::now();
        assert_echoed(&mut client).await;
        assert!(started.elapsed() >= delay, "{direction:?}");

        proxy.delay(direction, Duration::from_secs(3600));
        client.write_all(b"late").await.unwrap();
        assert_silent(&mut client).await;
        proxy.heal().await.unwrap();
        assert_eq!(read_exactly(&mut client, 4).await, b"late");
    }
}

#[tokio::test]
async fn a_delay_leaves_the_bandwidth() {
    let (proxy, mut client) = connected().await;
    let delay = Duration::from_millis(100);
    proxy.delay(Direction::ToServer, delay);
    let started = Instant::now();
    // More than the proxy reads at a time, so that it carries many pieces.
    let data = vec![7; 400_000];
    client.write_all(&data).await.unwrap();
    assert!(read_exactly(&mut client, data.len()).await == data);
    assert!(started.elapsed() < 10 * delay, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_throttle_bounds_the_bandwidth() {
    for direction in Direction::BOTH {
        let (proxy, mut client) = connected().await;
        proxy.throttle(direction, NonZeroU32::new(100_000).unwrap());
        let started = Instant::now();
        client.write_all(&vec![7; 30_000]).await.unwrap();
        read_exactly(&mut client, 30_000).await;
        let elapsed = started.elapsed();
        assert!(elapsed >= Duration::from_millis(250), "{elapsed:?}");
    }
}

#[tokio::test]
async fn a_black_hole_swallows_until_it_heals() {
    for direction in Direction::BOTH {
        let (mut proxy, mut client) = connected().await;
        proxy.black_hole(direction);
        client.write_all(b"lost").await.unwrap();
        assert_silent(&mut client).await;
        proxy.heal().await.unwrap();
        assert_eq!(read_exactly(&mut client, 4).await, b"lost");
        assert_echoed(&mut client).await;
    }
}

#[tokio::test]
async fn a_black_hole_hides_the_end_of_a_connection() {
    let (mut proxy, mut client) = connected().await;
    proxy.black_hole(Direction::ToClient);
    client.shutdown().await.unwrap();
    assert_silent(&mut client).await;
    proxy.heal().await.unwrap();
    let mut rest = Vec::new();
    let end = timeout(PATIENCE, client.read_to_end(&mut rest)).await;
    assert_eq!(end.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn a_half_close_ends_one_direction() {
    // A server that talks on whatever its client does.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = FaultProxy::start(listener.local_addr().unwrap())
        .await
        .unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();

    proxy.half_close(Direction::ToServer);
    let mut rest = Vec::new();
    let end = timeout(PATIENCE, server.read_to_end(&mut rest)).await;
    assert_eq!(end.unwrap().unwrap(), 0);
    server.write_all(b"still here").await.unwrap();
    assert_eq!(read_exactly(&mut client, 10).await, b"still here");
}

#[tokio::test]
async fn nothing_outlives_the_proxy() {
    let (proxy, mut client) = connected().await;
    let address = proxy.address();
    drop(proxy);
    let end = timeout(PATIENCE, client.read_u8()).await;
    assert!(end.unwrap().is_err());
    let refused = timeout(PATIENCE, async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    });
    refused.await.unwrap();
}
