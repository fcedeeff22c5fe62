//! The kit itself, with the real runtime.

use macp_testkit::{Certificates, Error, JwtIssuer, Runtime, StaticToken};
use std::net::TcpStream;

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn starts_answers_and_stops_on_drop() {
    let runtime = Runtime::start().await.unwrap();
    let address = runtime.address();
    assert_eq!(runtime.endpoint(), format!("http://{address}"));
    TcpStream::connect(address).unwrap();
    assert!(runtime.log().contains("listening"), "{}", runtime.log());

    let folder = runtime.folder().to_owned();
    drop(runtime);
    assert!(TcpStream::connect(address).is_err());
    assert!(!folder.exists());
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn comes_back_on_the_same_port_and_data() {
    let mut runtime = Runtime::builder().file_storage().start().await.unwrap();
    let (address, process) = (runtime.address(), runtime.process_id());
    let data = runtime.folder().join("data");
    assert!(data.is_dir());

    runtime.kill().unwrap();
    assert_eq!(runtime.process_id(), None);
    assert!(TcpStream::connect(address).is_err());
    assert!(data.is_dir());

    runtime.restart().await.unwrap();
    assert_eq!(runtime.address(), address);
    assert_ne!(runtime.process_id(), process);
    TcpStream::connect(address).unwrap();
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_running_one_can_be_restarted_and_a_stopped_one_stopped() {
    let mut runtime = Runtime::start().await.unwrap();
    let process = runtime.process_id();
    runtime.restart().await.unwrap();
    assert_ne!(runtime.process_id(), process);
    runtime.kill().unwrap();
    runtime.kill().unwrap();
}

#[cfg(unix)]
#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn terminates_in_good_order() {
    let mut runtime = Runtime::start().await.unwrap();
    let status = runtime.terminate().await.unwrap();
    assert!(status.unwrap().success(), "{status:?}\n{}", runtime.log());
    assert_eq!(runtime.terminate().await.unwrap(), None);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn starts_with_tls_tokens_and_jwts() {
    let issuer = JwtIssuer::generate().unwrap();
    let runtime = Runtime::builder()
        .tls(&Certificates::generate().unwrap())
        .token(StaticToken::new("t", "alice").observer())
        .jwt(&issuer)
        .start()
        .await
        .unwrap();
    assert!(runtime.endpoint().starts_with("https://127.0.0.1:"));
    assert!(!runtime.log().contains("dev-mode"), "{}", runtime.log());
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_failed_start_shows_the_log() {
    let error = Runtime::builder()
        .env("MACP_MESSAGE_LIMIT_PER_MINUTE", 0)
        .start()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Exited { .. }), "{error:?}");
    assert!(
        error.to_string().contains("MACP_MESSAGE_LIMIT_PER_MINUTE"),
        "{error}"
    );
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_taken_address_is_an_error_and_not_another_programs_answer() {
    let other = Runtime::start().await.unwrap();
    let error = Runtime::builder()
        .address(other.address())
        .start()
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::AddressTaken { address } if address == other.address()),
        "{error:?}"
    );
}
