use crate::support::{client, invalid, refused, runtime, start};
use macp_modes::QuorumSession;
use macp_proto::{ErrorCode, SessionState};
use macp_transport::Credentials;

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_quorum_that_approves() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let [alice, bob] = ["alice", "bob"].map(Credentials::dev_agent);
    let mut session = QuorumSession::start(&client, start()).await.unwrap();

    session
        .request_approval("r1", "release.publish", 2)
        .summary("2.1")
        .details("notes")
        .await
        .unwrap();
    session.approve("r1").reason("green").await.unwrap();
    session
        .abstain("r1")
        .reason("on leave")
        .sent_by(&alice)
        .await
        .unwrap();
    assert!(!session.projection().has_quorum("r1"));
    session.approve("r1").sent_by(&bob).await.unwrap();

    assert!(session.projection().has_quorum("r1"));
    assert_eq!(session.projection().abstention_count("r1"), 1);
    let accepted = session
        .commit("quorum.approved", "release")
        .reason("two")
        .await
        .unwrap();
    assert_eq!(accepted.state, SessionState::Resolved);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn an_unreachable_quorum_is_committed_negative() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let alice = Credentials::dev_agent("alice");
    let mut session = QuorumSession::start(&client, start()).await.unwrap();
    session
        .request_approval("r1", "release.publish", 3)
        .await
        .unwrap();
    session
        .reject("r1")
        .reason("red")
        .sent_by(&alice)
        .await
        .unwrap();
    assert!(session.projection().is_threshold_unreachable("r1", 3));
    session
        .commit("quorum.rejected", "release")
        .reason("alice rejects")
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
    let mut session = QuorumSession::start(&client, start()).await.unwrap();

    for required in [0, 4] {
        let request = session.request_approval("r1", "publish", required).await;
        assert_eq!(invalid(request), "required_approvals");
    }
    let not_the_initiator = session
        .request_approval("r1", "publish", 1)
        .sent_by(&alice)
        .await;
    assert_eq!(refused(not_the_initiator), ErrorCode::Forbidden);
    assert_eq!(
        refused(session.approve("r1").await),
        ErrorCode::InvalidEnvelope
    );
    session.request_approval("r1", "publish", 2).await.unwrap();
    assert_eq!(
        refused(session.request_approval("r2", "publish", 2).await),
        ErrorCode::InvalidEnvelope
    );
    session.approve("r1").sent_by(&alice).await.unwrap();
    let second = session.reject("r1").sent_by(&alice).await;
    assert_eq!(refused(second), ErrorCode::InvalidEnvelope);
    let stranger = session.abstain("r1").sent_by(&mallory).await;
    assert_eq!(refused(stranger), ErrorCode::Forbidden);
    let too_early = session.commit("quorum.approved", "s").reason("r").await;
    assert_eq!(refused(too_early), ErrorCode::InvalidEnvelope);
}
