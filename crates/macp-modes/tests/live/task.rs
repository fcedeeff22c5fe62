use crate::support::{client, invalid, refused, runtime, start};
use macp_modes::TaskSession;
use macp_proto::{ErrorCode, SessionState};
use macp_transport::Credentials;

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_task_from_request_to_commitment() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let [alice, bob] = ["alice", "bob"].map(Credentials::dev_agent);
    let mut session = TaskSession::start(&client, start()).await.unwrap();

    session
        .request_task("t1", "report")
        .instructions("one page")
        .input("figures")
        .deadline_unix_ms(1_900_000_000_000)
        .await
        .unwrap();
    session
        .reject_task("t1")
        .reason("busy")
        .sent_by(&bob)
        .await
        .unwrap();
    session
        .accept_task("t1")
        .reason("mine")
        .sent_by(&alice)
        .await
        .unwrap();
    session
        .update_task("t1", "drafting", 0.5)
        .message("half")
        .partial_output("draft")
        .sent_by(&alice)
        .await
        .unwrap();
    assert_eq!(session.projection().current_assignee("t1"), Some("alice"));
    session
        .complete_task("t1")
        .output("page")
        .summary("done")
        .sent_by(&alice)
        .await
        .unwrap();

    assert!(session.projection().is_completed("t1"));
    assert!(session.projection().has_declined("bob"));
    let accepted = session
        .commit("task.completed", "reports")
        .reason("done")
        .await
        .unwrap();
    assert_eq!(accepted.state, SessionState::Resolved);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_failed_task_is_committed_negative() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let alice = Credentials::dev_agent("alice");
    let mut session = TaskSession::start(&client, start()).await.unwrap();
    session
        .request_task("t1", "report")
        .requested_assignee("alice")
        .await
        .unwrap();
    session.accept_task("t1").sent_by(&alice).await.unwrap();
    session
        .fail_task("t1", "E_DISK")
        .reason("full")
        .retryable()
        .sent_by(&alice)
        .await
        .unwrap();
    assert!(session.projection().is_failed("t1"));
    assert!(session.projection().is_retryable("t1"));
    session
        .commit("task.failed", "reports")
        .reason("disk full")
        .await
        .unwrap();
    assert_eq!(session.projection().is_positive_outcome(), Some(false));
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn refusals_surface_as_data() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let [alice, bob] = ["alice", "bob"].map(Credentials::dev_agent);
    let mut session = TaskSession::start(&client, start()).await.unwrap();

    let not_the_initiator = session.request_task("t1", "report").sent_by(&alice).await;
    assert_eq!(refused(not_the_initiator), ErrorCode::Forbidden);
    session.request_task("t1", "report").await.unwrap();
    assert_eq!(
        refused(session.request_task("t2", "more").await),
        ErrorCode::InvalidEnvelope
    );
    let the_initiator = session.accept_task("t1").await;
    assert_eq!(refused(the_initiator), ErrorCode::Forbidden);
    let unassigned = session.update_task("t1", "?", 0.1).sent_by(&alice).await;
    assert_eq!(refused(unassigned), ErrorCode::Forbidden);
    session.accept_task("t1").sent_by(&alice).await.unwrap();
    let taken = session.accept_task("t1").sent_by(&bob).await;
    assert_eq!(refused(taken), ErrorCode::InvalidEnvelope);
    let given_back = session.reject_task("t1").sent_by(&alice).await;
    assert_eq!(refused(given_back), ErrorCode::PolicyDenied);
    let not_the_assignee = session.complete_task("t1").sent_by(&bob).await;
    assert_eq!(refused(not_the_assignee), ErrorCode::Forbidden);
    let not_the_assignee = session.fail_task("t1", "E").sent_by(&bob).await;
    assert_eq!(refused(not_the_assignee), ErrorCode::Forbidden);
    let too_early = session.commit("task.completed", "s").reason("r").await;
    assert_eq!(refused(too_early), ErrorCode::InvalidEnvelope);
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn progress_that_is_not_finite_never_reaches_the_session() {
    let runtime = runtime().await;
    let client = client(&runtime, "coordinator").await;
    let alice = Credentials::dev_agent("alice");
    let mut session = TaskSession::start(&client, start()).await.unwrap();
    let assignee = session
        .request_task("t1", "report")
        .requested_assignee("carol")
        .await;
    assert_eq!(invalid(assignee), "requested_assignee");
    session.request_task("t1", "report").await.unwrap();
    session.accept_task("t1").sent_by(&alice).await.unwrap();
    for progress in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let update = session
            .update_task("t1", "?", progress)
            .sent_by(&alice)
            .await;
        assert_eq!(invalid(update), "progress");
    }
    session
        .update_task("t1", "over", 5.0)
        .sent_by(&alice)
        .await
        .unwrap();
    session.complete_task("t1").sent_by(&alice).await.unwrap();
}
