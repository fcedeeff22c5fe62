use crate::{Context, HandlerError};
use macp_modes::Error;
use macp_projections::decision::DecisionState;
use macp_proto::{ErrorCode, MessageId};
use macp_transport::Accepted;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A strategy, and what it acts upon: once on each subject.
pub(super) struct Acting<T> {
    pub(super) strategy: T,
    subjects: Mutex<HashMap<String, Subject>>,
}

struct Subject {
    /// Random: an id that others can guess they can also use up.
    message_id: MessageId,
    done: bool,
}

impl<T> Acting<T> {
    pub(super) fn new(strategy: T) -> Arc<Self> {
        Arc::new(Self {
            strategy,
            subjects: Mutex::default(),
        })
    }

    /// Whether there is nothing to do about `subject` at this moment, or ever.
    pub(super) fn rests(&self, context: &Context<DecisionState>, subject: &str) -> bool {
        context.is_replaying()
            || context.is_suspended()
            || context.projection().is_committed()
            || self.subjects().get(subject).is_some_and(|known| known.done)
    }

    /// The id of the one message about this subject: the same when it is sent again.
    pub(super) fn message_id(&self, subject: &str) -> MessageId {
        let mut subjects = self.subjects();
        let known = subjects.entry(subject.to_owned());
        known.or_insert_with(Subject::new).message_id.clone()
    }

    /// Takes note of what became of a message about `subject`.
    pub(super) fn settle(
        &self,
        subject: &str,
        sent: Result<Accepted, Error>,
    ) -> Result<(), HandlerError> {
        if settled(sent)? {
            let mut subjects = self.subjects();
            let known = subjects.entry(subject.to_owned());
            known.or_insert_with(Subject::new).done = true;
        }
        Ok(())
    }

    fn subjects(&self) -> MutexGuard<'_, HashMap<String, Subject>> {
        self.subjects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subject {
    fn new() -> Self {
        Self {
            message_id: MessageId::random(),
            done: false,
        }
    }
}

/// Whether nothing more is to be done; an error when it cannot be told.
fn settled(sent: Result<Accepted, Error>) -> Result<bool, HandlerError> {
    let Err(error) = sent else {
        return Ok(true);
    };
    match error.code() {
        Some(code @ (ErrorCode::SessionNotOpen | ErrorCode::PolicyDenied)) => {
            tracing::info!(%code, "refused for now");
            Ok(false)
        }
        Some(code @ (ErrorCode::InvalidEnvelope | ErrorCode::Forbidden)) => {
            tracing::warn!(%code, "refused");
            Ok(true)
        }
        _ => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use macp_proto::InvalidValue;
    use macp_transport::Refusal;

    fn refused(code: &str) -> Result<bool, String> {
        let refusal = Refusal::new(code.into(), "no");
        settled(Err(Error::Client(refusal.into()))).map_err(|error| error.to_string())
    }

    #[test]
    fn refusals_that_the_rules_make_possible_end_nothing() {
        for later in ["SESSION_NOT_OPEN", "POLICY_DENIED"] {
            assert_eq!(refused(later), Ok(false), "{later}");
        }
        for never in ["INVALID_ENVELOPE", "FORBIDDEN"] {
            assert_eq!(refused(never), Ok(true), "{never}");
        }
        for unexpected in ["SESSION_NOT_FOUND", "RATE_LIMITED", "UNAUTHENTICATED"] {
            assert!(refused(unexpected).is_err(), "{unexpected}");
        }
        let invalid = InvalidValue::new("confidence", "is 2", "must be from 0 to 1");
        let error = settled(Err(invalid.into())).unwrap_err();
        assert!(
            error
                .action()
                .is_some_and(|error| error.invalid().is_some())
        );
    }

    #[test]
    fn only_the_same_deed_of_the_same_has_the_same_id() {
        let [ours, theirs] = [Acting::new(()), Acting::new(())];
        assert_eq!(ours.message_id("p1"), ours.message_id("p1"));
        assert_ne!(ours.message_id("p1"), ours.message_id("p2"));
        assert_ne!(ours.message_id("p1"), theirs.message_id("p1"));
    }
}
