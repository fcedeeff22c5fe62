//! Clients that ask and never read the answers.

use crate::{Calls, WITHIN, endpoint};
use macp_agent::CancelCallback;
use std::io::ErrorKind;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};

/// Asks until the answers fill every buffer on the way, so that the server can write no more.
async fn stalled(callback: &CancelCallback) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(callback.local_addr()).await.unwrap();
    let requests = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n".repeat(1000);
    loop {
        if timeout(Duration::from_millis(500), stream.writable())
            .await
            .is_err()
        {
            return stream;
        }
        match stream.try_write(&requests) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
}

/// Waits until the server has ended the connection, without reading from it.
async fn is_ended(stream: &TcpStream) -> bool {
    let ended = async {
        loop {
            stream.writable().await.unwrap();
            if let Err(error) = stream.try_write(b"G")
                && error.kind() != ErrorKind::WouldBlock
            {
                break;
            }
        }
    };
    timeout(WITHIN, ended).await.is_ok()
}

#[tokio::test]
async fn a_client_that_never_reads_does_not_outlast_the_shutdown() {
    let callback = Calls::default().bind(&endpoint()).await;
    let stream = stalled(&callback).await;
    let within = Duration::from_millis(300);
    let began = Instant::now();
    callback.shutdown(within).await;
    let took = began.elapsed();
    assert!(took < within * 10, "the shutdown took {took:?}");
    assert!(is_ended(&stream).await, "the connection is still open");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_reads_does_not_outlast_its_connections_lifetime() {
    let callback = Calls::default().bind(&endpoint()).await;
    let began = Instant::now();
    let stream = stalled(&callback).await;
    assert!(is_ended(&stream).await, "the connection is still open");
    let took = began.elapsed();
    let lifetime = Duration::from_secs(30);
    let close = lifetime..lifetime + Duration::from_secs(1);
    assert!(close.contains(&took), "the connection lived for {took:?}");
}
