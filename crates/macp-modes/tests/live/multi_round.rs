use crate::support::{ROSTER, client, invalid, refused, runtime, start};
use macp_modes::MultiRoundSession;
use macp_proto::{ErrorCode, SessionState};
use macp_transport::Credentials;

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn agents_converge_on_a_value() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let mut session = MultiRoundSession::start(&client, start()).await.unwrap();
    session
        .contribute("blue")
        .sent_by(&Credentials::dev_agent("bob"))
        .await
        .unwrap();
    for agent in ROSTER.map(Credentials::dev_agent) {
        session.contribute("green").sent_by(&agent).await.unwrap();
    }
    assert_eq!(session.projection().contributions().len(), 4);
    let accepted = session
        .commit("multi_round.converged", "team")
        .reason("green")
        .await
        .unwrap();
    assert_eq!(accepted.state, SessionState::Resolved);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn refusals_surface_as_data() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let mut session = MultiRoundSession::start(&client, start()).await.unwrap();
    assert_eq!(invalid(session.contribute("").await), "value");
    let mallory = Credentials::dev_agent("mallory");
    assert_eq!(
        refused(session.contribute("x").sent_by(&mallory).await),
        ErrorCode::Forbidden
    );
    session.contribute("blue").await.unwrap();
    let too_early = session
        .commit("multi_round.converged", "s")
        .reason("r")
        .await;
    assert_eq!(refused(too_early), ErrorCode::InvalidEnvelope);
    for agent in ROSTER.map(Credentials::dev_agent) {
        session.contribute("blue").sent_by(&agent).await.unwrap();
    }
    assert_eq!(
        refused(session.contribute("red").await),
        ErrorCode::InvalidEnvelope
    );
    let alice = Credentials::dev_agent("alice");
    let not_the_initiator = session
        .commit("multi_round.converged", "s")
        .reason("r")
        .sent_by(&alice)
        .await;
    assert_eq!(refused(not_the_initiator), ErrorCode::Forbidden);
}
