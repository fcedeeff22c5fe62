//! What a fixture's message is called in the session helpers: its named action where the fields map
//! to one, `Session::send` where a value has no place in the named action's types.

use crate::fixture::ScriptedMessage;
use macp_modes::{Error, Session, SessionMode};
use macp_projections::Projection;
use macp_projections::commitment::OutcomePolarity;
use macp_projections::decision::DecisionState;
use macp_projections::handoff::{HandoffState, HandoffStatus};
use macp_projections::multi_round::MultiRoundState;
use macp_projections::proposal::{ProposalState, ProposalStatus};
use macp_projections::quorum::QuorumState;
use macp_projections::task::TaskState;
use macp_proto::modes::{decision, handoff, multi_round, proposal, quorum, task};
use macp_proto::v1::CommitmentPayload;
use macp_proto::{CommitmentId, Severity};
use macp_transport::Accepted;
use serde_json::{Map, Value, json};

/// A mode that fixtures exist for.
pub(crate) trait Conformant: SessionMode {
    /// Sends the message through the helper of this mode.
    async fn act(session: &mut Session<Self>, message: &ScriptedMessage)
    -> Result<Accepted, Error>;

    /// The projection's state in the words of the fixtures' `expected_mode_state`, which are the
    /// runtime's own. What only one of the two has is left out. No fixture states the other modes'.
    fn members(_projection: &Projection<Self>) -> Value {
        Value::Null
    }
}

async fn commit<S: SessionMode>(
    session: &mut Session<S>,
    message: &ScriptedMessage,
) -> Result<Accepted, Error> {
    let payload: CommitmentPayload = message.payload();
    let bound = session.versions();
    assert_eq!(payload.mode_version, bound.mode);
    assert_eq!(payload.configuration_version, bound.configuration);
    assert_eq!(payload.policy_version, bound.policy);
    let Ok(id) = CommitmentId::new(&payload.commitment_id) else {
        return message.send(session.send(payload)).await;
    };
    let action = session
        .commit(payload.action, payload.authority_scope)
        .commitment_id(id)
        .outcome(OutcomePolarity::of(payload.outcome_positive))
        .reason(payload.reason);
    message.send(action).await
}

fn no_action(message: &ScriptedMessage) -> ! {
    panic!("step {}: no action {}", message.step, message.message_type)
}

impl Conformant for DecisionState {
    async fn act(
        session: &mut Session<Self>,
        message: &ScriptedMessage,
    ) -> Result<Accepted, Error> {
        match message.message_type.as_str() {
            "Proposal" => {
                let p: decision::ProposalPayload = message.payload();
                let action = session
                    .propose(p.proposal_id, p.option)
                    .rationale(p.rationale)
                    .supporting_data(p.supporting_data);
                message.send(action).await
            }
            "Evaluation" => {
                let p: decision::EvaluationPayload = message.payload();
                match p.recommendation.parse() {
                    Ok(recommendation) => {
                        let action = session
                            .evaluate(p.proposal_id, recommendation, p.confidence)
                            .reason(p.reason);
                        message.send(action).await
                    }
                    Err(_) => message.send(session.send(p)).await,
                }
            }
            "Objection" => {
                let p: decision::ObjectionPayload = message.payload();
                match p.severity.parse::<Severity>() {
                    Ok(severity) => {
                        let action = session.raise_objection(p.proposal_id, p.reason);
                        message.send(action.severity(severity)).await
                    }
                    Err(_) => message.send(session.send(p)).await,
                }
            }
            "Vote" => {
                let p: decision::VotePayload = message.payload();
                match p.vote.parse() {
                    Ok(vote) => {
                        let action = session.vote(p.proposal_id, vote);
                        message.send(action.reason(p.reason)).await
                    }
                    Err(_) => message.send(session.send(p)).await,
                }
            }
            "Commitment" => commit(session, message).await,
            _ => no_action(message),
        }
    }

