use crate::view::sealed;
use crate::{Session, SessionMode, View};
use macp_projections::{ApplyError, ModeState};
use macp_proto::v1::Envelope;

/// The view of a session that sees nothing of it.
///
/// It is for who keeps the state somewhere else, and costs nothing to clone.
#[derive(Clone, Copy, Debug, Default)]
pub struct SendOnly;

impl sealed::View for SendOnly {}

impl<S: ModeState> View<S> for SendOnly {
    fn accepted(&mut self, _envelope: Envelope) -> Result<(), ApplyError> {
        Ok(())
    }
}

impl<S: SessionMode, V: View<S>> Session<S, V> {
    /// Gives the view up: what is left only acts, from as many clones as one likes.
    pub fn send_only(self) -> Session<S, SendOnly> {
        self.with_view(SendOnly)
    }
}
