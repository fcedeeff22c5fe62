//! Each mode's records and query results, as the expected documents write them.

use crate::document::{Inputs, by_id};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use macp_projections::multi_round::ContributionEncoding;
use macp_projections::policy::EffectiveThreshold;
use macp_projections::{
    DecisionProjection, HandoffProjection, MultiRoundProjection, ProposalProjection,
    QuorumProjection, TaskProjection,
};
use serde_json::{Map, Value, json};

/// A double as the documents write it.
fn double(value: f64) -> Value {
    if value.is_nan() {
        "NaN".into()
    } else if value == f64::INFINITY {
        "Infinity".into()
    } else if value == f64::NEG_INFINITY {
        "-Infinity".into()
    } else {
        value.into()
    }
}

fn object(members: impl Iterator<Item = (String, Value)>) -> Value {
    members.collect::<Map<_, _>>().into()
}

pub(crate) fn decision(p: &DecisionProjection, inputs: &Inputs) -> Value {
    let votes_on = |id: &str| {
        object(p.votes_on(id).map(|(sender, record)| {
            let record = json!({
                "proposal_id": id,
                "sender": sender,
                "vote": record.vote,
                "reason": record.reason,
            });
            (sender.to_owned(), record)
        }))
    };
    let senders = |id| p.votes_on(id).map(|(sender, _)| sender).collect::<Vec<_>>();
    json!({
        "proposals": object(p.proposals().map(|r| (r.proposal_id.clone(), json!(r)))),
        "evaluations": p.evaluations().iter().map(|r| json!({
            "proposal_id": r.proposal_id,
            "sender": r.sender,
            "recommendation": r.recommendation,
            "confidence": double(r.confidence),
            "reason": r.reason,
        })).collect::<Vec<_>>(),
        "objections": p.objections(),
        "votes": object(p.voted_proposals().map(|id| (id.to_owned(), votes_on(id)))),
        "order": {
            "proposals": p.proposals().map(|r| &r.proposal_id).collect::<Vec<_>>(),
            "votes": p.voted_proposals().map(|id| json!([id, senders(id)])).collect::<Vec<_>>(),
        },
        "queries": {
            "vote_totals": object(p.vote_totals().map(|(id, n)| (id.to_owned(), n.into()))),
            "majority_winner": p.majority_winner(),
            "has_blocking_objection": p.has_blocking_objection(),
            "review_evaluations": p.review_evaluations().count(),
            "qualifying_evaluations": p.qualifying_evaluations().count(),
            "per_proposal": by_id(&inputs.ids, |id| json!({
                "vote_ratio": double(p.vote_ratio(id)),
                "has_blocking_objection": p.has_blocking_objection_to(id),
            })),
        },
    })
}

pub(crate) fn proposal(p: &ProposalProjection, inputs: &Inputs) -> Value {
    json!({
        "proposals": object(p.proposals().map(|r| {
            let mut record = json!(r);
            record["supersedes"] = r.supersedes.as_deref().unwrap_or_default().into();
            (r.proposal_id.clone(), record)
        })),
        "accepts": p.accepts(),
        "rejections": p.rejections(),
        "order": { "proposals": p.proposals().map(|r| &r.proposal_id).collect::<Vec<_>>() },
        "queries": {
            "live_proposals": p.live_proposals().map(|r| &r.proposal_id).collect::<Vec<_>>(),
            "active_proposals": p.active_proposals().map(|r| &r.proposal_id).collect::<Vec<_>>(),
            "latest_proposal": p.latest_proposal().map(|r| &r.proposal_id),
            "accepted_proposal": p.accepted_proposal(),
            "has_terminal_rejection": p.has_terminal_rejection(),
            "per_proposal": by_id(&inputs.ids, |id| json!({
                "is_accepted": p.is_accepted(id),
                "is_terminally_rejected": p.is_terminally_rejected(id),
            })),
        },
    })
}

pub(crate) fn task(p: &TaskProjection, inputs: &Inputs) -> Value {
    json!({
        "tasks": object(p.tasks().map(|r| (r.task_id.clone(), json!({
            "task_id": r.task_id,
            "title": r.title,
            "instructions": r.instructions,
            "requested_assignee": r.requested_assignee,
            "input": STANDARD.encode(&r.input),
            "deadline_unix_ms": r.deadline_unix_ms,
            "sender": r.sender,
            "status": r.status.to_string(),
            "assignee": r.assignee,
            "progress": double(r.progress),
        })))),
        "active_assignment": p.active_assignment(),
        "rejections": p.rejections(),
        "updates": p.updates().map(|r| json!({
            "task_id": r.task_id,
            "sender": r.sender,
            "status": r.status,
            "progress": double(r.progress),
            "message": r.message,
        })).collect::<Vec<_>>(),
        "completions": p.completions(),
        "failures": p.failures().iter().map(|r| {
            let mut record = json!(r);
            record.as_object_mut().unwrap().remove("too_late");
            record
        }).collect::<Vec<_>>(),
        "order": { "tasks": p.tasks().map(|r| &r.task_id).collect::<Vec<_>>() },
        "queries": {
            "active_tasks": p.active_tasks().map(|r| &r.task_id).collect::<Vec<_>>(),
            "declined_participants": p.declined_participants().collect::<Vec<_>>(),
            "latest_progress": p.latest_progress().map(double),
            "per_participant": by_id(&inputs.people, |one| json!({
                "can_accept": p.can_accept(one),
                "has_declined": p.has_declined(one),
            })),
            "per_task": by_id(&inputs.ids, |id| json!({
                "get_task": p.task(id).is_some(),
                "current_assignee": p.current_assignee(id),
                "current_status": p.current_status(id).map(|status| status.to_string()),
                "is_accepted": p.is_accepted(id),
                "is_completed": p.is_completed(id),
                "is_failed": p.is_failed(id),
                "is_retryable": p.is_retryable(id),
                "negative_commit_eligible": p.negative_commit_eligible(id),
                "progress_of": double(p.progress_of(id)),
            })),
        },
    })
}

