//! A server that advertises what it is told to, and answers nothing else.

use macp_proto::v1::{Capabilities, InitializeRequest, InitializeResponse};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::codegen::BoxFuture;
use tonic::server::NamedService;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Response, Status};
use tonic_prost::ProstCodec;

#[derive(Clone, Default)]
pub(crate) struct Stub(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    capabilities: Capabilities,
    /// How often each RPC was called.
    calls: BTreeMap<String, usize>,
}

impl Stub {
    pub(crate) fn advertise(&self, capabilities: Capabilities) {
        self.0.lock().unwrap().capabilities = capabilities;
    }

    /// How often an RPC was called.
    pub(crate) fn calls(&self, name: &str) -> usize {
        self.0.lock().unwrap().calls.get(name).copied().unwrap_or(0)
    }

    /// Serves until the test is over.
    pub(crate) async fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::builder().add_service(self.clone());
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        address
    }
}

impl NamedService for Stub {
    const NAME: &'static str = "macp.v1.MACPRuntimeService";
}

impl tower::Service<http::Request<Body>> for Stub {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let name = request.uri().path().rsplit('/').next().unwrap_or_default();
        let name = name.to_owned();
        let mut state = self.0.lock().unwrap();
        *state.calls.entry(name.clone()).or_default() += 1;
        let capabilities = state.capabilities.clone();
        Box::pin(async move {
            if name != "Initialize" {
                return Ok(Status::unimplemented("").into_http());
            }
            let answer = tower::service_fn(move |_: tonic::Request<InitializeRequest>| {
                let answer = InitializeResponse {
                    selected_protocol_version: "1.0".into(),
                    capabilities: Some(capabilities.clone()),
                    ..InitializeResponse::default()
                };
                std::future::ready(Ok::<_, Status>(Response::new(answer)))
            });
            let mut grpc = tonic::server::Grpc::new(ProstCodec::default());
            Ok(grpc.unary(answer, request).await)
        })
    }
}
