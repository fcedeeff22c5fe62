use crate::support::{approving, client, participant, proposed, runtime, soon, speaking_as};
use macp_agent::strategy::MajorityVoter;
use macp_agent::{Ending, Error, Exit, HandlerError, Supervisor};
use macp_projections::AnyProjection;
use macp_proto::modes::decision::ProposalPayload;
use std::collections::BTreeMap;
use std::time::Duration;

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn every_exit_is_told() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let session = proposed(&client).await;
    let mut supervisor = Supervisor::new();
    let good = participant(&speaking_as(&client, "alice"), session.id());
    supervisor.start(good.evaluator(approving()).voter(MajorityVoter::new()));
    let failing = participant(&speaking_as(&client, "bob"), session.id());
    supervisor.start(
        failing.on(|_, _: ProposalPayload| async { Err(HandlerError::message("out of cheese")) }),
    );
    let panicking = participant(&client, session.id());
    supervisor.start(panicking.on(|_, _: ProposalPayload| async {
        panic!("at the disco");
    }));
    assert_eq!(supervisor.len(), 3);

    let mut failed = BTreeMap::new();
    for _ in 0..2 {
        let Exit {
            participant_id,
            result,
            ..
        } = soon(supervisor.next()).await.unwrap();
        failed.insert(participant_id, result.unwrap_err());
    }
    assert!(matches!(failed["bob"], Error::Handler(_)));
    assert_eq!(
        failed["coordinator"].to_string(),
        "the participant panicked: at the disco"
    );
    assert_eq!(supervisor.len(), 1, "nobody is started again");

    session.cancel("seen enough").await.unwrap();
    let exit = soon(supervisor.next()).await.unwrap();
    assert_eq!(exit.participant_id, "alice");
    assert_eq!(&exit.session_id, session.id());
    let ended = exit.result.unwrap();
    assert_eq!(ended.ending, Ending::Cancelled);
    assert!(ended.commitment().is_none());
    let AnyProjection::Decision(decision) = ended.projection else {
        panic!("{:?}", ended.projection);
    };
    assert_eq!(decision.proposals().len(), 1);
    assert!(soon(supervisor.next()).await.is_none());
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_shutdown_stops_who_stops_and_drops_who_does_not() {
    let runtime = runtime().await;
    let client = client(runtime.endpoint(), "coordinator").await;
    let session = proposed(&client).await;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let mut supervisor = Supervisor::new();
    supervisor.start(participant(&client, session.id()));
    let stuck = participant(&speaking_as(&client, "alice"), session.id());
    supervisor.start(stuck.on(move |_, _: ProposalPayload| {
        tell.send(()).unwrap();
        std::future::pending()
    }));
    soon(told.recv()).await.unwrap();
    let exits = soon(supervisor.shutdown(Duration::from_millis(200))).await;
    let results: BTreeMap<_, _> = exits
        .into_iter()
        .map(|exit| (exit.participant_id, exit.result))
        .collect();
    let stopped = results["coordinator"].as_ref().unwrap();
    assert_eq!(stopped.ending, Ending::Stopped);
    assert!(matches!(results["alice"], Err(Error::Abandoned)));
}
