use macp_agent::strategy::{Evaluation, Evaluator, evaluator_fn};
use macp_agent::{Ended, Error, Initiation, Participant};
use macp_modes::{DecisionSession, SendOnly, SessionStart};
use macp_projections::decision::DecisionState;
use macp_proto::modes::decision::ProposalPayload;
use macp_proto::{Recommendation, SessionId};
use macp_testkit::Runtime;
use macp_transport::{Client, Credentials};
use std::time::Duration;
use tokio::task::JoinHandle;

pub(crate) const ROSTER: [&str; 3] = ["coordinator", "alice", "bob"];

pub(crate) async fn runtime() -> Runtime {
    Runtime::start().await.expect("the runtime starts")
}

/// A client that speaks for `agent`.
pub(crate) async fn client(endpoint: String, agent: &str) -> Client {
    Client::builder(endpoint)
        .allow_insecure()
        .credentials(Credentials::dev_agent(agent))
        .connect()
        .await
        .expect("the runtime accepts connections")
}

/// The same connection, with another voice.
pub(crate) fn speaking_as(client: &Client, agent: &str) -> Client {
    client.with_credentials(Credentials::dev_agent(agent))
}

pub(crate) fn start() -> SessionStart {
    SessionStart::new("a test").participants(ROSTER)
}

pub(crate) fn proposal() -> ProposalPayload {
    ProposalPayload {
        proposal_id: "p1".into(),
        option: "deploy v2.1".into(),
        ..Default::default()
    }
}

pub(crate) fn initiation() -> Initiation<DecisionState> {
    Initiation::new(start()).kickoff(proposal())
}

/// A session with the proposal `p1`, as its initiator sees it.
pub(crate) async fn proposed(client: &Client) -> DecisionSession<SendOnly> {
    let mut session = DecisionSession::start(client, start()).await.unwrap();
    session.propose("p1", "deploy v2.1").await.unwrap();
    session.send_only()
}

pub(crate) fn participant(client: &Client, session_id: &SessionId) -> Participant<DecisionState> {
    Participant::new(client, session_id)
}

pub(crate) fn approving() -> impl Evaluator {
    evaluator_fn(|_, _| async { Ok(Some(Evaluation::new(Recommendation::Approve, 0.9))) })
}

pub(crate) type Run = JoinHandle<Result<Ended<DecisionState>, Error>>;

pub(crate) fn spawn(participant: Participant<DecisionState>) -> Run {
    tokio::spawn(participant.run())
}

/// A test that hangs has failed.
pub(crate) async fn soon<F: IntoFuture>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), future.into_future())
        .await
        .expect("it takes too long")
}

pub(crate) async fn ended(run: Run) -> Ended<DecisionState> {
    soon(run).await.unwrap().unwrap()
}
