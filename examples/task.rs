//! A planner asks for a report; a worker takes the task, reports progress and completes it.

use examples::Outcome;
use macp_sdk::{Client, Credentials, SessionStart, TaskSession};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let target = std::env::var("MACP_RUNTIME_TARGET")
        .unwrap_or_else(|_| "http://127.0.0.1:50051".to_owned());
    let client = Client::builder(target)
        .allow_insecure()
        .credentials(Credentials::dev_agent("planner"))
        .connect()
        .await?;
    let worker = Credentials::dev_agent("worker");

    let mut session = TaskSession::start(
        &client,
        SessionStart::new("write the weekly report").participants(["planner", "worker"]),
    )
    .await?;

    session
        .request_task("report-47", "Weekly report")
        .instructions("one page, figures first")
        .requested_assignee("worker")
        .await?;
    session.accept_task("report-47").sent_by(&worker).await?;
    session
        .update_task("report-47", "drafting", 0.5)
        .sent_by(&worker)
        .await?;
    session
        .complete_task("report-47")
        .output("all green")
        .sent_by(&worker)
        .await?;

    if session.projection().is_completed("report-47") {
        session
            .commit("task.completed", "reporting")
            .reason("report delivered")
            .await?;
    }
    println!(
        "progress: {}",
        session.projection().progress_of("report-47")
    );
    println!("state: {}", session.state().await?);
    Ok(())
}
