use super::*;
use crate::channel::{ConnectionSettings, Connector, Wrap};
use crate::pool::StreamLimits;
use crate::tls::Tls;
use crate::token::{Token, TokenFuture, TokenSource};
use macp_proto::v1::WatchRootsRequest;
use tokio::time::Instant;

/// A client of a runtime that takes so long to connect to and to answer.
fn client(answer: Duration) -> Client {
    let endpoint = Endpoint::parse("http://127.0.0.1:9", true).unwrap();
    let settings = ConnectionSettings {
        connect_timeout: Duration::from_secs(10),
        keep_alive_interval: Duration::from_secs(15),
        keep_alive_timeout: Duration::from_secs(10),
    };
    let slow = move |_connection| {
        HttpService::new(tower::service_fn(move |_request| async move {
            tokio::time::sleep(answer).await;
            let head = http::Response::builder().header("content-type", "application/grpc");
            Ok(head.body(Body::empty()).unwrap())
        }))
    };
    let wraps: Vec<Wrap> = vec![Arc::new(slow)];
    let connector = Connector::new(&endpoint, &Tls::default(), &settings, wraps).unwrap();
    let limits = StreamLimits {
        per_connection: 1,
        connections: 1,
    };
    let pool = Pool::new(connector.connect_lazy(), connector, limits);
    let shared = Shared {
        endpoint,
        pool: Arc::new(pool),
        deadline: None,
        retry: RetryPolicy::none(),
        throttle: Throttle::default(),
        max_message_size: 1024,
        hubs: Hubs::default(),
        initialized: RwLock::default(),
    };
    Client::new(shared, None)
}

/// Takes its time for each token.
struct Slow(Duration);

impl TokenSource for Slow {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(async {
            tokio::time::sleep(self.0).await;
            Ok(Token::new("token")?)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn one_limit_covers_token_connection_and_answer() {
    let second = Duration::from_secs(1);
    for (token, answer, in_time) in [
        (20, 9, true),
        (20, 11, false),
        (3600, 0, false),
        (0, 3600, false),
    ] {
        let client = client(answer * second);
        let credentials = Credentials::from_source(Slow(token * second));
        let begun = Instant::now();
        let opened = client
            .open(
                Rpc::WatchRoots,
                Some(&credentials),
                WatchRootsRequest {},
                |mut stub, request| async move { stub.watch_roots(request).await },
            )
            .await
            .map(drop);
        if in_time {
            opened.unwrap();
        } else {
            assert!(opened.unwrap_err().is_timeout());
            assert_eq!(begun.elapsed(), OPEN_TIMEOUT, "{token} s and {answer} s");
        }
        client.shared().pool.lease().expect("its place is free");
    }
}
