use crate::context::{Moment, Scene, Shared};
use crate::handlers::Handlers;
use crate::{Context, Ended, Ending, Error, ErrorPolicy, Failure, HandlerResult, Occasion};
use macp_projections::{ModeState, Projection};
use macp_proto::MessageType;
use macp_proto::v1::Envelope;
use macp_transport::SessionEvent;
use std::sync::Arc;

/// How the ids of messages begin that the runtime makes itself (RFC-MACP-0010).
const SYNTHETIC_PREFIX: &str = "implicit-accept:";

/// Takes a session's events in order, each in two steps: the state that follows from it, and the
/// handlers that are due. An event is large, and would be moved again and again as part of a future.
pub(crate) struct Dispatcher<S: ModeState, A> {
    handlers: Handlers<S, A>,
    stage: Stage<S, A>,
    phase: S::Phase,
}

/// What an event turned out to be, once it was taken.
#[derive(Clone, Copy)]
pub(crate) enum Happened {
    /// A message, with its place in the transcript if it is new there.
    Message {
        index: Option<usize>,
        own: bool,
    },
    Suspended,
    Resumed,
    Compacted {
        lowest: u64,
    },
    Ended(Ending),
    Nothing,
}

/// What handlers are called with, and what becomes of their failures.
struct Stage<S: ModeState, A> {
    policy: ErrorPolicy,
    /// Held by nobody else, unless a handler keeps a context.
    scene: Arc<Scene<S, A>>,
    sequence: u64,
    suspended: bool,
    /// How many of its own messages, sent before it was started, the participant has not seen yet.
    own_to_come: u64,
}

impl<S: ModeState, A: 'static> Dispatcher<S, A> {
    pub(crate) fn new(
        handlers: Handlers<S, A>,
        policy: ErrorPolicy,
        shared: Shared<A>,
        own_to_come: u64,
    ) -> Self {
        let projection = Projection::new();
        Self {
            handlers,
            phase: projection.phase(),
            stage: Stage {
                policy,
                scene: Arc::new(Scene {
                    projection,
                    shared: Arc::new(shared),
                }),
                sequence: 0,
                suspended: false,
                own_to_come,
            },
        }
    }

    pub(crate) fn ended(self, ending: Ending) -> Ended<S> {
        Ended {
            ending,
            projection: Arc::unwrap_or_clone(self.stage.scene).projection,
        }
    }

    /// Takes one event into the state that handlers see.
    pub(crate) fn take(&mut self, event: SessionEvent) -> Result<Happened, Error> {
        let stage = &mut self.stage;
        Ok(match event {
            SessionEvent::Envelope { sequence, envelope } => {
                stage.sequence = sequence;
                let own = stage.own_to_come > 0 && stage.is_own(&envelope);
                let index = stage.apply(envelope)?;
                Happened::Message { index, own }
            }
            SessionEvent::Suspended => {
                stage.suspended = true;
                Happened::Suspended
            }
            SessionEvent::Resumed => {
                stage.suspended = false;
                Happened::Resumed
            }
            SessionEvent::HistoryCompacted { lowest, .. } => {
                stage.sequence = lowest;
                Happened::Compacted { lowest }
            }
            SessionEvent::Ended { state } => {
                Happened::Ended(Ending::of(state).ok_or(Error::NoEnd { state: Some(state) })?)
            }
            _ => {
                tracing::debug!("ignored an event that this version does not know");
                Happened::Nothing
            }
        })
    }

    /// Calls the handlers of what happened; says so if it was the last.
    pub(crate) async fn handle(&mut self, happened: Happened) -> Result<Option<Ending>, Error> {
        match happened {
            Happened::Message { index, own } => {
                if let Some(index) = index {
                    self.message(index).await?;
                }
                if own {
                    self.own_message().await?;
                }
                // Nothing but a `Commitment` resolves a session, and nothing follows it.
                if self.stage.scene.projection.is_committed() {
                    return self.end(Ending::Resolved).await.map(Some);
                }
            }
            Happened::Suspended => {
                for handler in &mut self.handlers.suspended {
                    let result = handler.call(self.stage.context(None)).await;
                    self.stage.settle(result, || Occasion::Suspended)?;
                }
            }
            Happened::Resumed => {
                for handler in &mut self.handlers.resumed {
                    let result = handler.call(self.stage.context(None)).await;
                    self.stage.settle(result, || Occasion::Resumed)?;
                }
            }
            Happened::Compacted { lowest } => self.compacted(lowest).await?,
            Happened::Ended(ending) => return self.end(ending).await.map(Some),
            Happened::Nothing => {}
        }
        Ok(None)
    }

    async fn message(&mut self, index: usize) -> Result<(), Error> {
        let stage = &self.stage;
        let Some(message) = stage.scene.projection.transcript().get(index) else {
            return Ok(());
        };
        let occasion = || Occasion::Message {
            message_type: message.message_type.as_str().into(),
            message_id: message.message_id.clone(),
        };
        for (message_type, handler) in &mut self.handlers.typed {
            if *message_type == message.message_type.as_str() {
                stage.settle(handler.call(stage.context(Some(index))).await, occasion)?;
            }
        }
        for handler in &mut self.handlers.any_message {
            stage.settle(handler.call(stage.context(Some(index))).await, occasion)?;
        }
        let phase = stage.scene.projection.phase();
        if phase == self.phase {
            return Ok(());
        }
        self.phase = phase;
        let occasion = || Occasion::Phase(phase.to_string());
        for (at, handler) in &mut self.handlers.phase {
            if *at == phase {
                stage.settle(handler.call(stage.context(Some(index))).await, occasion)?;
            }
        }
        for handler in &mut self.handlers.any_phase {
            let told = (stage.context(Some(index)), phase);
            stage.settle(handler.call(told).await, occasion)?;
        }
        Ok(())
    }

    async fn own_message(&mut self) -> Result<(), Error> {
        self.stage.own_to_come -= 1;
        if self.stage.own_to_come == 0 {
            self.caught_up().await?;
        }
        Ok(())
    }

    async fn compacted(&mut self, lowest: u64) -> Result<(), Error> {
        for handler in &mut self.handlers.compacted {
            let result = handler.call((self.stage.context(None), lowest)).await;
            self.stage.settle(result, || Occasion::HistoryCompacted)?;
        }
        // Its own messages are among those that are gone.
        if self.stage.own_to_come > 0 {
            self.stage.own_to_come = 0;
            self.caught_up().await?;
        }
        Ok(())
    }

    async fn caught_up(&mut self) -> Result<(), Error> {
        for handler in &mut self.handlers.caught_up {
            let result = handler.call(self.stage.context(None)).await;
            self.stage.settle(result, || Occasion::CaughtUp)?;
        }
        Ok(())
    }

    async fn end(&mut self, ending: Ending) -> Result<Ending, Error> {
        for handler in &mut self.handlers.end {
            let result = handler.call((self.stage.context(None), ending)).await;
            self.stage.settle(result, || Occasion::End)?;
        }
        Ok(ending)
    }
}

