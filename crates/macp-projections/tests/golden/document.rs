//! The document that our projection gives for a golden history.

use crate::corpus::{Corpus, Document};
use crate::states;
use macp_projections::policy::EffectiveThreshold;
use macp_projections::{
    CommitReadiness, Commitment, DecisionProjection, HandoffProjection, ModeState,
    MultiRoundProjection, Projection, ProposalProjection, QuorumProjection, TaskProjection,
};
use macp_proto::modes::multi_round::ContributePayload;
use macp_proto::v1::{Envelope, SessionStartPayload};
use macp_proto::{MessageType, Mode};
use prost::Message as _;
use serde_json::{Map, Value, json};

/// What the queries are asked about.
pub(crate) struct Inputs {
    pub(crate) participants: Vec<String>,
    pub(crate) ids: Vec<String>,
    pub(crate) people: Vec<String>,
}

pub(crate) fn of(corpus: &Corpus, document: &Document) -> Value {
    let inputs = Inputs::of(corpus, document);
    let expected_mode = Mode::from(document.expected["mode"].as_str().unwrap());
    let mut ours = match expected_mode {
        Mode::Decision => {
            let (projection, mut ours) = run::<_>(DecisionProjection::new(), document);
            ours["query_inputs"] = inputs.to_json();
            ours["state"] = states::decision(&projection, &inputs);
            with_readiness(ours, corpus, document, || {
                projection.commit_readiness(Some(&corpus.policy(&document.name)))
            })
        }
        Mode::Proposal => {
            let (projection, mut ours) = run(ProposalProjection::new(), document);
            ours["query_inputs"] = inputs.to_json();
            ours["state"] = states::proposal(&projection, &inputs);
            with_readiness(ours, corpus, document, || {
                projection.commit_readiness(Some(&corpus.policy(&document.name)))
            })
        }
        Mode::Task => {
            let (projection, mut ours) = run(TaskProjection::new(), document);
            ours["query_inputs"] = inputs.to_json();
            ours["state"] = states::task(&projection, &inputs);
            with_readiness(ours, corpus, document, || {
                projection.commit_readiness(Some(&corpus.policy(&document.name)))
            })
        }
        Mode::Handoff => {
            let (projection, mut ours) = run(HandoffProjection::new(), document);
            ours["query_inputs"] = inputs.to_json();
            ours["state"] = states::handoff(&projection, &inputs);
            with_readiness(ours, corpus, document, || projection.commit_readiness())
        }
        Mode::Quorum => {
            let (projection, mut ours) = run(QuorumProjection::new(), document);
            let bound = bound_threshold(corpus, document, &projection);
            let thresholds = thresholds(inputs.participants.len(), bound);
            ours["query_inputs"] = inputs.to_json();
            ours["query_inputs"]["total_eligible"] = inputs.participants.len().into();
            ours["query_inputs"]["effective_thresholds"] = json!(thresholds);
            if let Some(bound) = bound {
                ours["query_inputs"]["policy_effective_threshold"] = bound.into();
            }
            ours["state"] = states::quorum(&projection, &inputs, &thresholds);
            with_readiness(ours, corpus, document, || {
                projection.commit_readiness(Some(&corpus.policy(&document.name)))
            })
        }
        Mode::MultiRound => {
            let (projection, ours) = run(MultiRoundProjection::new(), document);
            let ours = json!({
                "mode": ours["mode"],
                "transcript_len": ours["transcript_len"],
                "is_positive_outcome": ours["is_positive_outcome"],
                "commitment": ours["commitment"],
                "contributions": states::contributions(&projection),
            });
            with_readiness(ours, corpus, document, || projection.commit_readiness())
        }
        other => panic!("no projection for {other}"),
    };
    if let Some((case, base)) = edited(corpus, document) {
        ours["case"] = case.into();
        ours["base"] = base.into();
    }
    ours
}

/// What every mode has in common.
fn run<S: ModeState>(mut projection: Projection<S>, document: &Document) -> (Projection<S>, Value) {
    let mut phases = Vec::new();
    let mut errors = Vec::new();
    for (at, envelope) in document.lines.iter().enumerate() {
        if projection.apply(envelope.clone()).is_err() {
            errors.push(at);
        }
        phases.push(projection.phase().to_string());
    }
    let anomalies: Vec<Value> = projection
        .anomalies()
        .iter()
        .map(|anomaly| {
            let mut anomaly = serde_json::to_value(anomaly).unwrap();
            anomaly.as_object_mut().unwrap().remove("detail");
            anomaly
        })
        .collect();
    let ours = json!({
        "mode": S::MODE,
        "phase": projection.phase().to_string(),
        "phase_after_each_line": phases,
        "apply_errors": errors,
        "anomalies": anomalies,
        "transcript_len": projection.transcript().len(),
        "is_positive_outcome": projection.is_positive_outcome(),
        "commitment": projection.commitment().map(commitment),
    });
    (projection, ours)
}

