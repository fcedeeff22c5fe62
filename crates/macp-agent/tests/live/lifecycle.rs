use crate::support::{
    Run, client, ended, participant, proposed, runtime, soon, spawn, speaking_as, start,
};
use macp_agent::bootstrap::CancelEndpoint;
use macp_agent::{Ending, Error, Participant};
use macp_modes::{DecisionSession, HandoffSession};
use macp_projections::decision::DecisionPhase;
use macp_projections::handoff::HandoffState;
use macp_proto::modes::handoff::{HandoffAcceptPayload, HandoffOfferPayload};
use macp_proto::{ErrorCode, SessionId, SessionState};
use macp_transport::Client;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Whoever waits for a terminal phase alone waits for ever here.
#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_cancelled_or_expired_session_ends_the_participant() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let session = proposed(&client).await;
    let cancelled = spawn(participant(&speaking_as(&client, "alice"), session.id()));
    session.cancel("not needed").await.unwrap();
    assert_eq!(ended(cancelled).await.ending, Ending::Cancelled);

    let short = start().ttl(Duration::from_millis(300));
    let session = DecisionSession::start(&client, short).await.unwrap();
    let expired = spawn(participant(&client, session.id()));
    assert_eq!(ended(expired).await.ending, Ending::Expired);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_handoff_is_committed_after_its_accept() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let mut session = HandoffSession::start(&client, start()).await.unwrap();
    let coordinator = Participant::<HandoffState>::new(&client, session.id()).on(
        |ctx, accept: HandoffAcceptPayload| async move {
            assert!(ctx.is_initiator());
            let reason = format!("{} accepted", accept.accepted_by);
            ctx.session()
                .commit("handoff.accepted", "ops")
                .reason(reason)
                .await?;
            Ok(())
        },
    );
    let alice = Participant::<HandoffState>::new(&speaking_as(&client, "alice"), session.id()).on(
        |ctx, offer: HandoffOfferPayload| async move {
            ctx.session().accept(offer.handoff_id).await?;
            Ok(())
        },
    );
    let runs = [tokio::spawn(coordinator.run()), tokio::spawn(alice.run())];
    session.offer("h1", "alice").await.unwrap();
    for run in runs {
        let ended = soon(run).await.unwrap().unwrap();
        assert_eq!(ended.ending, Ending::Resolved);
        assert_eq!(ended.commitment().unwrap().reason, "alice accepted");
    }
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn the_context_knows_the_session() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let session = proposed(&client).await;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let alice = participant(&speaking_as(&client, "alice"), session.id()).on_phase(
        DecisionPhase::Evaluation,
        move |ctx| {
            tell.send(ctx).unwrap();
            async { Ok(()) }
        },
    );
    let stop = alice.stop_handle();
    let alice = spawn(alice);
    let ctx = soon(told.recv()).await.unwrap();
    assert_eq!(ctx.participant_id(), "alice");
    assert_eq!(ctx.initiator(), "coordinator");
    assert!(!ctx.is_initiator());
    assert_eq!(ctx.participants(), ["coordinator", "alice", "bob"]);
    assert_eq!(ctx.session_id(), session.id());
    assert_eq!(ctx.versions().policy, "policy.default");
    assert_eq!(ctx.sequence(), 2);
    assert_eq!(ctx.message().unwrap().sender, "coordinator");
    stop.stop();
    assert_eq!(ended(alice).await.ending, Ending::Stopped);
    assert_eq!(session.state().await.unwrap(), SessionState::Open);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_participant_that_may_not_or_cannot_join_fails() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let session = proposed(&client).await;
    let code = async |run: Run| match soon(run).await.unwrap() {
        Err(Error::Session(error)) => error.code().cloned(),
        other => panic!("{other:?}"),
    };
    let stranger = spawn(participant(&speaking_as(&client, "mallory"), session.id()));
    assert_eq!(code(stranger).await, Some(ErrorCode::Forbidden));
    let nowhere = participant(&client, &SessionId::random());
    let nowhere = spawn(nowhere.wait_for_session(Duration::ZERO));
    assert_eq!(code(nowhere).await, Some(ErrorCode::SessionNotFound));

    let nameless = Client::builder(runtime.endpoint()).allow_insecure();
    let nameless = nameless.connect().await.unwrap();
    let error = soon(spawn(participant(&nameless, session.id())))
        .await
        .unwrap();
    let Err(Error::Session(error)) = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.invalid().unwrap().field(), "credentials");
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_post_stops_the_participant_and_not_the_session() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let session = proposed(&client).await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let endpoint = CancelEndpoint::new("127.0.0.1", address.port(), "cancel")
        .bearer_token("open-sesame")
        .unwrap();
    let alice = participant(&speaking_as(&client, "alice"), session.id())
        .cancel_callback(endpoint.clone())
        .on_message(move |ctx| {
            tell.send(ctx.sequence()).unwrap();
            async { Ok(()) }
        });
    let alice = spawn(alice);
    soon(told.recv()).await.unwrap();

    let taken = participant(&client, session.id()).cancel_callback(endpoint);
    assert!(matches!(
        soon(taken.run()).await,
        Err(Error::CancelCallback { .. })
    ));

    let post = async |token: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "POST /cancel HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {token}\r\n\
             connection: close\r\ncontent-length: 17\r\n\r\n{{\"reason\":\"test\"}}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(post("wrong").await, "401");
    assert!(!alice.is_finished());
    assert_eq!(post("open-sesame").await, "202");
    assert_eq!(ended(alice).await.ending, Ending::Stopped);
    assert_eq!(session.state().await.unwrap(), SessionState::Open);
    assert!(
        TcpStream::connect(address).await.is_err(),
        "still listening"
    );
}
