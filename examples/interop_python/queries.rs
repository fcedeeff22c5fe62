//! What both SDKs' projections can be asked, in Python's words, and our answers.

use crate::stage::ROSTER;
use macp_sdk::modes::SessionMode;
use macp_sdk::projections::Projection;
use macp_sdk::projections::decision::DecisionState;
use macp_sdk::projections::handoff::HandoffState;
use macp_sdk::projections::multi_round::MultiRoundState;
use macp_sdk::projections::proposal::{ProposalRecord, ProposalState};
use macp_sdk::projections::quorum::QuorumState;
use macp_sdk::projections::task::TaskState;
use serde_json::{Map, Value, json};

/// Subjects that scenarios name, and one that none does.
const SUBJECTS: [&str; 6] = ["p1", "p2", "t1", "h1", "r1", "unheard-of"];

/// A method or field of the Python projection, and our answer.
pub struct Query {
    pub name: &'static str,
    pub arguments: Value,
    pub answer: Value,
}

fn field(name: &'static str, answer: Value) -> Query {
    let arguments = json!([]);
    Query {
        name,
        arguments,
        answer,
    }
}

/// The same question about each of `arguments`.
fn each<T: Into<Value>>(
    name: &'static str,
    arguments: &[&str],
    answer: impl Fn(&str) -> T,
) -> impl Iterator<Item = Query> {
    arguments.iter().map(move |argument| Query {
        name,
        arguments: json!([argument]),
        answer: answer(argument).into(),
    })
}

fn object<K: Into<String>>(members: impl Iterator<Item = (K, Value)>) -> Value {
    members
        .map(|(key, value)| (key.into(), value))
        .collect::<Map<_, _>>()
        .into()
}

fn list<'a, T: serde::Serialize + 'a>(items: impl Iterator<Item = T>) -> Value {
    items.map(|item| json!(item)).collect()
}

/// What the projections of all modes answer.
pub fn common<S: SessionMode>(p: &Projection<S>) -> Vec<Query> {
    let mut commitment = json!(p.commitment());
    if let Some(commitment) = commitment.as_object_mut() {
        // It is the envelope's, which Python's does not keep.
        commitment.remove("sender");
    }
    vec![
        field("phase", json!(p.phase())),
        field("is_committed", json!(p.is_committed())),
        field("is_positive_outcome", json!(p.is_positive_outcome())),
        field("has_anomalies", json!(p.has_anomalies())),
        field("anomalies", json!(p.anomalies())),
        field("commitment", commitment),
    ]
}

/// A mode whose projections are compared.
pub trait Compared: SessionMode {
    /// Whether the Python SDK has a projection of this mode.
    const PYTHON_PROJECTS: bool = true;

    fn queries(p: &Projection<Self>) -> Vec<Query>;
}

impl Compared for DecisionState {
    fn queries(p: &Projection<Self>) -> Vec<Query> {
        let votes_on = |id: &str| {
            object(p.votes_on(id).map(|(sender, record)| {
                let record = json!({"proposal_id": id, "sender": sender, "vote": record.vote, "reason": record.reason});
                (sender, record)
            }))
        };
        let mut queries = vec![
            field(
                "proposals",
                object(p.proposals().map(|r| (&*r.proposal_id, json!(r)))),
            ),
            field("evaluations", json!(p.evaluations())),
            field("objections", json!(p.objections())),
            field(
                "votes",
                object(p.voted_proposals().map(|id| (id, votes_on(id)))),
            ),
            field(
                "vote_totals",
                object(p.vote_totals().map(|(id, n)| (id, json!(n)))),
            ),
            field("majority_winner", json!(p.majority_winner())),
            field("has_blocking_objection", json!(p.has_blocking_objection())),
            field("review_evaluations", list(p.review_evaluations())),
            field("qualifying_evaluations", list(p.qualifying_evaluations())),
        ];
        queries.extend(each("has_blocking_objection", &SUBJECTS, |id| {
            p.has_blocking_objection_to(id)
        }));
        queries.extend(each("vote_ratio", &SUBJECTS, |id| p.vote_ratio(id)));
        queries
    }
}

impl Compared for ProposalState {
    fn queries(p: &Projection<Self>) -> Vec<Query> {
        // Python has an empty text for "none".
        let record = |record: &ProposalRecord| {
            let mut json = json!(record);
            json["supersedes"] = json!(record.supersedes.as_deref().unwrap_or_default());
            json
        };
        let by_id = |r: &ProposalRecord| (r.proposal_id.clone(), record(r));
        let mut queries = vec![
            field("proposals", object(p.proposals().map(by_id))),
            field("live_proposals", object(p.live_proposals().map(by_id))),
            field("accepts", json!(p.accepts())),
            field("rejections", json!(p.rejections())),
            field("accepted_proposal", json!(p.accepted_proposal())),
            field("has_terminal_rejection", json!(p.has_terminal_rejection())),
            field(
                "active_proposals",
                p.active_proposals().map(record).collect(),
            ),
            field("latest_proposal", json!(p.latest_proposal().map(record))),
        ];
        queries.extend(each("is_accepted", &SUBJECTS, |id| p.is_accepted(id)));
        queries.extend(each("is_terminally_rejected", &SUBJECTS, |id| {
            p.is_terminally_rejected(id)
        }));
        queries
    }
}