    fn members(projection: &Projection<Self>) -> Value {
        let proposals = projection.proposals().map(|proposal| {
            let record = json!({
                "proposal_id": proposal.proposal_id,
                "option": proposal.option,
                "rationale": proposal.rationale,
                "sender": proposal.sender,
            });
            (proposal.proposal_id.clone(), record)
        });
        let votes = projection.voted_proposals().map(|proposal| {
            let votes = projection.votes_on(proposal).map(|(sender, record)| {
                let vote = json!({"vote": record.vote, "reason": record.reason, "sender": sender});
                (sender.to_owned(), vote)
            });
            (proposal.to_owned(), votes.collect())
        });
        json!({
            "phase": projection.phase(),
            "proposals": proposals.collect::<Map<_, _>>(),
            "evaluations": projection.evaluations(),
            "objections": projection.objections(),
            "votes": votes.collect::<Map<_, _>>(),
        })
    }
}

impl Conformant for ProposalState {
    async fn act(
        session: &mut Session<Self>,
        message: &ScriptedMessage,
    ) -> Result<Accepted, Error> {
        match message.message_type.as_str() {
            "Proposal" => {
                let p: proposal::ProposalPayload = message.payload();
                let action = session
                    .propose(p.proposal_id, p.title)
                    .summary(p.summary)
                    .details(p.details)
                    .tags(p.tags);
                message.send(action).await
            }
            "CounterProposal" => {
                let p: proposal::CounterProposalPayload = message.payload();
                let action = session
                    .counter_propose(p.proposal_id, p.supersedes_proposal_id, p.title)
                    .summary(p.summary)
                    .details(p.details);
                message.send(action).await
            }
            "Accept" => {
                let p: proposal::AcceptPayload = message.payload();
                let action = session.accept(p.proposal_id).reason(p.reason);
                message.send(action).await
            }
            "Reject" => {
                let p: proposal::RejectPayload = message.payload();
                let mut action = session.reject(p.proposal_id).reason(p.reason);
                if p.terminal {
                    action = action.terminal();
                }
                message.send(action).await
            }
            "Withdraw" => {
                let p: proposal::WithdrawPayload = message.payload();
                let action = session.withdraw(p.proposal_id).reason(p.reason);
                message.send(action).await
            }
            "Commitment" => commit(session, message).await,
            _ => no_action(message),
        }
    }

    /// The runtime knows a proposal as live or withdrawn. A rejected one is live to it.
    fn members(projection: &Projection<Self>) -> Value {
        let proposals = projection.proposals().map(|proposal| {
            let disposition = match proposal.status {
                ProposalStatus::Withdrawn => "Withdrawn",
                _ => "Live",
            };
            let record = json!({
                "proposal_id": proposal.proposal_id,
                "title": proposal.title,
                "summary": proposal.summary,
                "proposer": proposal.sender,
                "disposition": disposition,
            });
            (proposal.proposal_id.clone(), record)
        });
        let accepts = projection
            .current_accepts()
            .map(|(sender, proposal)| (sender.to_owned(), proposal.into()));
        json!({
            "phase": projection.phase(),
            "proposals": proposals.collect::<Map<_, _>>(),
            "accepts": accepts.collect::<Map<_, _>>(),
        })
    }
}

impl Conformant for TaskState {
    async fn act(
        session: &mut Session<Self>,
        message: &ScriptedMessage,
    ) -> Result<Accepted, Error> {
        match message.message_type.as_str() {
            "TaskRequest" => {
                let p: task::TaskRequestPayload = message.payload();
                let action = session
                    .request_task(p.task_id, p.title)
                    .instructions(p.instructions)
                    .requested_assignee(p.requested_assignee)
                    .input(p.input)
                    .deadline_unix_ms(p.deadline_unix_ms);
                message.send(action).await
            }
            "TaskAccept" => {
                let p: task::TaskAcceptPayload = message.payload();
                let action = session.accept_task(p.task_id).reason(p.reason);
                message.send(action).await
            }
            "TaskReject" => {
                let p: task::TaskRejectPayload = message.payload();
                let action = session.reject_task(p.task_id).reason(p.reason);
                message.send(action).await
            }
            "TaskUpdate" => {
                let p: task::TaskUpdatePayload = message.payload();
                let action = session
                    .update_task(p.task_id, p.status, p.progress)
                    .message(p.message)
                    .partial_output(p.partial_output);
                message.send(action).await
            }
            "TaskComplete" => {
                let p: task::TaskCompletePayload = message.payload();
                let action = session
                    .complete_task(p.task_id)
                    .output(p.output)
                    .summary(p.summary);
                message.send(action).await
            }
            "TaskFail" => {
                let p: task::TaskFailPayload = message.payload();
                let mut action = session.fail_task(p.task_id, p.error_code).reason(p.reason);
                if p.retryable {
                    action = action.retryable();
                }
                message.send(action).await
            }
            "Commitment" => commit(session, message).await,
            _ => no_action(message),
        }
    }
}

