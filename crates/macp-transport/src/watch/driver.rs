//! The state machine behind a watch.

use super::beginning::Beginning;
use super::sealed::Kind;
use crate::client::{Client, Opened};
use crate::error::Error;
use crate::pacing::{Pacing, may_reopen};
use crate::stream::connection::{ConnectionState, StateSender};
use crate::telemetry;
use std::time::Duration;

/// What happens to a watch.
#[derive(Debug)]
pub(crate) enum Step<T> {
    Opened,
    Item { item: T, initial: bool },
    Broke,
}

/// Keeps one watch open.
pub(crate) struct Driver<K: Kind> {
    client: Client,
    state: StateSender,
    pacing: Pacing,
    phase: Phase<K>,
}

enum Phase<K: Kind> {
    Closed {
        wait: Duration,
    },
    Open {
        stream: Box<Opened<K::Wire>>,
        beginning: Beginning,
    },
    Over,
}

impl<K: Kind> Driver<K> {
    pub(crate) fn new(client: &Client, state: StateSender) -> Self {
        Self {
            client: client.clone(),
            state,
            pacing: Pacing::default(),
            phase: Phase::Closed {
                wait: Duration::ZERO,
            },
        }
    }

    /// Goes on until something happens; `None` after an error.
    pub(crate) async fn step(&mut self) -> Option<Result<Step<K::Item>, Error>> {
        loop {
            match &mut self.phase {
                Phase::Over => return None,
                Phase::Closed { wait } => {
                    let wait = std::mem::take(wait);
                    // A timer would round it up.
                    if !wait.is_zero() {
                        tokio::time::sleep(wait).await;
                    }
                    self.state.set(ConnectionState::Connecting);
                    match K::open(&self.client).await {
                        Ok(stream) => {
                            self.pacing.opened();
                            self.state.set(ConnectionState::Live);
                            self.phase = Phase::Open {
                                stream: Box::new(stream),
                                beginning: Beginning::default(),
                            };
                            return Some(Ok(Step::Opened));
                        }
                        Err(error) => return Some(self.broke(Some(error))),
                    }
                }
                Phase::Open { stream, beginning } => {
                    match beginning.observe(stream.message()).await {
                        Ok(Some(wire)) => {
                            let Some(item) = K::item(wire) else { continue };
                            let initial = K::is_initial(&item, *beginning);
                            beginning.passed(initial);
                            if !initial {
                                self.pacing.progressed();
                            }
                            return Some(Ok(Step::Item { item, initial }));
                        }
                        Ok(None) => return Some(self.broke(None)),
                        Err(error) => return Some(self.broke(Some(error))),
                    }
                }
            }
        }
    }

    fn broke(&mut self, error: Option<Error>) -> Result<Step<K::Item>, Error> {
        match error {
            Some(error) if !may_reopen(&error) => {
                self.phase = Phase::Over;
                self.state.set(ConnectionState::Ended);
                Err(error)
            }
            error => {
                let wait = self.pacing.failed();
                let failures = self.pacing.failures();
                tracing::debug!(
                    rpc = K::RPC.name(),
                    failures,
                    error = error.as_ref().map(telemetry::kind),
                    "watch broke"
                );
                self.phase = Phase::Closed { wait };
                self.state.set(ConnectionState::Waiting { failures });
                Ok(Step::Broke)
            }
        }
    }
}
