use crate::common::{anonymous, dev_client, proposal, session, start};
use macp_proto::{ErrorCode, SessionId};
use macp_testkit::{Runtime, StaticToken};
use macp_transport::{Client, Credentials, Error, Rpc};

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn another_sender_is_refused_before_the_wire() {
    let runtime = Runtime::start().await.unwrap();
    let (alice, session) = session(&runtime).await;
    let mut envelope = proposal(&session, "p1");
    envelope.sender = "bob".into();
    let error = alice.send(envelope.clone()).await.unwrap_err();
    let Error::IdentityMismatch { expected, actual } = error else {
        panic!("{error}");
    };
    assert_eq!((&*expected, &*actual), ("alice", "bob"));

    // The envelope was good: its own sender may send it, by the handle or by the call.
    let bob = Credentials::dev_agent("bob");
    let accepted = alice
        .send(envelope.clone())
        .credentials(&bob)
        .await
        .unwrap();
    assert!(!accepted.duplicate);
    assert!(
        alice
            .with_credentials(bob)
            .send(envelope)
            .await
            .unwrap()
            .duplicate
    );
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn without_credentials_nothing_is_sent() {
    let runtime = Runtime::start().await.unwrap();
    let client = anonymous(runtime.endpoint()).await;
    let error = client.get_session(&SessionId::random()).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::MissingCredentials {
                rpc: Rpc::GetSession
            }
        ),
        "{error}"
    );
    client.initialize().await.unwrap();
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn an_agent_id_that_is_no_header_is_named_by_the_call() {
    let runtime = Runtime::start().await.unwrap();
    let client = dev_client(&runtime, "alice").await;
    let error = client
        .get_session(&SessionId::random())
        .credentials(&Credentials::dev_agent("zoë"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::InvalidValue(ref e) if e.field() == "agent_id"),
        "{error}"
    );
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn static_tokens_are_known_or_refused() {
    let runtime = Runtime::builder()
        .token(StaticToken::new("alice-token", "alice"))
        .token(StaticToken::new("audit-token", "auditor").observer())
        .start()
        .await
        .unwrap();
    let alice = Client::builder(runtime.endpoint())
        .allow_insecure()
        .credentials(Credentials::bearer("alice-token").unwrap())
        .connect()
        .await
        .unwrap();
    let session = SessionId::random();
    alice.send(start(&session, &["alice"])).await.unwrap();
    let auditor = Credentials::bearer("audit-token").unwrap();
    alice
        .get_session(&session)
        .credentials(&auditor)
        .await
        .unwrap();

    let wrong = alice.with_credentials(Credentials::bearer("wrong-token").unwrap());
    let error = wrong.get_session(&session).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::Unauthenticated));
    assert!(!error.is_retryable());
    let error = wrong.send(proposal(&session, "p1")).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::Unauthenticated));
    assert!(!format!("{error:?} {error}").contains("wrong-token"));
}
