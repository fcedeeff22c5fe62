use crate::action::{Action, ActionContext, ActionPayload};
use crate::{OwnSends, Session, SessionMode, View};
use macp_projections::multi_round::MultiRoundState;
use macp_proto::InvalidValue;
use macp_proto::modes::multi_round::ContributePayload;

/// A session in multi-round mode, the runtime's built-in extension mode.
///
/// It converges when every participant has contributed the same value; only the initiator commits.
pub type MultiRoundSession<V = OwnSends<MultiRoundState>> = Session<MultiRoundState, V>;

impl SessionMode for MultiRoundState {}

impl<V: View<MultiRoundState>> MultiRoundSession<V> {
    /// Contributes a value; it replaces the sender's earlier one.
    pub fn contribute(
        &mut self,
        value: impl Into<String>,
    ) -> Action<'_, MultiRoundState, V, ContributePayload> {
        self.send(ContributePayload {
            value: value.into(),
        })
    }
}

impl ActionPayload for ContributePayload {
    fn check(&self, _context: ActionContext<'_>) -> Result<(), InvalidValue> {
        if self.value.is_empty() {
            // An empty value encodes to zero bytes, which the runtime cannot read.
            return Err(InvalidValue::new(
                "value",
                "is empty",
                "must contain at least a character",
            ));
        }
        Ok(())
    }
}
