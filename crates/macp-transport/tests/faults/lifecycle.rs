//! What becomes of a session, told through connections that break.

use crate::reader::Reader;
use crate::session::{INITIATOR, accepted, client, evaluation, open, open_for, until_ended};
use crate::stage::{History, away, end};
use macp_proto::{SessionId, SessionState};
use macp_testkit::{FaultProxy, Runtime};
use macp_transport::{Client, SessionEvent};
use std::time::Duration;

struct Scene {
    runtime: Runtime,
    network: FaultProxy,
    initiator: Client,
    session: SessionId,
    reader: Reader,
}

impl Scene {
    async fn set(ttl: Option<Duration>) -> Self {
        let runtime = History::OnDisk.runtime().start().await.unwrap();
        let network = FaultProxy::start(runtime.address()).await.unwrap();
        let initiator = client(runtime.endpoint(), INITIATOR).await;
        let session = match ttl {
            Some(ttl) => open_for(&initiator, ttl).await,
            None => open(&initiator).await,
        };
        let subscriber = client(network.endpoint(), INITIATOR).await;
        let mut reader = Reader::start(subscriber.subscribe(&session));
        reader.reached(2).await;
        Self {
            runtime,
            network,
            initiator,
            session,
            reader,
        }
    }

    /// Cuts the subscriber off until `heal`.
    async fn cut_off(&mut self) {
        self.network.refuse().await;
        self.network.cut();
        away(&mut self.reader.connection()).await;
    }

    async fn send(&self) {
        let alice = client(self.runtime.endpoint(), "alice").await;
        alice.send(evaluation(&self.session, "")).await.unwrap();
    }

    async fn check(self, others: &[SessionEvent]) {
        let record = self.reader.ended().await;
        assert_eq!(record.others, others);
        assert_eq!(record.ids, accepted(&self.initiator, &self.session).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn suspended_resumed_and_cancelled_with_a_cut_after_each() {
    let mut scene = Scene::set(None).await;
    scene
        .initiator
        .suspend_session(&scene.session, "")
        .await
        .unwrap();
    scene.reader.heard(&SessionEvent::Suspended).await;
    scene.network.cut();
    scene
        .initiator
        .resume_session(&scene.session, "")
        .await
        .unwrap();
    scene.reader.heard(&SessionEvent::Resumed).await;
    scene.network.cut();
    scene.send().await;
    scene
        .initiator
        .cancel_session(&scene.session, "")
        .await
        .unwrap();
    scene.network.cut();
    let cancelled = end(SessionState::Cancelled);
    scene
        .check(&[SessionEvent::Suspended, SessionEvent::Resumed, cancelled])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn what_happens_while_the_subscriber_is_away_is_told_when_it_is_back() {
    let mut scene = Scene::set(None).await;
    scene.cut_off().await;
    scene.send().await;
    scene
        .initiator
        .suspend_session(&scene.session, "")
        .await
        .unwrap();
    scene.network.heal().await.unwrap();
    scene.reader.heard(&SessionEvent::Suspended).await;
    scene.cut_off().await;
    scene
        .initiator
        .resume_session(&scene.session, "")
        .await
        .unwrap();
    scene.network.heal().await.unwrap();
    scene.reader.heard(&SessionEvent::Resumed).await;
    scene.cut_off().await;
    scene.send().await;
    scene
        .initiator
        .cancel_session(&scene.session, "")
        .await
        .unwrap();
    scene.network.heal().await.unwrap();
    let cancelled = end(SessionState::Cancelled);
    scene
        .check(&[SessionEvent::Suspended, SessionEvent::Resumed, cancelled])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn suspension_outlives_the_runtime() {
    let mut scene = Scene::set(None).await;
    scene
        .initiator
        .suspend_session(&scene.session, "")
        .await
        .unwrap();
    scene.reader.heard(&SessionEvent::Suspended).await;
    scene.runtime.kill().unwrap();
    scene.runtime.restart().await.unwrap();
    scene
        .initiator
        .resume_session(&scene.session, "")
        .await
        .unwrap();
    scene.reader.heard(&SessionEvent::Resumed).await;
    scene
        .initiator
        .cancel_session(&scene.session, "")
        .await
        .unwrap();
    let cancelled = end(SessionState::Cancelled);
    scene
        .check(&[SessionEvent::Suspended, SessionEvent::Resumed, cancelled])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the runtime: cargo xtask test faults"]
async fn expiry_is_told_at_once_and_to_who_was_away() {
    const TTL: Duration = Duration::from_secs(5);
    let present = Scene::set(Some(TTL)).await;
    present.check(&[end(SessionState::Expired)]).await;

    let mut absent = Scene::set(Some(TTL)).await;
    absent.cut_off().await;
    until_ended(&absent.initiator, &absent.session).await;
    absent.network.heal().await.unwrap();
    absent.check(&[end(SessionState::Expired)]).await;
}