impl Conformant for HandoffState {
    async fn act(
        session: &mut Session<Self>,
        message: &ScriptedMessage,
    ) -> Result<Accepted, Error> {
        match message.message_type.as_str() {
            "HandoffOffer" => {
                let p: handoff::HandoffOfferPayload = message.payload();
                let action = session
                    .offer(p.handoff_id, p.target_participant)
                    .scope(p.scope)
                    .reason(p.reason);
                message.send(action).await
            }
            "HandoffContext" => {
                let p: handoff::HandoffContextPayload = message.payload();
                let action = session.add_context(p.handoff_id, p.content_type, p.context);
                message.send(action).await
            }
            "HandoffAccept" => {
                let p: handoff::HandoffAcceptPayload = message.payload();
                let action = session.accept(p.handoff_id).reason(p.reason);
                message.send(action).await
            }
            "HandoffDecline" => {
                let p: handoff::HandoffDeclinePayload = message.payload();
                let action = session.decline(p.handoff_id).reason(p.reason);
                message.send(action).await
            }
            "Commitment" => commit(session, message).await,
            _ => no_action(message),
        }
    }

    /// The runtime keeps contexts apart: an offer with one is still offered to it.
    fn members(projection: &Projection<Self>) -> Value {
        let offers = projection.handoffs().map(|handoff| {
            let disposition = match handoff.status {
                HandoffStatus::Accepted => "Accepted",
                HandoffStatus::Declined => "Declined",
                _ => "Offered",
            };
            let record = json!({
                "handoff_id": handoff.handoff_id,
                "target_participant": handoff.target_participant,
                "scope": handoff.scope,
                "disposition": disposition,
            });
            (handoff.handoff_id.clone(), record)
        });
        json!({"offers": offers.collect::<Map<_, _>>()})
    }
}

impl Conformant for QuorumState {
    async fn act(
        session: &mut Session<Self>,
        message: &ScriptedMessage,
    ) -> Result<Accepted, Error> {
        match message.message_type.as_str() {
            "ApprovalRequest" => {
                let p: quorum::ApprovalRequestPayload = message.payload();
                let action = session
                    .request_approval(p.request_id, p.action, p.required_approvals)
                    .summary(p.summary)
                    .details(p.details);
                message.send(action).await
            }
            "Approve" => {
                let p: quorum::ApprovePayload = message.payload();
                let action = session.approve(p.request_id).reason(p.reason);
                message.send(action).await
            }
            "Reject" => {
                let p: quorum::RejectPayload = message.payload();
                let action = session.reject(p.request_id).reason(p.reason);
                message.send(action).await
            }
            "Abstain" => {
                let p: quorum::AbstainPayload = message.payload();
                let action = session.abstain(p.request_id).reason(p.reason);
                message.send(action).await
            }
            "Commitment" => commit(session, message).await,
            _ => no_action(message),
        }
    }
}

impl Conformant for MultiRoundState {
    async fn act(
        session: &mut Session<Self>,
        message: &ScriptedMessage,
    ) -> Result<Accepted, Error> {
        match message.message_type.as_str() {
            "Contribute" => {
                let p: multi_round::ContributePayload = message.payload();
                message.send(session.contribute(p.value)).await
            }
            "Commitment" => commit(session, message).await,
            _ => no_action(message),
        }
    }
}
