//! A session or two in every mode: what is committed in the end, and on the way whatever both SDKs
//! can say.

use crate::Outcome;
use crate::stage::Stage;
use macp_sdk::projections::commitment::OutcomePolarity::{Negative, Positive};
use macp_sdk::projections::decision::DecisionState;
use macp_sdk::projections::handoff::HandoffState;
use macp_sdk::projections::multi_round::MultiRoundState;
use macp_sdk::projections::proposal::ProposalState;
use macp_sdk::projections::quorum::QuorumState;
use macp_sdk::projections::task::TaskState;
use macp_sdk::{Recommendation, Severity, Vote};
use serde_json::json;

pub async fn play_all(stage: &mut Stage) -> Outcome<()> {
    decision(stage).await?;
    proposal(stage).await?;
    proposal_rejected(stage).await?;
    task(stage).await?;
    task_failed(stage).await?;
    handoff(stage).await?;
    handoff_declined(stage).await?;
    quorum(stage).await?;
    quorum_rejected(stage).await?;
    multi_round(stage).await
}

async fn decision(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<DecisionState>("policy.std.majority").await?;
    let theirs = json!({"proposal_id": "p1", "option": "deploy", "rationale": "tested"});
    let ours = rust.propose("p1", "deploy").rationale("tested");
    stage.initiator("propose", theirs, ours).await?;
    let theirs = json!({"proposal_id": "p2", "option": "wait"});
    let ours = rust.propose("p2", "wait");
    stage.initiator("propose", theirs, ours).await?;

    let theirs = json!({"proposal_id": "p1", "recommendation": "APPROVE", "confidence": 0.9, "reason": "sound"});
    let ours = rust.evaluate("p1", Recommendation::Approve, 0.9);
    stage
        .participant("evaluate", theirs, ours.reason("sound"))
        .await?;
    let theirs = json!({"proposal_id": "p2", "recommendation": "REVIEW", "confidence": 0.25});
    let ours = rust.evaluate("p2", Recommendation::Review, 0.25);
    stage.initiator("evaluate", theirs, ours).await?;
    let theirs = json!({"proposal_id": "p2", "reason": "too slow", "severity": "low"});
    let ours = rust
        .raise_objection("p2", "too slow")
        .severity(Severity::Low);
    stage.participant("raise_objection", theirs, ours).await?;

    let theirs = json!({"proposal_id": "p1", "vote": "APPROVE", "reason": "yes"});
    let ours = rust.vote("p1", Vote::Approve).reason("yes");
    stage.initiator("vote", theirs, ours).await?;
    let theirs = json!({"proposal_id": "p1", "vote": "APPROVE"});
    let ours = rust.vote("p1", Vote::Approve);
    stage.participant("vote", theirs, ours).await?;
    let theirs = json!({"proposal_id": "p2", "vote": "ABSTAIN"});
    let ours = rust.vote("p2", Vote::Abstain);
    stage.participant("vote", theirs, ours).await?;
    stage.seal(rust, "decision.approved", Positive).await
}

async fn proposal(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<ProposalState>("policy.default").await?;
    let theirs = json!({"proposal_id": "p1", "title": "900", "summary": "a start", "tags": ["price", "first"]});
    let ours = rust.propose("p1", "900").summary("a start");
    let ours = ours.tags(["price", "first"]);
    stage.initiator("propose", theirs, ours).await?;
    let theirs = json!({"proposal_id": "p1", "reason": "too little"});
    let ours = rust.reject("p1").reason("too little");
    stage.participant("reject", theirs, ours).await?;
    let theirs = json!({"proposal_id": "p2", "supersedes_proposal_id": "p1", "title": "950"});
    let ours = rust.counter_propose("p2", "p1", "950");
    stage.participant("counter_propose", theirs, ours).await?;
    let theirs = json!({"proposal_id": "p1", "reason": "outbid"});
    let ours = rust.withdraw("p1").reason("outbid");
    stage.initiator("withdraw", theirs, ours).await?;
    let theirs = json!({"proposal_id": "p2", "reason": "fair"});
    let ours = rust.accept("p2").reason("fair");
    stage.initiator("accept", theirs, ours).await?;
    let theirs = json!({"proposal_id": "p2"});
    stage
        .participant("accept", theirs, rust.accept("p2"))
        .await?;
    stage.seal(rust, "proposal.accepted", Positive).await
}

async fn proposal_rejected(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<ProposalState>("policy.default").await?;
    let theirs = json!({"proposal_id": "p1", "title": "900"});
    let ours = rust.propose("p1", "900");
    stage.initiator("propose", theirs, ours).await?;
    let theirs = json!({"proposal_id": "p1", "terminal": true, "reason": "never"});
    let ours = rust.reject("p1").terminal().reason("never");
    stage.participant("reject", theirs, ours).await?;
    stage.seal(rust, "proposal.rejected", Negative).await
}

