use macp_modes::{Error, SessionStart};
use macp_proto::ErrorCode;
use macp_testkit::Runtime;
use macp_transport::{Client, Credentials};
use std::fmt::Debug;

pub(crate) const ROSTER: [&str; 3] = ["coordinator", "alice", "bob"];

pub(crate) async fn runtime() -> Runtime {
    Runtime::start().await.expect("the runtime starts")
}

/// A client that speaks for `agent` unless told otherwise.
pub(crate) async fn client(runtime: &Runtime, agent: &str) -> Client {
    Client::builder(runtime.endpoint())
        .allow_insecure()
        .credentials(Credentials::dev_agent(agent))
        .connect()
        .await
        .expect("the runtime accepts connections")
}

pub(crate) fn start() -> SessionStart {
    SessionStart::new("a test").participants(ROSTER)
}

/// The registry code with which the runtime refused.
#[track_caller]
pub(crate) fn refused<T: Debug>(result: Result<T, Error>) -> ErrorCode {
    let error = result.expect_err("the runtime refuses");
    let refusal = error
        .refusal()
        .unwrap_or_else(|| panic!("not a refusal: {error:?}"));
    assert!(
        !error.may_have_acted(),
        "a refusal changes nothing: {error:?}"
    );
    refusal.code.clone()
}

/// The field whose value was refused before anything was sent.
#[track_caller]
pub(crate) fn invalid<T: Debug>(result: Result<T, Error>) -> String {
    let error = result.expect_err("the value is refused");
    let invalid = error
        .invalid()
        .unwrap_or_else(|| panic!("not a local refusal: {error:?}"));
    invalid.field().to_owned()
}
