//! The `send` span of the conventions, and W3C trace context on every RPC.

use super::{Outcome, non_empty};
use macp_proto::v1::Envelope;
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{
    SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue, global};
use tonic::metadata::{MetadataMap, MetadataValue};

/// The span of one `Send`, ended when this is dropped.
pub(super) struct SendSpan(Option<Context>);

impl SendSpan {
    pub(super) fn none() -> Self {
        Self(None)
    }

    pub(super) fn start(envelope: &Envelope) -> Self {
        let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        let tracer = global::tracer_provider().tracer_with_scope(scope);
        let name = match non_empty(&envelope.mode) {
            Some(mode) => format!("send {mode}"),
            None => "send".to_owned(),
        };
        let always = [
            ("macp.operation.name", "send"),
            ("macp.message.id", &envelope.message_id),
            ("macp.message.type", &envelope.message_type),
        ];
        let when_known = [
            ("macp.session.id", &*envelope.session_id),
            ("macp.mode.id", &envelope.mode),
            ("macp.sender.id", &envelope.sender),
            ("macp.version", &envelope.macp_version),
        ];
        let attributes = always
            .into_iter()
            .chain(
                when_known
                    .into_iter()
                    .filter(|(_, value)| !value.is_empty()),
            )
            .map(|(key, value)| KeyValue::new(key, value.to_owned()));
        let span = tracer
            .span_builder(name)
            .with_kind(SpanKind::Client)
            .with_attributes(attributes)
            .start(&tracer);
        Self(Some(Context::current_with_span(span)))
    }

    pub(super) fn follow<T>(&self, call: impl Future<Output = T>) -> impl Future<Output = T> {
        call.with_context(self.0.clone().unwrap_or_else(Context::current))
    }

    pub(super) fn finish(self, outcome: Outcome<'_>) {
        let Some(context) = &self.0 else { return };
        let span = context.span();
        if let Some(word) = outcome.word() {
            span.set_attribute(KeyValue::new("macp.envelope.outcome", word));
        }
        if let Some(error) = outcome.error_type() {
            span.set_attribute(KeyValue::new("error.type", error.to_owned()));
        }
        // What the runtime refuses is an answer, not a failure of the operation.
        if let Outcome::Failed(error) = outcome {
            span.set_status(Status::error(error.to_owned()));
        }
        span.end();
    }
}

/// Adds `traceparent` and `tracestate` when a trace is active: nothing else, whatever propagator
/// the program has set up.
pub(super) fn inject(metadata: &mut MetadataMap) {
    let context = Context::current();
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() {
        return;
    }
    let sampled = u8::from(span.is_sampled());
    let parent = format!("00-{}-{}-{sampled:02x}", span.trace_id(), span.span_id());
    // What is no legal header is left out: a trace is not worth a call.
    if let Ok(value) = MetadataValue::try_from(parent) {
        metadata.insert("traceparent", value);
    }
    let state = span.trace_state().header();
    if let Some(state) = non_empty(&state)
        && let Ok(value) = MetadataValue::try_from(state)
    {
        metadata.insert("tracestate", value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

    #[test]
    fn an_active_trace_is_told_and_no_other() {
        let mut metadata = MetadataMap::new();
        inject(&mut metadata);
        assert!(metadata.is_empty());

        let state = TraceState::from_key_value([("vendor", "value")]).unwrap();
        let span = SpanContext::new(
            TraceId::from(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c),
            SpanId::from(0xb7ad_6b71_6920_3331),
            TraceFlags::SAMPLED,
            true,
            state,
        );
        let _active = Context::new().with_remote_span_context(span).attach();
        inject(&mut metadata);
        assert_eq!(
            metadata.get("traceparent").unwrap(),
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        );
        assert_eq!(metadata.get("tracestate").unwrap(), "vendor=value");
        assert_eq!(metadata.len(), 2);
    }
}
