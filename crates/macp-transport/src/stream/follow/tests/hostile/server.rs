//! The server: what it is told to do, it does again and again.

use super::super::*;
use crate::error::from_status;
use macp_proto::v1::MacpError;
use macp_proto::v1::stream_session_response::Response;
use std::sync::{Arc, Mutex};
use std::task::ready;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status as TonicStatus};

/// What the server does with one stream.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    pub(super) refused: Option<Failure>,
    pub(super) frames: Vec<Frame>,
    pub(super) then: Then,
}

#[derive(Clone, Debug)]
pub(super) enum Frame {
    /// A message that was never sent before.
    New {
        message_type: String,
    },
    /// A message under an id of a small set, or without one.
    Known {
        id: u8,
    },
    Error {
        code: String,
        details: Vec<u8>,
    },
    Nothing,
    /// Nothing, after this many milliseconds.
    Late(u16),
}

#[derive(Clone, Debug)]
pub(super) enum Then {
    OrderlyEnd,
    Fail(Failure),
    /// The stream stays open, whether half-closed or not.
    Silence,
}

#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) status: i32,
    pub(super) message: String,
    pub(super) code: Option<Vec<u8>>,
    pub(super) details: Vec<u8>,
}

impl Failure {
    pub(super) fn error(&self) -> Error {
        let mut metadata = MetadataMap::new();
        if let Some(code) = &self.code
            && let Ok(code) = MetadataValue::try_from(&**code)
        {
            metadata.insert("macp-error-code", code);
        }
        let details = MetadataValue::from_bytes(&self.details);
        metadata.insert_bin("macp-error-details-bin", details);
        from_status(TonicStatus::with_metadata(
            Code::from_i32(self.status),
            &self.message,
            metadata,
        ))
    }
}

/// A server that goes through its script again and again.
#[derive(Clone)]
pub(super) struct Server(pub(super) Arc<Mutex<State>>);

pub(super) struct State {
    pub(super) openings: Vec<Opening>,
    pub(super) states: Vec<Result<i32, Failure>>,
    pub(super) opened: Vec<Instant>,
    pub(super) read: usize,
    pub(super) sent: u64,
}

impl Feed for Server {
    type Inbound = Saying;

    async fn open(&self, _after: u64) -> Result<Saying, Error> {
        let mut state = self.0.lock().unwrap();
        let opening = state.openings[state.opened.len() % state.openings.len()].clone();
        state.opened.push(Instant::now());
        assert!(state.opened.len() < 10_000, "it spins");
        match opening.refused {
            Some(failure) => Err(failure.error()),
            None => Ok(Saying {
                server: self.clone(),
                frames: opening.frames.into(),
                pause: None,
                then: opening.then,
            }),
        }
    }

    fn state(&self) -> StateRead {
        let mut state = self.0.lock().unwrap();
        let answer = state.states[state.read % state.states.len()].clone();
        state.read += 1;
        assert!(state.read < 10_000, "it spins");
        Box::pin(async move { answer.map(Into::into).map_err(|failure| failure.error()) })
    }
}

pub(super) struct Saying {
    server: Server,
    frames: VecDeque<Frame>,
    pause: Option<Pin<Box<tokio::time::Sleep>>>,
    then: Then,
}

impl Inbound for Saying {
    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<StreamSessionResponse, Error>>> {
        if let Some(Frame::Late(milliseconds)) = self.frames.front() {
            let pause = Duration::from_millis((*milliseconds).into());
            let pause = self
                .pause
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let Some(frame) = self.frames.pop_front() else {
            return match &self.then {
                Then::OrderlyEnd => Poll::Ready(None),
                Then::Fail(failure) => Poll::Ready(Some(Err(failure.error()))),
                Then::Silence => Poll::Pending,
            };
        };
        let envelope = |message_id, message_type| {
            Some(Response::Envelope(Envelope {
                message_id,
                message_type,
                ..Envelope::default()
            }))
        };
        let response = match frame {
            Frame::New { message_type } => {
                let mut state = self.server.0.lock().unwrap();
                state.sent += 1;
                envelope(format!("new {}", state.sent), message_type)
            }
            Frame::Known { id: 0 } => envelope(String::new(), "Vote".into()),
            Frame::Known { id } => envelope(id.to_string(), "Vote".into()),
            Frame::Error { code, details } => Some(Response::Error(MacpError {
                code,
                details: details.into(),
                ..MacpError::default()
            })),
            Frame::Nothing | Frame::Late(_) => None,
        };
        Poll::Ready(Some(Ok(StreamSessionResponse { response })))
    }

    fn half_close(&mut self) {}
}