async fn task(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<TaskState>("policy.default").await?;
    let theirs = json!({"task_id": "t1", "title": "report", "instructions": "short", "requested_assignee": "worker", "input_data": "figures", "deadline_unix_ms": 4_102_444_800_000_u64});
    let ours = rust
        .request_task("t1", "report")
        .instructions("short")
        .requested_assignee("worker")
        .input("figures")
        .deadline_unix_ms(4_102_444_800_000);
    stage.initiator("request_task", theirs, ours).await?;
    let theirs = json!({"task_id": "t1"});
    let ours = rust.accept_task("t1");
    stage.participant("accept_task", theirs, ours).await?;
    let theirs = json!({"task_id": "t1", "status": "half", "progress": 0.5, "message": "on it"});
    let ours = rust.update_task("t1", "half", 0.5).message("on it");
    stage.participant("update_task", theirs, ours).await?;
    let theirs = json!({"task_id": "t1", "output": "pages", "summary": "done"});
    let ours = rust.complete_task("t1").output("pages").summary("done");
    stage.participant("complete_task", theirs, ours).await?;
    stage.seal(rust, "task.completed", Positive).await
}

async fn task_failed(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<TaskState>("policy.default").await?;
    let theirs = json!({"task_id": "t1", "title": "report"});
    let ours = rust.request_task("t1", "report");
    stage.initiator("request_task", theirs, ours).await?;
    let theirs = json!({"task_id": "t1", "reason": "gladly"});
    let ours = rust.accept_task("t1").reason("gladly");
    stage.participant("accept_task", theirs, ours).await?;
    let theirs =
        json!({"task_id": "t1", "error_code": "E7", "reason": "no paper", "retryable": true});
    let ours = rust.fail_task("t1", "E7").reason("no paper").retryable();
    stage.participant("fail_task", theirs, ours).await?;
    stage.seal(rust, "task.failed", Negative).await
}

async fn handoff(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<HandoffState>("policy.default").await?;
    let theirs = json!({"handoff_id": "h1", "target_participant": "worker", "scope": "on call", "reason": "holiday"});
    let ours = rust.offer("h1", "worker").scope("on call");
    stage
        .initiator("offer", theirs, ours.reason("holiday"))
        .await?;
    let theirs = json!({"handoff_id": "h1", "content_type": "text/plain", "context": "a note"});
    let ours = rust.add_context("h1", "text/plain", "a note");
    stage.initiator("add_context", theirs, ours).await?;
    let theirs = json!({"handoff_id": "h1", "accepted_by": "worker"});
    let ours = rust.accept("h1");
    stage.participant("accept_handoff", theirs, ours).await?;
    stage.seal(rust, "handoff.accepted", Positive).await
}

async fn handoff_declined(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<HandoffState>("policy.default").await?;
    let theirs = json!({"handoff_id": "h1", "target_participant": "worker"});
    let ours = rust.offer("h1", "worker");
    stage.initiator("offer", theirs, ours).await?;
    let theirs = json!({"handoff_id": "h1", "declined_by": "worker", "reason": "busy"});
    let ours = rust.decline("h1").reason("busy");
    stage.participant("decline", theirs, ours).await?;
    stage.seal(rust, "handoff.declined", Negative).await
}

async fn quorum(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<QuorumState>("policy.default").await?;
    let theirs = json!({"request_id": "r1", "action": "publish", "summary": "the report", "required_approvals": 1});
    let ours = rust.request_approval("r1", "publish", 1);
    stage
        .initiator("request_approval", theirs, ours.summary("the report"))
        .await?;
    let theirs = json!({"request_id": "r1", "reason": "undecided"});
    let ours = rust.abstain("r1").reason("undecided");
    stage.initiator("abstain", theirs, ours).await?;
    let theirs = json!({"request_id": "r1"});
    let ours = rust.approve("r1");
    stage.participant("approve", theirs, ours).await?;
    stage.seal(rust, "quorum.approved", Positive).await
}

async fn quorum_rejected(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<QuorumState>("policy.default").await?;
    let theirs = json!({"request_id": "r1", "action": "publish", "required_approvals": 2});
    let ours = rust.request_approval("r1", "publish", 2);
    stage.initiator("request_approval", theirs, ours).await?;
    let theirs = json!({"request_id": "r1", "reason": "not yet"});
    let ours = rust.reject("r1").reason("not yet");
    stage.participant("reject", theirs, ours).await?;
    stage.seal(rust, "quorum.rejected", Negative).await
}

async fn multi_round(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<MultiRoundState>("policy.default").await?;
    let value = json!({"value": "blue"});
    let ours = rust.contribute("blue");
    stage.initiator("contribute", value.clone(), ours).await?;
    let ours = rust.contribute("blue");
    stage.participant("contribute", value, ours).await?;
    stage.seal(rust, "multi_round.converged", Positive).await
}
