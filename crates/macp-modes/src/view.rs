use macp_projections::{ApplyError, ModeState, Projection};
use macp_proto::v1::Envelope;

/// What a [`Session`](crate::Session) sees of the session it speaks in.
pub trait View<S: ModeState>: sealed::View + Send + Sync {
    /// Takes a message of one's own that the runtime has accepted.
    #[doc(hidden)]
    fn accepted(&mut self, envelope: Envelope) -> Result<(), ApplyError>;
}

pub(crate) mod sealed {
    pub trait View {}
}

/// The view of a session that sees its own sends, whoever it sent them for, and nothing else.
///
/// It costs nothing beyond the sends, and is blind to other processes.
#[derive(Debug)]
pub struct OwnSends<S: ModeState> {
    pub(crate) projection: Projection<S>,
}

impl<S: ModeState> sealed::View for OwnSends<S> {}

impl<S: ModeState> View<S> for OwnSends<S> {
    fn accepted(&mut self, envelope: Envelope) -> Result<(), ApplyError> {
        self.projection.apply(envelope).map(drop)
    }
}
