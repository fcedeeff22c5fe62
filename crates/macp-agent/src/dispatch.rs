use crate::context::{Scene, Shared};
use crate::handlers::Handlers;
use crate::{Context, Ended, Ending, Error, ErrorPolicy, Failure, HandlerResult, Occasion};
use macp_modes::{Change, History};
use macp_projections::{ModeState, Projection};
use macp_proto::{IMPLICIT_ACCEPT_PREFIX, MessageType};
use macp_transport::SessionEvent;
use std::sync::Arc;

/// Takes a session's events in order, each in two steps: the state that follows from it, and the
/// handlers that are due. An event is large, and would be moved again and again as part of a future.
pub(crate) struct Dispatcher<S: ModeState, A> {
    handlers: Handlers<S, A>,
    stage: Stage<S, A>,
    phase: S::Phase,
    newest: Newest,
}

/// What the newest event turned out to be.
#[derive(Clone, Copy)]
struct Newest {
    /// None if it was a message that does not decode.
    change: Option<Change>,
    /// Whether it was one of the messages that the participant sent before it was started.
    own: bool,
}

/// What handlers are called with, and what becomes of their failures.
struct Stage<S: ModeState, A> {
    policy: ErrorPolicy,
    /// Held by nobody else, unless a handler keeps a context.
    scene: Arc<Scene<S, A>>,
}

impl<S: ModeState, A: 'static> Dispatcher<S, A> {
    pub(crate) fn new(
        handlers: Handlers<S, A>,
        policy: ErrorPolicy,
        shared: Shared<A>,
        own_to_come: u64,
    ) -> Self {
        let history = History::new();
        Self {
            handlers,
            phase: history.projection().phase(),
            stage: Stage {
                policy,
                scene: Arc::new(Scene {
                    history,
                    suspended: false,
                    own_to_come,
                    shared: Arc::new(shared),
                }),
            },
            newest: Newest {
                change: None,
                own: false,
            },
        }
    }

    pub(crate) fn ended(self, ending: Ending) -> Ended<S> {
        Ended {
            ending,
            projection: Arc::unwrap_or_clone(self.stage.scene)
                .history
                .into_projection(),
        }
    }

    /// Takes one event into the state that handlers see.
    pub(crate) fn take(&mut self, event: SessionEvent) -> Result<(), Error> {
        let stage = &mut self.stage;
        let own = stage.scene.own_to_come > 0 && stage.is_own(&event);
        let scene = Arc::make_mut(&mut stage.scene);
        let taken = scene.history.take(event);
        match taken {
            Ok(Change::Suspended) => scene.suspended = true,
            Ok(Change::Resumed) => scene.suspended = false,
            _ => {}
        }
        let change = match taken {
            Ok(change) => Some(change),
            Err(error) => {
                let occasion = Occasion::Message {
                    message_type: error.message_type.clone(),
                    message_id: error.message_id.clone(),
                };
                stage.settle(Err(error.into()), || occasion.clone())?;
                None
            }
        };
        self.newest = Newest { change, own };
        Ok(())
    }

    /// Calls the handlers of what was taken; says so if it was the last.
    pub(crate) async fn handle(&mut self) -> Result<Option<Ending>, Error> {
        match self.newest.change {
            Some(Change::Accepted(applied)) if applied.is_recorded() => self.message().await?,
            Some(Change::Accepted(_)) | None => {}
            Some(Change::Suspended) => {
                for handler in &mut self.handlers.suspended {
                    let result = handler.call(self.stage.context(None)).await;
                    self.stage.settle(result, || Occasion::Suspended)?;
                }
            }
            Some(Change::Resumed) => {
                for handler in &mut self.handlers.resumed {
                    let result = handler.call(self.stage.context(None)).await;
                    self.stage.settle(result, || Occasion::Resumed)?;
                }
            }
            Some(Change::HistoryCompacted { lowest }) => self.compacted(lowest).await?,
            Some(Change::Ended(state)) => {
                let ending = Ending::of(state).ok_or(Error::NoEnd { state: Some(state) })?;
                return self.end(ending).await.map(Some);
            }
            Some(Change::Unwatched) => {
                tracing::warn!(
                    "the runtime tells nothing of how the session fares but its messages"
                );
            }
            Some(_) => tracing::debug!("ignored an event that this version does not know"),
        }
        if self.newest.own {
            self.own_message().await?;
        }
        // Nothing but a `Commitment` resolves a session, and nothing follows it.
        if self.stage.projection().is_committed() {
            return self.end(Ending::Resolved).await.map(Some);
        }
        Ok(None)
    }

    /// Calls the handlers of the newest message.
    async fn message(&mut self) -> Result<(), Error> {
        let stage = &self.stage;
        let transcript = stage.projection().transcript();
        let Some(message) = transcript.last() else {
            return Ok(());
        };
        let index = transcript.len() - 1;
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
        let phase = stage.projection().phase();
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
        let own_to_come = &mut Arc::make_mut(&mut self.stage.scene).own_to_come;
        *own_to_come -= 1;
        if *own_to_come == 0 {
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
        if self.stage.scene.own_to_come > 0 {
            Arc::make_mut(&mut self.stage.scene).own_to_come = 0;
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
    fn projection(&self) -> &Projection<S> {
        self.scene.history.projection()
    }

    /// Whether it is a message that the runtime counts among what this participant has sent.
    fn is_own(&self, event: &SessionEvent) -> bool {
        let SessionEvent::Envelope { envelope, .. } = event else {
            return false;
        };
        envelope.sender == self.scene.shared.participant_id
            && MessageType::SessionStart != envelope.message_type.as_str()
            && !envelope.message_id.starts_with(IMPLICIT_ACCEPT_PREFIX)
    }

    fn context(&self, message: Option<usize>) -> Context<S, A> {
        Context {
            scene: self.scene.clone(),
            message,
        }
    }

    fn settle(&self, result: HandlerResult, occasion: impl Fn() -> Occasion) -> Result<(), Error> {
        let Err(error) = result else {
            return Ok(());
        };
        Ok(self.policy.take(Failure {
            occasion: occasion(),
            sequence: self.scene.history.sequence(),
            error,
        })?)
    }
}