impl<S: ModeState, A> Stage<S, A> {
    /// Applies a message and says where in the transcript it is, if it is new there.
    fn apply(&mut self, envelope: Envelope) -> Result<Option<usize>, Error> {
        let projection = &mut Arc::make_mut(&mut self.scene).projection;
        match projection.apply(envelope) {
            Ok(applied) if applied.is_recorded() => Ok(Some(projection.transcript().len() - 1)),
            Ok(_) => Ok(None),
            Err(error) => {
                let occasion = Occasion::Message {
                    message_type: error.message_type.clone(),
                    message_id: error.message_id.clone(),
                };
                self.settle(Err(error.into()), || occasion.clone())?;
                Ok(None)
            }
        }
    }

    /// Whether the runtime counts it among what this participant has sent.
    fn is_own(&self, envelope: &Envelope) -> bool {
        envelope.sender == self.scene.shared.participant_id
            && MessageType::SessionStart != envelope.message_type.as_str()
            && !envelope.message_id.starts_with(SYNTHETIC_PREFIX)
    }

    fn context(&self, message: Option<usize>) -> Context<S, A> {
        Context {
            scene: self.scene.clone(),
            moment: Moment {
                message,
                sequence: self.sequence,
                suspended: self.suspended,
                replaying: self.own_to_come > 0,
            },
        }
    }

    fn settle(&self, result: HandlerResult, occasion: impl Fn() -> Occasion) -> Result<(), Error> {
        let Err(error) = result else {
            return Ok(());
        };
        Ok(self.policy.take(Failure {
            occasion: occasion(),
            sequence: self.sequence,
            error,
        })?)
    }
}
