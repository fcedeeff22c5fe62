use crate::payload;
use crate::{Context, Ending, HandlerError, HandlerResult};
use macp_projections::ModeState;
use macp_proto::{MessageType, Mode, Payload};
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{self, Poll, ready};

/// A handler that is told nothing but its context.
pub(crate) type On<S, A> = Handler<Context<S, A>>;
/// A handler that is told something besides.
pub(crate) type OnWith<S, A, T> = Handler<(Context<S, A>, T)>;

/// What a participant does, and when.
pub(crate) struct Handlers<S: ModeState, A> {
    pub(crate) typed: Vec<(MessageType, On<S, A>)>,
    pub(crate) any_message: Vec<On<S, A>>,
    pub(crate) phase: Vec<(S::Phase, On<S, A>)>,
    pub(crate) any_phase: Vec<OnWith<S, A, S::Phase>>,
    pub(crate) suspended: Vec<On<S, A>>,
    pub(crate) resumed: Vec<On<S, A>>,
    pub(crate) compacted: Vec<OnWith<S, A, u64>>,
    pub(crate) caught_up: Vec<On<S, A>>,
    pub(crate) end: Vec<OnWith<S, A, Ending>>,
}

impl<S: ModeState, A: 'static> Handlers<S, A> {
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

    pub(crate) fn on<P, F, Fut>(&mut self, mut handler: F)
    where
        P: Payload,
        F: FnMut(Context<S, A>, P) -> Fut + Send + 'static,
        Fut: Future<Output = HandlerResult> + Send + 'static,
    {
        const { OfMode::<P, S>::CHECKED };
        let handler = Handler::new(move |context: Context<S, A>| {
            let encoded = context.message().map(|message| &message.payload);
            let payload = encoded.map_or_else(|| Ok(P::default()), payload::decode)?;
            Ok(handler(context, payload))
        });
        self.typed.push((P::MESSAGE_TYPE, handler));
    }
}

/// A handler whose type is forgotten, with room for one run of it: both are allocated once, and
/// calls allocate nothing.
pub(crate) struct Handler<T>(Box<dyn Run<T>>);

impl<T: 'static> Handler<T> {
    fn new<F, Fut>(handler: F) -> Self
    where
        F: FnMut(T) -> Result<Fut, HandlerError> + Send + 'static,
        Fut: Future<Output = HandlerResult> + Send + 'static,
    {
        Self(Box::new(Room {
            handler,
            running: Box::pin(None),
        }))
    }

    pub(crate) async fn call(&mut self, told: T) -> HandlerResult {
        self.0.start(told)?;
        poll_fn(|context| self.0.poll(context)).await
    }
}

trait Run<T>: Send {
    fn start(&mut self, told: T) -> HandlerResult;

    /// Goes on with what was started.
    fn poll(&mut self, context: &mut task::Context<'_>) -> Poll<HandlerResult>;
}

struct Room<F, Fut> {
    handler: F,
    running: Pin<Box<Option<Fut>>>,
}

impl<T, F, Fut> Run<T> for Room<F, Fut>
where
    F: FnMut(T) -> Result<Fut, HandlerError> + Send,
    Fut: Future<Output = HandlerResult> + Send,
{
    fn start(&mut self, told: T) -> HandlerResult {
        let running = (self.handler)(told)?;
        self.running.set(Some(running));
        Ok(())
    }

    fn poll(&mut self, context: &mut task::Context<'_>) -> Poll<HandlerResult> {
        let Some(running) = self.running.as_mut().as_pin_mut() else {
            return Poll::Ready(Ok(()));
        };
        let result = ready!(running.poll(context));
        self.running.set(None);
        Poll::Ready(result)
    }
}

pub(crate) fn on<S, A, F, Fut>(mut handler: F) -> On<S, A>
where
    S: ModeState,
    A: 'static,
    F: FnMut(Context<S, A>) -> Fut + Send + 'static,
    Fut: Future<Output = HandlerResult> + Send + 'static,
{
    Handler::new(move |context| Ok(handler(context)))
}

pub(crate) fn on_with<S, A, T, F, Fut>(mut handler: F) -> OnWith<S, A, T>
where
    S: ModeState,
    A: 'static,
    T: 'static,
    F: FnMut(Context<S, A>, T) -> Fut + Send + 'static,
    Fut: Future<Output = HandlerResult> + Send + 'static,
{
    Handler::new(move |(context, told)| Ok(handler(context, told)))
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
