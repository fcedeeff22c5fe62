use crate::Outcome;
use crate::peer::expect_equal;
use crate::stage::{Side, Stage};
use macp_sdk::projections::decision::DecisionState;
use serde_json::json;

/// Both sides are told the same reasons when the bound policy refuses.
pub async fn play(stage: &mut Stage) -> Outcome<()> {
    let mut rust = stage.open::<DecisionState>("policy.std.majority").await?;
    let theirs = json!({"proposal_id": "p1", "option": "deploy"});
    let ours = rust.propose("p1", "deploy");
    stage.initiator("propose", theirs, ours).await?;
    let denials = match stage.initiator {
        Side::Rust => {
            let commit = rust.commit("decision.approved", "interop");
            let error = commit.reason("too early").await.err();
            let error = error.ok_or("the commitment was accepted")?;
            let codes = error.denials().iter().map(|denial| denial.code.to_string());
            codes.collect::<Vec<_>>()
        }
        Side::Python => {
            let arguments = json!({"action": "decision.approved", "authority_scope": "interop", "reason": "too early"});
            let request = json!({"do": "act", "method": "commit", "arguments": arguments});
            let answer = stage.python.ask(request).await?;
            expect_equal("the code", &json!("POLICY_DENIED"), &answer["error"])?;
            serde_json::from_value(answer["denials"].clone())?
        }
    };
    let expected = json!(["quorum_not_met", "no_votes"]);
    expect_equal("the denials", &json!(denials), &expected)?;
    println!("denial, {:?} initiates: {denials:?}", stage.initiator);
    Ok(())
}