/// The payload's fields; who sent it is ours in addition.
fn commitment(commitment: &Commitment) -> Value {
    let mut fields = serde_json::to_value(commitment).unwrap();
    fields.as_object_mut().unwrap().remove("sender");
    fields
}

fn with_readiness(
    mut ours: Value,
    corpus: &Corpus,
    document: &Document,
    readiness: impl Fn() -> CommitReadiness,
) -> Value {
    if !is_edited(document) {
        ours["commit_readiness"] = if corpus.was_open(&document.name) {
            json!(readiness())
        } else {
            Value::Null
        };
    }
    ours
}

fn is_edited(document: &Document) -> bool {
    document.name.starts_with("adversarial/")
}

/// The edit's name, which is also in the file's, and the document that was edited.
fn edited(corpus: &Corpus, document: &Document) -> Option<(String, String)> {
    let name = document.name.strip_prefix("adversarial/")?;
    let (_, case) = name.split_once('_')?;
    let (case, _) = case.rsplit_once('_')?;
    let session = &document.lines.first()?.session_id;
    let base = corpus.documents.iter().find(|other| {
        !is_edited(other) && other.lines.iter().any(|line| line.session_id == *session)
    })?;
    Some((case.to_owned(), base.name.clone()))
}

impl Inputs {
    fn of(corpus: &Corpus, document: &Document) -> Self {
        let base = edited(corpus, document).map(|(_, base)| base);
        let opening = base.map_or(&*document.lines, |base| corpus.lines(&base).unwrap());
        let participants = opening
            .iter()
            .find(|line| line.message_type == MessageType::SessionStart.as_str())
            .and_then(|line| SessionStartPayload::decode(line.payload.clone()).ok())
            .unwrap_or_default()
            .participants;
        let mode = document.expected["mode"].as_str().unwrap();
        let lines = || document.lines.iter();
        let subjects = lines().filter(|line| line.mode == mode).filter_map(subject);
        // Lines that were put in from another mode bring nobody.
        let senders = lines()
            .filter(|line| line.mode == mode || !Mode::KNOWN.contains(&line.mode.as_str().into()))
            .map(|line| line.sender.clone());
        let people = participants.iter().cloned().chain(senders);
        Self {
            people: unique(people.chain(["nobody".to_owned()])),
            ids: unique(subjects.chain(["no-such-id".to_owned()])),
            participants,
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "declared_participants": self.participants,
            "ids": self.ids,
            "people": self.people,
        })
    }
}

/// What a message is about: the first field of its payload.
fn subject(envelope: &Envelope) -> Option<String> {
    let message_type = MessageType::from(envelope.message_type.as_str());
    let other = [
        MessageType::SessionStart,
        MessageType::Commitment,
        MessageType::SessionCancel,
        MessageType::Contribute,
    ];
    if other.contains(&message_type) || !MessageType::KNOWN.contains(&message_type) {
        return None;
    }
    let payload = ContributePayload::decode(envelope.payload.clone()).ok()?;
    Some(payload.value)
}

fn unique(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for value in values {
        if !out.contains(&value) {
            out.push(value);
        }
    }
    out
}

/// The request's bar under the policy that the session named, which is asked about too.
fn bound_threshold(
    corpus: &Corpus,
    document: &Document,
    projection: &QuorumProjection,
) -> Option<u32> {
    if is_edited(document) || !corpus.names_policy(&document.name) {
        return None;
    }
    let request = &projection.requests().next()?.request_id;
    match projection.effective_threshold(request, Some(&corpus.policy(&document.name)))? {
        EffectiveThreshold::Approvals(bar) => Some(bar),
        EffectiveThreshold::Unsatisfiable => None,
    }
}

/// Bars that are met at once, by one, by all and by nobody; `None` cannot be met.
fn thresholds(participants: usize, bound: Option<u32>) -> Vec<Option<u32>> {
    let participants = u32::try_from(participants).unwrap();
    let mut bars = vec![0, 1, participants, participants + 1];
    bars.extend(bound);
    bars.sort_unstable();
    bars.dedup();
    bars.into_iter().map(Some).chain([None]).collect()
}

pub(crate) fn by_id(ids: &[String], value: impl Fn(&str) -> Value) -> Value {
    let members: Map<String, Value> = ids.iter().map(|id| (id.clone(), value(id))).collect();
    members.into()
}
