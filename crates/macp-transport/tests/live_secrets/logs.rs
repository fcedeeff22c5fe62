//! What the whole process logs, and what of it our own crates do.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;

/// A log at the level `TRACE`, spans included.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The logs of all crates and of ours; filled from the first call on.
pub(crate) fn logs() -> (Log, Log) {
    static LOGS: OnceLock<(Log, Log)> = OnceLock::new();
    LOGS.get_or_init(|| {
        let (all, ours) = (Log::default(), Log::default());
        let of_ours = Targets::new().with_target("macp", LevelFilter::TRACE);
        let subscriber = tracing_subscriber::registry()
            .with(written_to(&all).with_filter(LevelFilter::TRACE))
            .with(written_to(&ours).with_filter(of_ours));
        tracing::subscriber::set_global_default(subscriber).unwrap();
        (all, ours)
    })
    .clone()
}

fn written_to<S>(log: &Log) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fmt::layer()
        .with_ansi(false)
        .with_span_events(FmtSpan::FULL)
        .with_writer(log.clone())
}
