use crate::{AnyEnded, Error, Participant, StopHandle};
use macp_modes::SessionMode;
use macp_projections::{AnyProjection, Projection};
use macp_proto::SessionId;
use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;
use tokio::task::{Id, JoinError, JoinSet};

/// Runs many participants in one process, each in a task of its own.
///
/// They may be of different modes and sessions. Made over clones of one
/// [`Client`](macp_transport::Client) they share its connections, whoever they speak as.
///
/// Nothing is restarted: [`next`](Self::next) tells of each participant that ended, failed or
/// panicked, and starting it again is the caller's decision. Dropping the supervisor drops all of
/// them.
///
/// ```no_run
/// use macp_agent::strategy::{MajorityCommitter, MajorityVoter};
/// use macp_agent::{Participant, Supervisor};
/// use macp_projections::decision::DecisionState;
/// use macp_proto::SessionId;
/// use macp_transport::{Client, Credentials};
///
/// # async fn example(client: Client, session_id: SessionId) {
/// let mut supervisor = Supervisor::new();
/// for name in ["alice", "bob"] {
///     let client = client.with_credentials(Credentials::dev_agent(name));
///     let voter = Participant::<DecisionState>::new(&client, &session_id);
///     supervisor.start(voter.voter(MajorityVoter::new()));
/// }
/// while let Some(exit) = supervisor.next().await {
///     match exit.result {
///         Ok(ended) => println!("{}: {}", exit.participant_id, ended.ending),
///         Err(error) => println!("{} failed: {error}", exit.participant_id),
///     }
/// }
/// # }
/// ```
#[derive(Default)]
pub struct Supervisor {
    tasks: JoinSet<Result<AnyEnded, Error>>,
    members: HashMap<Id, Member>,
}

struct Member {
    participant_id: String,
    session_id: SessionId,
    stop: StopHandle,
}

/// A participant that is no longer running, and why.
#[derive(Debug)]
#[non_exhaustive]
pub struct Exit {
    /// Who it was; empty if its credentials did not tell.
    pub participant_id: String,
    /// The session it took part in.
    pub session_id: SessionId,
    /// How it ended, and the state it had reached.
    pub result: Result<AnyEnded, Error>,
}

impl Supervisor {
    /// A supervisor of nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a participant. The handle stops it alone.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn start<S: SessionMode>(&mut self, participant: Participant<S>) -> StopHandle
    where
        AnyProjection: From<Projection<S>>,
    {
        let stop = participant.stop_handle();
        let member = Member {
            participant_id: participant.participant_id().unwrap_or_default().to_owned(),
            session_id: participant.session_id().clone(),
            stop: stop.clone(),
        };
        let task = async move { participant.run().await.map(AnyEnded::from) };
        let id = self.tasks.spawn(task).id();
        self.members.insert(id, member);
        stop
    }

    /// How many participants are running, or ended and were not told of yet.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether nobody is left.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Waits for the next participant to end; `None` when nobody is left.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Exit> {
        loop {
            let (id, result) = match self.tasks.join_next_with_id().await? {
                Ok((id, result)) => (id, result),
                Err(error) => (error.id(), Err(broken(error))),
            };
            if let Some(member) = self.members.remove(&id) {
                return Some(Exit {
                    participant_id: member.participant_id,
                    session_id: member.session_id,
                    result,
                });
            }
        }
    }

    /// Stops everybody, without waiting.
    pub fn stop_all(&self) {
        for member in self.members.values() {
            member.stop.stop();
        }
    }

    /// Stops everybody and waits for them, at most `within`. Whoever is still running then is
    /// dropped, as [`Error::Abandoned`].
    pub async fn shutdown(mut self, within: Duration) -> Vec<Exit> {
        self.stop_all();
        let mut exits = Vec::with_capacity(self.len());
        let stopping = async {
            while let Some(exit) = self.next().await {
                exits.push(exit);
            }
        };
        if tokio::time::timeout(within, stopping).await.is_err() {
            self.tasks.abort_all();
            while let Some(exit) = self.next().await {
                exits.push(exit);
            }
        }
        exits
    }
}

fn broken(error: JoinError) -> Error {
    match error.try_into_panic() {
        Ok(panic) => Error::Panicked {
            message: message(&*panic).to_owned(),
        },
        Err(_) => Error::Abandoned,
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "no message",
    }
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = self.members.values();
        f.debug_struct("Supervisor")
            .field(
                "participants",
                &members.map(|m| &m.participant_id).collect::<Vec<_>>(),
            )
            .finish_non_exhaustive()
    }
}
