//! Starts that fail without a runtime.

use macp_testkit::{Error, Runtime};

#[tokio::test]
async fn a_binary_that_is_not_there() {
    let error = Runtime::builder()
        .binary("/nowhere/macp-runtime")
        .start()
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("/nowhere/macp-runtime"),
        "{error}"
    );
}

#[tokio::test]
async fn a_program_that_exits_at_once() {
    let error = Runtime::builder()
        .binary("false")
        .start()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Exited { .. }), "{error:?}");
}

#[tokio::test]
async fn an_address_that_another_program_holds() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    let start = Runtime::builder().binary("false").address(address).start();
    let error = start.await.unwrap_err();
    assert!(
        matches!(error, Error::AddressTaken { address: taken } if taken == address),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_address_that_is_not_this_machines() {
    // Reserved for documentation (RFC 5737).
    let address = "192.0.2.1:50051".parse().unwrap();
    let start = Runtime::builder().binary("false").address(address).start();
    let error = start.await.unwrap_err();
    assert!(
        matches!(&error, Error::Io { action, .. } if action.contains("192.0.2.1:50051")),
        "{error:?}"
    );
}
