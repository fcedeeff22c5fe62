use crate::context::{Moment, Shared};
use crate::handlers::{Handlers, Running};
use crate::{Context, Ended, Ending, Error, ErrorPolicy, Failure, HandlerError, Occasion};
use macp_projections::{ModeState, Projection, TranscriptEntry};
use macp_proto::MessageType;
use macp_proto::v1::Envelope;
use macp_transport::SessionEvent;
use std::sync::Arc;

/// How the ids of messages begin that the runtime makes itself (RFC-MACP-0010).
const SYNTHETIC_PREFIX: &str = "implicit-accept:";

/// Takes a session's events in order: applies each to the projection, then calls the handlers.
pub(crate) struct Dispatcher<S: ModeState, A> {
    handlers: Handlers<S, A>,
    policy: ErrorPolicy,
    shared: Arc<Shared<A>>,
    /// Alone, unless a handler keeps a context.
    projection: Arc<Projection<S>>,
    phase: S::Phase,
    sequence: u64,
    suspended: bool,
    /// How many of its own messages, sent before it was started, the participant has not seen yet.
    own_to_come: u64,
}

impl<S: ModeState, A> Dispatcher<S, A> {
    pub(crate) fn new(
        handlers: Handlers<S, A>,
        policy: ErrorPolicy,
        shared: Shared<A>,
        own_to_come: u64,
    ) -> Self {
        let projection = Projection::new();
        Self {
            handlers,
            policy,
            shared: Arc::new(shared),
            phase: projection.phase(),
            projection: Arc::new(projection),
            sequence: 0,
            suspended: false,
            own_to_come,
        }
    }

    pub(crate) fn ended(self, ending: Ending) -> Ended<S> {
        Ended {
            ending,
            projection: self.projection,
        }
    }

    /// Takes one event; says so if it was the last.
    pub(crate) async fn take(&mut self, event: SessionEvent) -> Result<Option<Ending>, Error> {
        match event {
            SessionEvent::Envelope { sequence, envelope } => {
                self.message(sequence, envelope).await?;
                // Nothing but a `Commitment` resolves a session, and nothing follows it.
                if self.projection.is_committed() {
                    return self.end(Ending::Resolved).await.map(Some);
                }
            }
            SessionEvent::Suspended => {
                self.suspended = true;
                for handler in &self.handlers.suspended {
                    self.run(|| Occasion::Suspended, handler(self.context(None)))
                        .await?;
                }
            }
            SessionEvent::Resumed => {
                self.suspended = false;
                for handler in &self.handlers.resumed {
                    self.run(|| Occasion::Resumed, handler(self.context(None)))
                        .await?;
                }
            }
            SessionEvent::HistoryCompacted { lowest, .. } => {
                self.sequence = lowest;
                for handler in &self.handlers.compacted {
                    let running = handler(self.context(None), lowest);
                    self.run(|| Occasion::HistoryCompacted, running).await?;
                }
                // Its own messages are among those that are gone.
                if self.own_to_come > 0 {
                    self.caught_up().await?;
                }
            }
            SessionEvent::Ended { state } => {
                let ending = Ending::of(state).ok_or(Error::NoEnd { state: Some(state) })?;
                return self.end(ending).await.map(Some);
            }
            _ => tracing::debug!("ignored an event that this version does not know"),
        }
        Ok(None)
    }

    async fn message(&mut self, sequence: u64, envelope: Envelope) -> Result<(), Error> {
        self.sequence = sequence;
        let applied = Arc::make_mut(&mut self.projection).apply(envelope);
        match applied {
            Ok(applied) if applied.is_recorded() => {}
            Ok(_) => return Ok(()),
            Err(error) => {
                let occasion = Occasion::Message {
                    message_type: error.message_type.clone(),
                    message_id: error.message_id.clone(),
                };
                return self.failed(occasion, error.into());
            }
        }
        let index = self.projection.transcript().len() - 1;
        let Some(message) = self.projection.transcript().get(index) else {
            return Ok(());
        };
        for (message_type, handler) in &self.handlers.typed {
            if message_type == message.message_type() {
                match handler(self.context(Some(index)), message.payload()) {
                    Ok(running) => self.run(|| occasion(message), running).await?,
                    Err(error) => self.failed(occasion(message), error.into())?,
                }
            }
        }
        for handler in &self.handlers.any_message {
            let running = handler(self.context(Some(index)));
            self.run(|| occasion(message), running).await?;
        }
        let own = self.own_to_come > 0 && self.is_own(message);
        self.phase(index).await?;
        if own {
            self.own_to_come -= 1;
            if self.own_to_come == 0 {
                self.caught_up().await?;
            }
        }
        Ok(())
    }

    /// Whether the runtime counts it among what this participant has sent.
    fn is_own(&self, message: TranscriptEntry<'_>) -> bool {
        message.sender() == self.shared.participant_id
            && *message.message_type() != MessageType::SessionStart
            && !message.message_id().starts_with(SYNTHETIC_PREFIX)
    }

    async fn phase(&mut self, index: usize) -> Result<(), Error> {
        let phase = self.projection.phase();
        if phase == self.phase {
            return Ok(());
        }
        self.phase = phase;
        let occasion = || Occasion::Phase(phase.to_string());
        for (at, handler) in &self.handlers.phase {
            if *at == phase {
                self.run(occasion, handler(self.context(Some(index))))
                    .await?;
            }
        }
        for handler in &self.handlers.any_phase {
            self.run(occasion, handler(self.context(Some(index)), phase))
                .await?;
        }
        Ok(())
    }

    async fn caught_up(&mut self) -> Result<(), Error> {
        self.own_to_come = 0;
        for handler in &self.handlers.caught_up {
            self.run(|| Occasion::CaughtUp, handler(self.context(None)))
                .await?;
        }
        Ok(())
    }

    async fn end(&mut self, ending: Ending) -> Result<Ending, Error> {
        for handler in &self.handlers.end {
            self.run(|| Occasion::End, handler(self.context(None), ending))
                .await?;
        }
        Ok(ending)
    }

    fn context(&self, message: Option<usize>) -> Context<S, A> {
        Context {
            projection: self.projection.clone(),
            shared: self.shared.clone(),
            moment: Moment {
                message,
                sequence: self.sequence,
                suspended: self.suspended,
                replaying: self.own_to_come > 0,
            },
        }
    }

    async fn run(&self, occasion: impl Fn() -> Occasion, running: Running) -> Result<(), Error> {
        match running.await {
            Ok(()) => Ok(()),
            Err(error) => self.failed(occasion(), error),
        }
    }

    fn failed(&self, occasion: Occasion, error: HandlerError) -> Result<(), Error> {
        let failure = Failure {
            occasion,
            sequence: self.sequence,
            error,
        };
        Ok(self.policy.take(failure)?)
    }
}

fn occasion(message: TranscriptEntry<'_>) -> Occasion {
    Occasion::Message {
        message_type: message.message_type().clone(),
        message_id: message.message_id().to_owned(),
    }
}
