use crate::peer::{Python, expect_equal};
use crate::queries::{Compared, common};
use crate::{Outcome, PATIENCE};
use macp_sdk::modes::{Followed, SessionMode};
use macp_sdk::projections::commitment::OutcomePolarity;
use macp_sdk::{Accepted, Client, Credentials, Session, SessionId, SessionStart};
use serde_json::{Value, json};

/// Everybody: the side that starts the sessions is the first, the other the second.
pub const ROSTER: [&str; 2] = ["coordinator", "worker"];

/// Who does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Rust,
    Python,
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Rust => Self::Python,
            Self::Python => Self::Rust,
        }
    }
}

/// Both sides, and which of them starts the sessions.
pub struct Stage {
    pub initiator: Side,
    pub client: Client,
    pub python: Python,
}

impl Stage {
    pub async fn set(target: &str, python: &str, initiator: Side) -> Outcome<Self> {
        let [ours, theirs] = match initiator {
            Side::Rust => ROSTER,
            Side::Python => [ROSTER[1], ROSTER[0]],
        };
        let client = Client::builder(target)
            .allow_insecure()
            .credentials(Credentials::dev_agent(ours))
            .connect()
            .await?;
        let python = Python::start(python, target.trim_start_matches("http://"), theirs)?;
        Ok(Self {
            initiator,
            client,
            python,
        })
    }

    /// A session that the initiator's side starts; ours follows it.
    pub async fn open<S: SessionMode>(&mut self, policy: &str) -> Outcome<Session<S, Followed<S>>> {
        let id = SessionId::random();
        let theirs = json!({"do": "open", "mode": S::MODE.as_str(), "session_id": id.as_str(), "policy_version": policy});
        self.python.ok(theirs).await?;
        if self.initiator == Side::Rust {
            let start = SessionStart::new("interop")
                .session_id(id)
                .participants(ROSTER)
                .policy_version(policy);
            return Ok(Session::<S>::start(&self.client, start).await?.follow());
        }
        let arguments = json!({"intent": "interop", "participants": ROSTER, "ttl_ms": 60_000});
        self.python
            .ok(json!({"do": "act", "method": "start", "arguments": arguments}))
            .await?;
        Ok(Session::<S, Followed<S>>::join(&self.client, &id).await?)
    }

    pub async fn initiator<A>(&mut self, method: &str, theirs: Value, ours: A) -> Outcome<()>
    where
        A: IntoFuture<Output = Result<Accepted, macp_sdk::Error>>,
    {
        self.act(self.initiator, method, theirs, ours).await
    }

    pub async fn participant<A>(&mut self, method: &str, theirs: Value, ours: A) -> Outcome<()>
    where
        A: IntoFuture<Output = Result<Accepted, macp_sdk::Error>>,
    {
        self.act(self.initiator.other(), method, theirs, ours).await
    }

    /// One of the two does it; the other's way to do it is dropped unsent.
    async fn act<A>(&mut self, side: Side, method: &str, theirs: Value, ours: A) -> Outcome<()>
    where
        A: IntoFuture<Output = Result<Accepted, macp_sdk::Error>>,
    {
        match side {
            Side::Rust => drop(ours.await?),
            Side::Python => {
                let request = json!({"do": "act", "method": method, "arguments": theirs});
                drop(self.python.ok(request).await?);
            }
        }
        Ok(())
    }

    /// The initiator's side commits, and both projections answer alike.
    pub async fn seal<S: Compared>(
        &mut self,
        mut rust: Session<S, Followed<S>>,
        action: &str,
        outcome: OutcomePolarity,
    ) -> Outcome<()> {
        let positive = outcome == OutcomePolarity::Positive;
        let theirs = json!({"action": action, "authority_scope": "interop", "reason": "enough", "outcome_positive": positive});
        let ours = rust.commit(action, "interop").reason("enough");
        self.initiator("commit", theirs, ours.outcome(outcome))
            .await?;
        self.agree(&rust, action).await
    }

    async fn agree<S: Compared>(
        &mut self,
        rust: &Session<S, Followed<S>>,
        action: &str,
    ) -> Outcome<()> {
        rust.wait_for_commitment().deadline(PATIENCE).await?;
        let projection = rust.snapshot();
        let messages = projection.transcript().iter();
        let messages: Vec<_> = messages.map(|entry| entry.message_id.clone()).collect();
        let mut queries = common(&projection);
        queries.extend(S::queries(&projection));
        let asked: Vec<_> = queries
            .iter()
            .map(|query| json!([query.name, query.arguments]))
            .collect();
        let theirs = self
            .python
            .ok(json!({"do": "history", "queries": asked}))
            .await?;
        expect_equal("the messages", &json!(messages), &theirs["messages"])?;
        let mut compared = 0;
        for (query, theirs) in queries
            .iter()
            .zip(theirs["answers"].as_array().into_iter().flatten())
        {
            let what = format!("{}{}", query.name, query.arguments);
            expect_equal(&what, &query.answer, theirs)?;
            compared += 1;
        }
        let expected = if S::PYTHON_PROJECTS { queries.len() } else { 0 };
        expect_equal("the number of answers", &json!(expected), &json!(compared))?;
        println!(
            "{action}, {:?} initiates: {} messages and {compared} answers, both agree",
            self.initiator,
            messages.len()
        );
        Ok(())
    }
}
