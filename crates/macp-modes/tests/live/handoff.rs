use crate::support::{client, invalid, refused, runtime, start};
use macp_modes::HandoffSession;
use macp_proto::{ErrorCode, MessageId, SessionState};
use macp_transport::Credentials;

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_handoff_declined_once_and_then_accepted() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let [alice, bob] = ["alice", "bob"].map(Credentials::dev_agent);
    let mut session = HandoffSession::start(&client, start()).await.unwrap();

    session
        .offer("h1", "alice")
        .scope("refunds")
        .reason("holiday")
        .await
        .unwrap();
    session
        .decline("h1")
        .reason("busy")
        .sent_by(&alice)
        .await
        .unwrap();
    session.offer("h2", "bob").await.unwrap();
    session
        .add_context("h2", "text/plain", "three open cases")
        .await
        .unwrap();
    session
        .accept("h2")
        .reason("mine")
        .sent_by(&bob)
        .await
        .unwrap();

    assert!(session.projection().is_declined("h1"));
    assert!(session.projection().is_accepted("h2"));
    assert!(!session.projection().is_implicitly_accepted("h2"));
    let accepted = session
        .commit("handoff.accepted", "support")
        .reason("bob")
        .await
        .unwrap();
    assert_eq!(accepted.state, SessionState::Resolved);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn refusals_surface_as_data() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let [alice, bob] = ["alice", "bob"].map(Credentials::dev_agent);
    let mut session = HandoffSession::start(&client, start()).await.unwrap();

    assert_eq!(
        invalid(session.offer("h1", "coordinator").await),
        "target_participant"
    );
    let reserved = MessageId::new("implicit-accept:h1").unwrap();
    assert_eq!(
        invalid(session.offer("h1", "alice").message_id(reserved).await),
        "message_id"
    );
    let not_the_initiator = session.offer("h1", "bob").sent_by(&alice).await;
    assert_eq!(refused(not_the_initiator), ErrorCode::Forbidden);
    assert_eq!(
        invalid(session.offer("h1", "carol").await),
        "target_participant"
    );
    session.offer("h1", "alice").await.unwrap();
    assert_eq!(
        refused(session.offer("h2", "bob").await),
        ErrorCode::InvalidEnvelope
    );
    let not_the_offerer = session
        .add_context("h1", "text/plain", "?")
        .sent_by(&bob)
        .await;
    assert_eq!(refused(not_the_offerer), ErrorCode::Forbidden);
    let not_the_target = session.accept("h1").sent_by(&bob).await;
    assert_eq!(refused(not_the_target), ErrorCode::Forbidden);
    let not_the_target = session.decline("h1").sent_by(&bob).await;
    assert_eq!(refused(not_the_target), ErrorCode::Forbidden);
    let too_early = session.commit("handoff.accepted", "s").reason("r").await;
    assert_eq!(refused(too_early), ErrorCode::InvalidEnvelope);
}
