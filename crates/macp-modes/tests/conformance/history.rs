//! The history that the runtime recorded.

use crate::stage::Stage;
use macp_projections::{ModeState, Projection};
use macp_proto::SessionId;
use macp_proto::v1::macp_runtime_service_client::MacpRuntimeServiceClient;
use macp_proto::v1::stream_session_response::Response;
use macp_proto::v1::{Envelope, StreamSessionRequest};
use macp_transport::Client;
use std::time::Duration;
use tokio_stream::StreamExt as _;

pub(crate) async fn history<S: ModeState>(
    stage: &Stage,
    client: &Client,
    session_id: &SessionId,
    sent: &Projection<S>,
) -> Vec<Envelope> {
    let last = sent.transcript().iter().next_back().unwrap();
    let channel = tonic::transport::Endpoint::from_shared(stage.endpoint())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let subscription = StreamSessionRequest {
        subscribe_session_id: session_id.to_string(),
        ..StreamSessionRequest::default()
    };
    // The stream ends when the requests do.
    let requests = tokio_stream::once(subscription).chain(tokio_stream::pending());
    let mut request = tonic::Request::new(requests);
    let token = format!("Bearer {}", client.credentials().unwrap().sender().unwrap());
    request
        .metadata_mut()
        .insert("authorization", token.parse().unwrap());
    let mut responses = MacpRuntimeServiceClient::new(channel)
        .stream_session(request)
        .await
        .unwrap()
        .into_inner();
    let mut history = Vec::new();
    loop {
        let next = tokio::time::timeout(Duration::from_secs(10), responses.message());
        let response = next.await.expect("the history arrives").unwrap().unwrap();
        match response.response {
            Some(Response::Envelope(envelope)) => {
                let done = envelope.message_id == last.message_id();
                history.push(envelope);
                if done {
                    return history;
                }
            }
            other => panic!("{other:?}"),
        }
    }
}
