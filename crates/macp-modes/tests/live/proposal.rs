use crate::support::{client, refused, runtime, start};
use macp_modes::ProposalSession;
use macp_proto::{ErrorCode, SessionState};
use macp_transport::Credentials;

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_negotiation_that_converges() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let agents = ["coordinator", "alice", "bob"].map(Credentials::dev_agent);
    let [_, alice, bob] = &agents;
    let mut session = ProposalSession::start(&client, start()).await.unwrap();

    session
        .propose("p1", "900")
        .summary("delivered")
        .details("terms")
        .tags(["price"])
        .await
        .unwrap();
    session
        .counter_propose("p2", "p1", "950")
        .summary("fast")
        .details("terms")
        .sent_by(alice)
        .await
        .unwrap();
    session
        .reject("p1")
        .reason("too low")
        .sent_by(bob)
        .await
        .unwrap();
    session.propose("p3", "1000").sent_by(bob).await.unwrap();
    session
        .withdraw("p3")
        .reason("a slip")
        .sent_by(bob)
        .await
        .unwrap();
    for agent in &agents {
        session
            .accept("p2")
            .reason("agreed")
            .sent_by(agent)
            .await
            .unwrap();
    }

    assert_eq!(session.projection().accepted_proposal(), Some("p2"));
    assert!(!session.projection().has_terminal_rejection());
    let accepted = session
        .commit("proposal.accepted", "sales")
        .reason("all agree")
        .await
        .unwrap();
    assert_eq!(accepted.state, SessionState::Resolved);
    assert_eq!(session.projection().is_positive_outcome(), Some(true));
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_terminal_rejection_allows_a_negative_outcome() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let mut session = ProposalSession::start(&client, start()).await.unwrap();
    session.propose("p1", "900").await.unwrap();
    let bob = Credentials::dev_agent("bob");
    session.reject("p1").terminal().sent_by(&bob).await.unwrap();
    assert!(session.projection().is_terminally_rejected("p1"));
    session
        .commit("proposal.rejected", "sales")
        .reason("bob will not")
        .await
        .unwrap();
    assert_eq!(session.projection().is_positive_outcome(), Some(false));
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn refusals_surface_as_data() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let [alice, mallory] = ["alice", "mallory"].map(Credentials::dev_agent);
    let mut session = ProposalSession::start(&client, start()).await.unwrap();
    session.propose("p1", "900").await.unwrap();

    assert_eq!(
        refused(session.propose("p1", "again").await),
        ErrorCode::InvalidEnvelope
    );
    let counter = session.counter_propose("p2", "p9", "to nothing").await;
    assert_eq!(refused(counter), ErrorCode::InvalidEnvelope);
    assert_eq!(
        refused(session.accept("p9").await),
        ErrorCode::InvalidEnvelope
    );
    assert_eq!(
        refused(session.reject("p9").await),
        ErrorCode::InvalidEnvelope
    );
    let not_the_author = session.withdraw("p1").sent_by(&alice).await;
    assert_eq!(refused(not_the_author), ErrorCode::Forbidden);
    let stranger = session.accept("p1").sent_by(&mallory).await;
    assert_eq!(refused(stranger), ErrorCode::Forbidden);
    let too_early = session.commit("proposal.accepted", "s").reason("r").await;
    assert_eq!(refused(too_early), ErrorCode::InvalidEnvelope);
}
