//! What the scopes of a JWT allow, and what they do not.

use crate::common::{anonymous, proposal, start};
use crate::registries::{mode, policy};
use futures_util::TryStreamExt as _;
use macp_proto::{ErrorCode, Mode, SessionId};
use macp_testkit::{Jwt, JwtIssuer, Runtime};
use macp_transport::{Client, Credentials, Error, SessionEvent};
use std::time::Duration;

/// A runtime that lets in whom the issuer vouches for, and a client without credentials.
async fn stage(issuer: &JwtIssuer) -> (Runtime, Client) {
    let runtime = Runtime::builder().jwt(issuer).start().await.unwrap();
    let client = anonymous(runtime.endpoint()).await;
    (runtime, client)
}

fn bearer(token: &Jwt<'_>) -> Credentials {
    Credentials::bearer(token.sign().unwrap()).unwrap()
}

fn assert_forbidden<T>(result: Result<T, Error>) {
    let error = result.err().expect("it may not");
    assert_eq!(error.code(), Some(&ErrorCode::Forbidden), "{error}");
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn it_is_a_bearer_token_like_any_other() {
    let issuer = JwtIssuer::generate().unwrap();
    let (_runtime, client) = stage(&issuer).await;
    let alice = issuer.token("alice");
    let client = client.with_credentials(bearer(&alice).expect_sender("alice"));
    let session = SessionId::random();
    client.send(start(&session, &["alice"])).await.unwrap();
    assert_eq!(
        client.get_session(&session).await.unwrap().initiator,
        "alice"
    );

    let expired = alice.clone().expired_for(Duration::from_secs(3600));
    let misdirected = alice.audience("another-service");
    let forger = JwtIssuer::generate().unwrap();
    for refused in [expired, misdirected, forger.token("alice")] {
        let error = client
            .get_session(&session)
            .credentials(&bearer(&refused))
            .await
            .unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::Unauthenticated), "{error}");
    }
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn an_observer_reads_what_a_stranger_may_not() {
    let issuer = JwtIssuer::generate().unwrap();
    let (_runtime, client) = stage(&issuer).await;
    let alice = client.with_credentials(bearer(&issuer.token("alice")));
    let session = SessionId::random();
    alice.send(start(&session, &["alice"])).await.unwrap();

    let observer = client.with_credentials(bearer(&issuer.token("auditor").observer()));
    let read = observer.get_session(&session).await.unwrap();
    assert_eq!(read.session_id, session.as_str());
    let first = observer.subscribe(&session).try_next().await.unwrap();
    assert!(
        matches!(&first, Some(SessionEvent::Envelope { sequence: 1, envelope }) if envelope.sender == "alice"),
        "{first:?}"
    );
    assert_forbidden(observer.send(proposal(&session, "p1")).await);

    let stranger = client.with_credentials(bearer(&issuer.token("stranger")));
    assert_forbidden(stranger.get_session(&session).await);
    assert_forbidden(stranger.subscribe(&session).try_next().await);
    assert_forbidden(stranger.send(proposal(&session, "p1")).await);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_registry_manager_changes_what_others_only_read() {
    let issuer = JwtIssuer::generate().unwrap();
    let (_runtime, client) = stage(&issuer).await;
    let note = Mode::from("ext.note.v1");

    let alice = client.with_credentials(bearer(&issuer.token("alice")));
    assert_forbidden(alice.register_policy(policy("policy.test")).await);
    assert_forbidden(alice.register_ext_mode(mode(note.as_str())).await);

    let manager = client.with_credentials(bearer(&issuer.token("admin").registry_manager()));
    manager
        .register_policy(policy("policy.test"))
        .await
        .unwrap();
    manager
        .register_ext_mode(mode(note.as_str()))
        .await
        .unwrap();

    alice.get_policy("policy.test").await.unwrap();
    assert_forbidden(alice.unregister_policy("policy.test").await);
    assert_forbidden(alice.promote_mode(&note, "").await);
    assert_forbidden(alice.unregister_ext_mode(&note).await);
    manager.unregister_policy("policy.test").await.unwrap();
    manager.unregister_ext_mode(&note).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn allowed_modes_and_starts_are_kept_to() {
    let issuer = JwtIssuer::generate().unwrap();
    let (_runtime, client) = stage(&issuer).await;
    let start_in = |token: Jwt<'_>, mode: Mode| {
        let mut envelope = start(&SessionId::random(), &["alice"]);
        envelope.mode = mode.to_string();
        client.send(envelope).credentials(&bearer(&token))
    };
    let alice = issuer.token("alice");
    let decides = alice.clone().allowed_modes([Mode::Decision.as_str()]);
    start_in(decides.clone(), Mode::Decision).await.unwrap();
    assert_forbidden(start_in(decides, Mode::Proposal).await);
    start_in(alice.clone(), Mode::Proposal).await.unwrap();
    assert_forbidden(start_in(alice.no_session_starts(), Mode::Proposal).await);
}
