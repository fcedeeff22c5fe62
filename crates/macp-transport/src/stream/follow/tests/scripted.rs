//! A runtime that says what it is told to.

use super::super::*;
use crate::error::{Refusal, TransportError, TransportErrorKind};
use macp_proto::v1::MacpError;
use macp_proto::v1::stream_session_response::Response;
use std::sync::{Arc, Mutex};
use std::task::ready;

/// One answer of the scripted runtime on an open stream.
#[derive(Clone, Debug)]
pub(super) enum Say {
    /// The next message of the history.
    Next,
    /// A message that was delivered before.
    Again,
    /// A frame without content.
    Nothing,
    /// An inline refusal.
    Inline(&'static str),
    /// Nothing more on this stream, until it is closed.
    Silence,
    /// Nothing for a second.
    Pause,
    /// An end of the stream: orderly, or with an error.
    End,
    Fail(Failure),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Failure {
    Broken,
    Connect,
    Code(&'static str),
    Compacted(u64),
}

impl Failure {
    fn error(self) -> Error {
        match self {
            Self::Broken => TransportError::new(TransportErrorKind::Broken, "").into(),
            Self::Connect => TransportError::new(TransportErrorKind::Connect, "").into(),
            Self::Code(code) => Refusal::new(code.into(), "").into(),
            Self::Compacted(lowest) => {
                let mut refusal = Refusal::new(ErrorCode::HistoryUnavailable, "");
                refusal.lowest_available_sequence = Some(lowest);
                refusal.into()
            }
        }
    }
}

/// A runtime that says what it is told to. After the script it is well-behaved.
#[derive(Clone)]
pub(super) struct Runtime(pub(super) Arc<Mutex<Inner>>);

pub(super) struct Inner {
    history: u64,
    sealed: bool,
    state: SessionState,
    /// What each opening is answered with, and each stream says before it behaves.
    script: VecDeque<Result<Vec<Say>, Failure>>,
    /// When the stream was opened, and after which ordinal.
    opened: Vec<(Instant, u64)>,
    pub(super) read: usize,
}

impl Runtime {
    pub(super) fn new(history: u64, state: SessionState) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            history,
            sealed: state == SessionState::Resolved,
            state,
            script: VecDeque::new(),
            opened: Vec::new(),
            read: 0,
        })))
    }

    pub(super) fn script(
        self,
        script: impl IntoIterator<Item = Result<Vec<Say>, Failure>>,
    ) -> Self {
        self.0.lock().unwrap().script.extend(script);
        self
    }

    pub(super) fn opened(&self) -> Vec<u64> {
        let inner = self.0.lock().unwrap();
        inner.opened.iter().map(|(_, after)| *after).collect()
    }

    pub(super) fn end(&self, state: SessionState) {
        self.0.lock().unwrap().state = state;
    }
}

impl Feed for Runtime {
    type Inbound = Stream;

    async fn open(&self, after: u64) -> Result<Stream, Error> {
        let mut inner = self.0.lock().unwrap();
        inner.opened.push((Instant::now(), after));
        let says = match inner.script.pop_front() {
            Some(Ok(says)) => says,
            Some(Err(failure)) => return Err(failure.error()),
            None => Vec::new(),
        };
        Ok(Stream {
            runtime: self.clone(),
            says: says.into(),
            at: after,
            pause: None,
            closed: false,
        })
    }

    fn state(&self) -> StateRead {
        let runtime = self.clone();
        Box::pin(async move {
            let mut inner = runtime.0.lock().unwrap();
            inner.read += 1;
            Ok(inner.state)
        })
    }
}

pub(super) struct Stream {
    runtime: Runtime,
    says: VecDeque<Say>,
    at: u64,
    pause: Option<Pin<Box<tokio::time::Sleep>>>,
    closed: bool,
}

impl Stream {
    fn message_at(&self, sequence: u64) -> StreamSessionResponse {
        let inner = self.runtime.0.lock().unwrap();
        let last = inner.sealed && sequence == inner.history;
        StreamSessionResponse {
            response: Some(Response::Envelope(Envelope {
                message_id: format!("m{sequence}"),
                message_type: if last { "Commitment" } else { "Vote" }.into(),
                ..Envelope::default()
            })),
        }
    }

    fn next_message(&mut self) -> Option<StreamSessionResponse> {
        let history = self.runtime.0.lock().unwrap().history;
        (self.at < history).then(|| {
            self.at += 1;
            self.message_at(self.at)
        })
    }
}

impl Inbound for Stream {
    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<StreamSessionResponse, Error>>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            let Some(say) = self.says.pop_front() else {
                break;
            };
            return Poll::Ready(match say {
                Say::Next => match self.next_message() {
                    Some(message) => Some(Ok(message)),
                    None => continue,
                },
                Say::Again if self.at > 0 => Some(Ok(self.message_at(self.at))),
                Say::Again => continue,
                Say::Nothing => Some(Ok(StreamSessionResponse::default())),
                Say::Inline(code) => Some(Ok(StreamSessionResponse {
                    response: Some(Response::Error(MacpError {
                        code: code.into(),
                        ..MacpError::default()
                    })),
                })),
                Say::Silence => {
                    self.at = u64::MAX;
                    continue;
                }
                Say::Pause => {
                    self.pause = Some(Box::pin(tokio::time::sleep(Duration::from_secs(1))));
                    continue;
                }
                Say::End => None,
                Say::Fail(failure) => Some(Err(failure.error())),
            });
        }
        match self.next_message() {
            Some(message) => Poll::Ready(Some(Ok(message))),
            None if self.closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    fn half_close(&mut self) {
        self.closed = true;
    }
}