impl Compared for TaskState {
    fn queries(p: &Projection<Self>) -> Vec<Query> {
        let failures = p.failures().iter().map(|failure| {
            let mut json = json!(failure);
            if let Some(json) = json.as_object_mut() {
                // Ours alone.
                json.remove("too_late");
            }
            json
        });
        let assignment = p.active_assignment();
        let mut queries = vec![
            field("tasks", object(p.tasks().map(|r| (&*r.task_id, json!(r))))),
            field("updates", list(p.updates())),
            field("rejections", json!(p.rejections())),
            field("completions", json!(p.completions())),
            field("failures", failures.collect()),
            field(
                "active_assignment",
                json!(assignment.map(|a| [&a.sender, &a.task_id])),
            ),
            field("latest_progress", json!(p.latest_progress())),
            field("active_tasks", list(p.active_tasks())),
            field("declined_participants", list(p.declined_participants())),
        ];
        queries.extend(each("get_task", &SUBJECTS, |id| json!(p.task(id))));
        queries.extend(each("current_assignee", &SUBJECTS, |id| {
            json!(p.current_assignee(id))
        }));
        queries.extend(each("current_status", &SUBJECTS, |id| {
            json!(p.current_status(id))
        }));
        queries.extend(each("is_accepted", &SUBJECTS, |id| p.is_accepted(id)));
        queries.extend(each("is_completed", &SUBJECTS, |id| p.is_completed(id)));
        queries.extend(each("is_failed", &SUBJECTS, |id| p.is_failed(id)));
        queries.extend(each("is_retryable", &SUBJECTS, |id| p.is_retryable(id)));
        queries.extend(each("progress_of", &SUBJECTS, |id| p.progress_of(id)));
        queries.extend(each("negative_commit_eligible", &SUBJECTS, |id| {
            p.negative_commit_eligible(id)
        }));
        queries.extend(each("has_declined", &ROSTER, |name| p.has_declined(name)));
        queries.extend(each("can_accept", &ROSTER, |name| p.can_accept(name)));
        queries
    }
}

impl Compared for HandoffState {
    fn queries(p: &Projection<Self>) -> Vec<Query> {
        let mut queries = vec![
            field(
                "handoffs",
                object(p.handoffs().map(|r| (&*r.handoff_id, json!(r)))),
            ),
            field("has_accepted_offer", json!(p.has_accepted_offer())),
            field("active_offer", json!(p.active_offer())),
            field("pending_handoffs", list(p.pending_handoffs())),
            field("declined_targets", list(p.declined_targets())),
        ];
        queries.extend(each("get_handoff", &SUBJECTS, |id| json!(p.handoff(id))));
        queries.extend(each("has_accepted_offer", &SUBJECTS, |id| {
            p.is_accepted(id)
        }));
        queries.extend(each("is_accepted", &SUBJECTS, |id| p.is_accepted(id)));
        queries.extend(each("is_declined", &SUBJECTS, |id| p.is_declined(id)));
        queries.extend(each("is_implicitly_accepted", &SUBJECTS, |id| {
            p.is_implicitly_accepted(id)
        }));
        queries.extend(each("can_offer_to", &ROSTER, |name| p.can_offer_to(name)));
        queries
    }
}

impl Compared for QuorumState {
    fn queries(p: &Projection<Self>) -> Vec<Query> {
        let ballots_on = |id: &str| {
            object(p.ballots_on(id).map(|(sender, record)| {
                let record = json!({"request_id": id, "sender": sender, "vote": record.vote, "reason": record.reason});
                (sender, record)
            }))
        };
        let mut queries = vec![
            field(
                "requests",
                object(p.requests().map(|r| (&*r.request_id, json!(r)))),
            ),
            field(
                "ballots",
                object(p.balloted_requests().map(|id| (id, ballots_on(id)))),
            ),
        ];
        queries.extend(each("approval_count", &SUBJECTS, |id| p.approval_count(id)));
        queries.extend(each("rejection_count", &SUBJECTS, |id| {
            p.rejection_count(id)
        }));
        queries.extend(each("abstention_count", &SUBJECTS, |id| {
            p.abstention_count(id)
        }));
        queries.extend(each("has_quorum", &SUBJECTS, |id| p.has_quorum(id)));
        queries.extend(each("commitment_ready", &SUBJECTS, |id| {
            p.commitment_ready(id)
        }));
        queries.extend(each("threshold", &SUBJECTS, |id| p.threshold(id)));
        queries.extend(each("voted_senders", &SUBJECTS, |id| {
            list(p.voted_senders(id))
        }));
        queries.extend(each("remaining_votes_needed", &SUBJECTS, |id| {
            p.remaining_votes_needed(id)
        }));
        let unreachable = |id: &&str| {
            let eligible = ROSTER.len();
            Query {
                name: "is_threshold_unreachable",
                arguments: json!([id, eligible]),
                answer: json!(p.is_threshold_unreachable(id, eligible)),
            }
        };
        queries.extend(SUBJECTS.iter().map(unreachable));
        queries
    }
}

impl Compared for MultiRoundState {
    const PYTHON_PROJECTS: bool = false;

    fn queries(_: &Projection<Self>) -> Vec<Query> {
        Vec::new()
    }
}
