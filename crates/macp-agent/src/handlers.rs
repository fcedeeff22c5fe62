use crate::{Context, Ending, HandlerResult};
use bytes::Bytes;
use macp_projections::ModeState;
use macp_proto::{MessageType, Mode, Payload};
use prost::DecodeError;
use std::marker::PhantomData;
use std::pin::Pin;

pub(crate) type Running = Pin<Box<dyn Future<Output = HandlerResult> + Send>>;

type OnMessage<S, A> =
    Box<dyn Fn(Context<S, A>, &Bytes) -> Result<Running, DecodeError> + Send + Sync>;
type On<S, A> = Box<dyn Fn(Context<S, A>) -> Running + Send + Sync>;
type OnWith<S, A, T> = Box<dyn Fn(Context<S, A>, T) -> Running + Send + Sync>;

/// What a participant does, and when.
pub(crate) struct Handlers<S: ModeState, A> {
    pub(crate) typed: Vec<(MessageType, OnMessage<S, A>)>,
    pub(crate) any_message: Vec<On<S, A>>,
    pub(crate) phase: Vec<(S::Phase, On<S, A>)>,
    pub(crate) any_phase: Vec<OnWith<S, A, S::Phase>>,
    pub(crate) suspended: Vec<On<S, A>>,
    pub(crate) resumed: Vec<On<S, A>>,
    pub(crate) compacted: Vec<OnWith<S, A, u64>>,
    pub(crate) caught_up: Vec<On<S, A>>,
    pub(crate) end: Vec<OnWith<S, A, Ending>>,
}

impl<S: ModeState, A> Handlers<S, A> {
    pub(crate) fn new() -> Self {
        Self {
            typed: Vec::new(),
            any_message: Vec::new(),
            phase: Vec::new(),
            any_phase: Vec::new(),
            suspended: Vec::new(),
            resumed: Vec::new(),
            compacted: Vec::new(),
            caught_up: Vec::new(),
            end: Vec::new(),
        }
    }

    pub(crate) fn on<P, F, Fut>(&mut self, handler: F)
    where
        P: Payload,
        F: Fn(Context<S, A>, P) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = HandlerResult> + Send + 'static,
    {
        const { OfMode::<P, S>::CHECKED };
        let handler: OnMessage<S, A> = Box::new(move |context, payload| {
            let payload = P::decode(payload.clone())?;
            Ok(Box::pin(handler(context, payload)))
        });
        self.typed.push((P::MESSAGE_TYPE, handler));
    }
}

/// Boxes a handler.
pub(crate) fn boxed<S, A, F, Fut>(handler: F) -> On<S, A>
where
    S: ModeState,
    F: Fn(Context<S, A>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = HandlerResult> + Send + 'static,
{
    Box::new(move |context| Box::pin(handler(context)))
}

/// Boxes a handler that is told something besides.
pub(crate) fn boxed_with<S, A, T, F, Fut>(handler: F) -> OnWith<S, A, T>
where
    S: ModeState,
    F: Fn(Context<S, A>, T) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = HandlerResult> + Send + 'static,
{
    Box::new(move |context, told| Box::pin(handler(context, told)))
}

/// Refuses to compile a handler of another mode's payload, which would never be called.
struct OfMode<P, S>(PhantomData<(P, S)>);

impl<P: Payload, S: ModeState> OfMode<P, S> {
    const PAYLOAD: &'static Option<Mode> = &P::MODE;
    const SESSION: &'static Mode = &S::MODE;
    const CHECKED: () = assert!(
        matches!(
            (Self::PAYLOAD, Self::SESSION),
            (None, _)
                | (Some(Mode::Decision), Mode::Decision)
                | (Some(Mode::Proposal), Mode::Proposal)
                | (Some(Mode::Task), Mode::Task)
                | (Some(Mode::Handoff), Mode::Handoff)
                | (Some(Mode::Quorum), Mode::Quorum)
                | (Some(Mode::MultiRound), Mode::MultiRound)
        ),
        "this payload belongs to another mode than the session"
    );
}