pub(crate) fn handoff(p: &HandoffProjection, inputs: &Inputs) -> Value {
    json!({
        "handoffs": object(p.handoffs().map(|r| (r.handoff_id.clone(), json!(r)))),
        "order": { "handoffs": p.handoffs().map(|r| &r.handoff_id).collect::<Vec<_>>() },
        "queries": {
            "active_offer": p.active_offer().map(|r| &r.handoff_id),
            "pending_handoffs": p.pending_handoffs().map(|r| &r.handoff_id).collect::<Vec<_>>(),
            "declined_targets": p.declined_targets().collect::<Vec<_>>(),
            "has_accepted_offer": p.has_accepted_offer(),
            "per_handoff": by_id(&inputs.ids, |id| json!({
                "get_handoff": p.handoff(id).is_some(),
                "has_accepted_offer": p.is_accepted(id),
                "is_accepted": p.is_accepted(id),
                "is_declined": p.is_declined(id),
                "is_implicitly_accepted": p.is_implicitly_accepted(id),
            })),
            "per_participant": by_id(&inputs.people, |one| json!({
                "can_offer_to": p.can_offer_to(one),
            })),
        },
    })
}

pub(crate) fn quorum(p: &QuorumProjection, inputs: &Inputs, thresholds: &[Option<u32>]) -> Value {
    let total = inputs.participants.len();
    let ballots_on = |id: &str| {
        object(p.ballots_on(id).map(|(sender, record)| {
            let record = json!({
                "request_id": id,
                "sender": sender,
                "vote": record.vote.to_string(),
                "reason": record.reason,
            });
            (sender.to_owned(), record)
        }))
    };
    json!({
        "requests": object(p.requests().map(|r| (r.request_id.clone(), json!(r)))),
        "ballots": object(p.balloted_requests().map(|id| (id.to_owned(), ballots_on(id)))),
        "order": {
            "requests": p.requests().map(|r| &r.request_id).collect::<Vec<_>>(),
            "ballots": p.balloted_requests()
                .map(|id| json!([id, p.voted_senders(id).collect::<Vec<_>>()]))
                .collect::<Vec<_>>(),
        },
        "queries": { "per_request": by_id(&inputs.ids, |id| json!({
            "approval_count": p.approval_count(id),
            "rejection_count": p.rejection_count(id),
            "abstention_count": p.abstention_count(id),
            "voted_senders": p.voted_senders(id).collect::<Vec<_>>(),
            "threshold": p.threshold(id),
            "has_quorum": p.has_quorum(id),
            "is_threshold_unreachable": p.is_threshold_unreachable(id, total),
            "commitment_ready": p.commitment_ready(id),
            "remaining_votes_needed": p.remaining_votes_needed(id),
            "with_effective_threshold": thresholds
                .iter()
                .map(|bar| quorum_at(p, id, total, *bar))
                .collect::<Vec<_>>(),
        })) },
    })
}

fn quorum_at(p: &QuorumProjection, id: &str, total: usize, bar: Option<u32>) -> Value {
    let threshold = bar.map_or(
        EffectiveThreshold::Unsatisfiable,
        EffectiveThreshold::Approvals,
    );
    let known = p.request(id).is_some();
    json!({
        "effective_threshold": bar,
        "threshold": match bar {
            _ if !known => json!(0),
            Some(bar) => json!(bar),
            None => json!("Infinity"),
        },
        "has_quorum": p.has_quorum_at(id, threshold),
        "is_threshold_unreachable": p.is_threshold_unreachable_at(id, threshold, total),
        "commitment_ready": p.commitment_ready_at(id, threshold),
        "remaining_votes_needed": p
            .remaining_votes_needed_at(id, threshold)
            .map_or_else(|| json!("Infinity"), |votes| json!(votes)),
    })
}

/// Which reading a value came from, with all that the payload says.
pub(crate) fn contributions(p: &MultiRoundProjection) -> Vec<Value> {
    let payload = |message_id: &str| {
        let mut entries = p.transcript().iter();
        entries
            .find(|e| e.message_id == message_id)
            .unwrap()
            .payload
            .clone()
    };
    let decoded = |r: &macp_projections::multi_round::ContributionRecord| match r.encoding {
        ContributionEncoding::Json => {
            let json: Value = serde_json::from_slice(&payload(&r.message_id)).unwrap();
            json!({ "encoding": "json", "json": json })
        }
        ContributionEncoding::Protobuf => match r.value.as_deref() {
            None | Some("") => json!({}),
            Some(value) => json!({ "value": value }),
        },
    };
    p.contributions()
        .iter()
        .map(|r| {
            json!({
                "message_id": r.message_id,
                "sender": r.sender,
                "value": r.value,
                "decoded": decoded(r),
            })
        })
        .collect()
}
