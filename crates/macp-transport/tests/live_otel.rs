//! The `send` span as `macp-semconv/0.1` wants it, around sends to the real runtime.

#![allow(
    clippy::unwrap_used,
    reason = "a panic is the test's failure, in helpers too"
)]

use macp_proto::v1::{Envelope, SessionStartPayload};
use macp_proto::{MessageId, Mode, SessionId};
use macp_testkit::Runtime;
use macp_transport::{Client, Credentials, RetryPolicy};
use opentelemetry::global;
use opentelemetry::trace::{SpanKind, Status};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use std::collections::BTreeMap;

/// The attributes of `span.macp.send`: those that every span has, and those that it may have.
const REQUIRED: [&str; 3] = [
    "macp.operation.name",
    "macp.message.id",
    "macp.message.type",
];
const ALLOWED: [&str; 6] = [
    "macp.session.id",
    "macp.mode.id",
    "macp.sender.id",
    "macp.version",
    "macp.envelope.outcome",
    "error.type",
];

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

fn attributes(span: &SpanData) -> BTreeMap<String, String> {
    span.attributes
        .iter()
        .map(|attribute| (attribute.key.to_string(), attribute.value.to_string()))
        .collect()
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
    for span in &spans {
        assert_eq!(span.name, "send macp.mode.decision.v1");
        assert_eq!(span.span_kind, SpanKind::Client);
        assert_eq!(span.instrumentation_scope.name(), "macp-transport");
        assert_eq!(
            span.instrumentation_scope.version(),
            Some(env!("CARGO_PKG_VERSION"))
        );
        assert!(span.events.is_empty());
        let attributes = attributes(span);
        for name in REQUIRED {
            assert!(attributes.contains_key(name), "{name}");
        }
        for name in attributes.keys() {
            assert!(
                REQUIRED.contains(&&**name) || ALLOWED.contains(&&**name),
                "{name}"
            );
        }
        assert_eq!(attributes["macp.operation.name"], "send");
        assert_eq!(attributes["macp.session.id"], session.as_str());
        assert_eq!(attributes["macp.version"], "1.0");
    }

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
        seen[..4],
        [
            row("accepted", "", Status::Unset),
            row("duplicate", "", Status::Unset),
            row("rejected", "SESSION_ALREADY_EXISTS", Status::Unset),
            row("", "_OTHER", Status::error("_OTHER")),
        ]
    );
    assert_eq!(
        seen.last().unwrap(),
        &row("", "UNAVAILABLE", Status::error("UNAVAILABLE"))
    );
}
