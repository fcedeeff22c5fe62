use crate::{Context, HandlerError};
use macp_modes::Error;
use macp_projections::decision::DecisionState;
use macp_proto::{ErrorCode, InvalidValue, MessageId};
use macp_transport::Accepted;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// A strategy, and the subjects that it is done with.
pub(super) struct Acting<T> {
    pub(super) strategy: T,
    /// What its message ids begin with. Nobody can guess it, and so use up an id before.
    secret: MessageId,
    done: Mutex<HashSet<String>>,
}

impl<T> Acting<T> {
    pub(super) fn new(strategy: T) -> Arc<Self> {
        Arc::new(Self {
            strategy,
            secret: MessageId::random(),
            done: Mutex::default(),
        })
    }

    /// Whether there is nothing to do about `subject` at this moment, or ever.
    pub(super) fn rests(&self, context: &Context<DecisionState>, subject: &str) -> bool {
        context.is_replaying()
            || context.is_suspended()
            || context.projection().is_committed()
            || self.done().contains(subject)
    }

    /// The id of the one message of this kind about this subject: the same when it is sent again.
    pub(super) fn message_id(&self, kind: &str, subject: &str) -> Result<MessageId, InvalidValue> {
        MessageId::new(format!("{}:{kind}:{subject}", self.secret))
    }

    /// Takes note of what became of a message about `subject`.
    pub(super) fn settle(
        &self,
        subject: &str,
        sent: Result<Accepted, Error>,
    ) -> Result<(), HandlerError> {
        if settled(sent)? {
            self.done().insert(subject.to_owned());
        }
        Ok(())
    }

    fn done(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
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
        let id = |acting: &Acting<()>, kind| acting.message_id(kind, "p1").unwrap();
        assert_eq!(id(&ours, "vote"), id(&ours, "vote"));
        assert_ne!(id(&ours, "vote"), id(&ours, "evaluation"));
        assert_ne!(id(&ours, "vote"), id(&theirs, "vote"));
    }
}
