//! The `send` span as `macp-semconv/0.1` wants it, around sends to the real runtime.

#![allow(
    clippy::unwrap_used,
    reason = "a panic is the test's failure, in helpers too"
)]

mod semconv;

use macp_proto::v1::{Envelope, SessionStartPayload, SignalPayload};
use macp_proto::{MessageId, Mode, PROTOCOL_VERSION, SessionId};
use macp_testkit::Runtime;
use macp_transport::{Client, Credentials, RetryPolicy};
use opentelemetry::global;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use prost::Message as _;
use semconv::{Convention, attributes};
use std::collections::BTreeSet;

fn start(session: &SessionId, sender: &str) -> Envelope {
    let payload = SessionStartPayload {
        participants: vec!["alice".into()],
        mode_version: "1.0.0".into(),
        configuration_version: "config.default".into(),
        ttl_ms: 60_000,
        ..SessionStartPayload::default()
    };
    Envelope {
        sender: sender.into(),
        ..Envelope::in_session(session, &Mode::Decision, &MessageId::random(), &payload)
    }
}

/// A message without a session and a mode.
fn signal() -> Envelope {
    let payload = SignalPayload {
        signal_type: "hello".into(),
        ..SignalPayload::default()
    };
    Envelope {
        macp_version: PROTOCOL_VERSION.into(),
        message_type: "Signal".into(),
        message_id: MessageId::random().to_string(),
        payload: payload.encode_to_vec().into(),
        ..Envelope::default()
    }
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn each_send_has_its_span() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    global::set_tracer_provider(provider);

    let mut runtime = Runtime::start().await.unwrap();
    let alice = Client::builder(runtime.endpoint())
        .allow_insecure()
        .retry(RetryPolicy::none())
        .credentials(Credentials::dev_agent("alice"))
        .connect()
        .await
        .unwrap();
    let session = SessionId::random();
    let first = start(&session, "");
    let id = first.message_id.clone();
    alice.send(first.clone()).await.unwrap();
    alice.send(first).await.unwrap();
    alice.send(start(&session, "alice")).await.unwrap_err();
    alice.send(start(&session, "bob")).await.unwrap_err();
    alice.send(signal()).await.unwrap();
    runtime.kill().unwrap();
    while !alice
        .send(start(&session, ""))
        .await
        .unwrap_err()
        .is_connect()
    {
        exporter.get_finished_spans().unwrap();
    }

    let spans = exporter.get_finished_spans().unwrap();
    let convention = Convention::read("span.macp.send");
    let mut said = BTreeSet::new();
    for span in &spans {
        convention.check(span);
        assert_eq!(span.instrumentation_scope.name(), "macp-transport");
        assert_eq!(
            span.instrumentation_scope.version(),
            Some(env!("CARGO_PKG_VERSION"))
        );
        assert!(span.events.is_empty());
        let attributes = attributes(span);
        said.extend(attributes.keys().cloned());
        assert_eq!(attributes["macp.operation.name"], "send");
        assert_eq!(attributes["macp.version"], "1.0");
        let ambient = attributes["macp.message.type"] == "Signal";
        let session = (!ambient).then_some(session.as_str());
        let mode = (!ambient).then_some(Mode::Decision.as_str());
        let of = |name| attributes.get(name).map(String::as_str);
        assert_eq!((of("macp.session.id"), of("macp.mode.id")), (session, mode));
    }
    assert_eq!(&said, convention.allowed(), "each was said by a span");

    let accepted = attributes(&spans[0]);
    assert_eq!(accepted["macp.message.id"], id);
    assert_eq!(accepted["macp.message.type"], "SessionStart");
    assert_eq!(accepted["macp.sender.id"], "alice");
    let seen: Vec<_> = spans
        .iter()
        .map(|span| {
            let attributes = attributes(span);
            let get = |name: &str| attributes.get(name).cloned().unwrap_or_default();
            (
                get("macp.envelope.outcome"),
                get("error.type"),
                span.status.clone(),
            )
        })
        .collect();
    let row = |outcome: &str, error: &str, status| (outcome.to_owned(), error.to_owned(), status);
    assert_eq!(
        seen[..5],
        [
            row("accepted", "", Status::Unset),
            row("duplicate", "", Status::Unset),
            row("rejected", "SESSION_ALREADY_EXISTS", Status::Unset),
            row("", "_OTHER", Status::error("_OTHER")),
            row("accepted", "", Status::Unset),
        ]
    );
    assert_eq!(
        seen.last().unwrap(),
        &row("", "UNAVAILABLE", Status::error("UNAVAILABLE"))
    );
}
