use http::Request;
use macp_transport::ClientBuilder;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tonic::body::Body;
use tower::util::MapRequestLayer;

/// How often a client has called each RPC.
pub(crate) struct Requests(watch::Receiver<BTreeMap<String, usize>>);

/// Makes a client count what it asks of the runtime.
pub(crate) fn counted(builder: ClientBuilder) -> (ClientBuilder, Requests) {
    let (count, counts) = watch::channel(BTreeMap::new());
    let count = Arc::new(count);
    let layer = MapRequestLayer::new(move |request: Request<Body>| {
        let rpc = request.uri().path().rsplit('/').next().unwrap_or_default();
        count.send_modify(|counts| *counts.entry(rpc.to_owned()).or_default() += 1);
        request
    });
    (builder.layer(layer), Requests(counts))
}

impl Requests {
    /// Waits until these were made.
    pub(crate) async fn reach(&mut self, expected: &[(&str, usize)]) {
        let expected = owned(expected);
        let reached = self.0.wait_for(|counts| *counts == expected);
        let in_time = tokio::time::timeout(Duration::from_secs(30), reached)
            .await
            .is_ok();
        assert!(in_time, "{:?}, not {expected:?}", *self.0.borrow());
    }

    /// Fails if others than these were made.
    #[track_caller]
    pub(crate) fn are(&self, expected: &[(&str, usize)]) {
        assert_eq!(*self.0.borrow(), owned(expected));
    }
}

fn owned(counts: &[(&str, usize)]) -> BTreeMap<String, usize> {
    let counts = counts
        .iter()
        .map(|(rpc, count)| ((*rpc).to_owned(), *count));
    counts.collect()
}
