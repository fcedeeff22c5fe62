//! No secret shows: every value that could hold one is built with a marker and searched. Nor does
//! anything that was said in confidence, in our logs.
//!
//! A program of its own, because it looks at everything that the whole process logs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is the test's failure, in helpers too"
)]

#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "../live/common.rs"]
mod common;
mod confidential;
mod logs;

use common::{proposal, start};
use logs::logs;
use macp_proto::SessionId;
use macp_testkit::{Certificates, Runtime, StaticToken};
use macp_transport::{Client, Credentials, Identity, RetryPolicy, Tls, Token};

const MARKER: &str = "marker-7f3a9c";

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn nothing_shows_a_token_or_a_key() {
    let (log, _) = logs();
    let token = format!("{MARKER}-token");
    let runtime = Runtime::builder()
        .token(StaticToken::new(&token, "alice"))
        .start()
        .await
        .unwrap();
    let credentials = Credentials::bearer(&token).unwrap().expect_sender("alice");
    let builder = Client::builder(runtime.endpoint())
        .allow_insecure()
        .retry(RetryPolicy::none())
        .credentials(credentials.clone());
    let mut shown = vec![format!("{builder:?}"), format!("{credentials:?}")];
    let client = builder.connect().await.unwrap();
    let session = SessionId::random();
    let call = client.send(start(&session, &["alice"]));
    shown.push(format!("{client:?} {call:?}"));
    call.await.unwrap();
    client.get_session(&session).await.unwrap();

    // Refusals of every kind, with another secret.
    let wrong = Credentials::bearer(format!("{MARKER}-wrong")).unwrap();
    let mut spoofed = proposal(&session, "p1");
    spoofed.sender = "bob".into();
    let stream = client.stream_session().credentials(&wrong).await;
    for error in [
        client
            .get_session(&session)
            .credentials(&wrong)
            .await
            .unwrap_err(),
        client
            .send(proposal(&session, "p1"))
            .credentials(&wrong)
            .await
            .unwrap_err(),
        client.send(spoofed).await.unwrap_err(),
        stream.unwrap_err(),
    ] {
        shown.push(format!("{error:?} {error}"));
    }
    shown.push(format!(
        "{:?}",
        Credentials::bearer(format!("{MARKER} \n")).unwrap_err()
    ));
    shown.push(format!("{:?}", Token::new(&token).unwrap()));
    let url = format!("https://user:{MARKER}@host:1");
    let builder = Client::builder(url);
    shown.push(format!("{builder:?}"));
    let error = builder.connect().await.unwrap_err();
    shown.push(format!("{error:?} {error}"));

    let certificates = Certificates::generate().unwrap();
    let key = certificates.client_key_pem();
    let identity = Identity::from_pem(certificates.client_pem(), key).unwrap();
    let tls = Tls::private_ca(certificates.ca_pem())
        .unwrap()
        .identity(identity.clone());
    let keys = format!("{identity:?} {tls:?}");
    let secret_line = key.lines().nth(1).unwrap();
    assert!(!keys.contains(secret_line), "{keys}");
    let broken =
        format!("-----BEGIN PRIVATE KEY-----{MARKER}\n{MARKER}\n-----END PRIVATE KEY-----\n");
    let error = Identity::from_pem(certificates.client_pem(), broken).unwrap_err();
    shown.push(format!("{error:?} {error}"));

    runtime_is_gone(runtime, &client, &session, &mut shown).await;
    for text in shown {
        assert!(!text.contains(MARKER), "{text}");
    }
    let log = log.text();
    assert!(log.contains("GetSession"), "the calls were logged");
    assert!(!log.contains(MARKER), "{log}");
}

async fn runtime_is_gone(
    runtime: Runtime,
    client: &Client,
    session: &SessionId,
    shown: &mut Vec<String>,
) {
    drop(runtime);
    let error = client.get_session(session).await.unwrap_err();
    shown.push(format!("{error:?} {error}"));
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        shown.push(format!("{error:?} {error}"));
        source = error.source();
    }
}
