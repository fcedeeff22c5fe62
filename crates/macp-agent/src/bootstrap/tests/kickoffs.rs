use super::*;

#[test]
fn a_kickoff_is_the_first_proposal() {
    let proposal = |payload: Value| json!({ "message_type": "Proposal", "payload": payload });
    insta::assert_debug_snapshot!(
        kickoff(
            "macp.mode.decision.v1",
            &proposal(json!({ "proposalId": "p1", "proposal_id": "p2", "option": "o", "title": "t",
                "rationale": "r" })),
        ),
        @r#"
        Some(
            Decision(
                ProposalPayload {
                    proposal_id: "p1",
                    option: "o",
                    rationale: "r",
                    supporting_data: b"",
                },
            ),
        )
        "#
    );
    insta::assert_debug_snapshot!(
        kickoff("macp.mode.decision.v1", &proposal(json!({ "option": "", "decide": "d" }))),
        @r#"
        Some(
            Decision(
                ProposalPayload {
                    proposal_id: "release-2026-11-approval-kickoff",
                    option: "d",
                    rationale: "",
                    supporting_data: b"",
                },
            ),
        )
        "#
    );
    insta::assert_debug_snapshot!(
        kickoff(
            "macp.mode.proposal.v1",
            &proposal(json!({ "proposal_id": "p2", "option": "o", "summary": "s", "details": "\u{e9}",
                "tags": ["x", "y"] })),
        ),
        @r#"
        Some(
            Proposal(
                ProposalPayload {
                    proposal_id: "p2",
                    title: "o",
                    summary: "s",
                    details: b"\xc3\xa9",
                    tags: [
                        "x",
                        "y",
                    ],
                },
            ),
        )
        "#
    );
    let no_list = kickoff("macp.mode.proposal.v1", &proposal(json!({ "tags": "x" })));
    assert!(
        matches!(no_list, Some(Kickoff::Proposal(p)) if p.tags.is_empty() && p.title.is_empty())
    );
}

#[test]
fn kickoffs_that_do_nothing_and_that_cannot_be() {
    for ignored in [
        json!({}),
        json!({ "message_type": "Vote", "payload": { "vote": "APPROVE" } }),
        json!({ "payload": { "option": "o" } }),
    ] {
        assert_eq!(kickoff("macp.mode.task.v1", &ignored), None);
    }
    let bad_kickoff = |mode: &str, kickoff: Value| {
        bad(json!({ "mode": mode, "initiator": { "kickoff": kickoff } }))
    };
    insta::assert_snapshot!(
        bad_kickoff("macp.mode.task.v1", json!({ "message_type": "Proposal" })),
        @"initiator.kickoff.message_type: is Proposal in a session of macp.mode.task.v1; only decision and proposal sessions have proposals"
    );
    insta::assert_snapshot!(
        bad_kickoff("macp.mode.decision.v1", json!({ "message_type": "Proposal" })),
        @"initiator.kickoff.payload.option: is empty; must contain more than white space"
    );
    insta::assert_snapshot!(
        bad_kickoff(
            "macp.mode.proposal.v1",
            json!({ "message_type": "Proposal", "payload": { "tags": [1] } }),
        ),
        @"initiator.kickoff.payload.tags[0]: is a number; must be a text"
    );
}
