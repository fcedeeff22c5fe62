use super::{FollowStatus, Seen};
use crate::Error;
use macp_projections::{ModeState, Projection};
use macp_proto::SessionState;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::watch;

/// What looks for something in a projection.
type Find<'a, S, T> = Box<dyn FnMut(&Projection<S>) -> Option<T> + Send + 'a>;

/// A wait for something in a followed session, from [`wait_for`](crate::Session::wait_for) and its kin.
#[must_use = "nothing is waited for until it is awaited"]
pub struct Wait<'a, S: ModeState, T> {
    seen: watch::Receiver<Seen<S>>,
    find: Find<'a, S, T>,
    deadline: Option<Duration>,
}

impl<'a, S: ModeState, T> Wait<'a, S, T> {
    pub(super) fn new(
        seen: watch::Receiver<Seen<S>>,
        find: impl FnMut(&Projection<S>) -> Option<T> + Send + 'a,
    ) -> Self {
        Self {
            seen,
            find: Box::new(find),
            deadline: None,
        }
    }

    /// How long to wait. There is no limit otherwise.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    async fn unlimited(&mut self) -> Result<T, Error> {
        loop {
            {
                let seen = self.seen.borrow_and_update();
                if let Some(found) = (self.find)(seen.projection()) {
                    return Ok(found);
                }
                match seen.status() {
                    FollowStatus::Open | FollowStatus::Suspended => {}
                    FollowStatus::Ended(state) => return Err(Error::Ended { state: *state }),
                    FollowStatus::Lost(error) => return Err(Error::Lost(error.clone())),
                }
            }
            if self.seen.changed().await.is_err() {
                return Err(Error::Ended {
                    state: SessionState::Unknown(0),
                });
            }
        }
    }
}

impl<S: ModeState, T> fmt::Debug for Wait<'_, S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

impl<'a, S: ModeState, T: 'a> IntoFuture for Wait<'a, S, T> {
    type Output = Result<T, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            let Some(deadline) = self.deadline else {
                return self.unlimited().await;
            };
            tokio::time::timeout(deadline, self.unlimited())
                .await
                .unwrap_or(Err(Error::DeadlinePassed { deadline }))
        })
    }
}
