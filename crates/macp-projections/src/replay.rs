use crate::projection::{Applied, ApplyError, ModeState, Projection};
use crate::{AnyProjection, UnknownMode};
use macp_proto::Mode;
use macp_proto::v1::Envelope;

/// Steps through a history, with the state after each envelope.
///
/// It is an iterator of [`Step`]s; [`Self::projection`] is the state that the latest step led to.
///
/// ```
/// use macp_projections::{DecisionProjection, Replay};
/// use macp_proto::v1::Envelope;
///
/// fn print_timeline(history: Vec<Envelope>) {
///     let mut replay = Replay::onto(DecisionProjection::new(), history);
///     while let Some(step) = replay.next() {
///         let envelope = &step.envelope;
///         println!("{} {} {}", step.index, envelope.sender, envelope.message_type);
///         println!("  phase {}", replay.projection().phase());
///     }
/// }
/// # print_timeline(Vec::new());
/// ```
#[derive(Clone, Debug)]
pub struct Replay<P, I> {
    projection: P,
    envelopes: I,
    index: usize,
}

/// One envelope of a [`Replay`], and what became of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Step {
    /// The envelope's position in the history, counted from 0.
    pub index: usize,
    /// The envelope.
    pub envelope: Envelope,
    /// What became of it. After an error the replay may go on: the envelope changed nothing.
    pub applied: Result<Applied, ApplyError>,
}

impl<P: Replayable, I: Iterator<Item = Envelope>> Replay<P, I> {
    /// Will replay `history` onto `projection`, which is usually a new one.
    pub fn onto(projection: P, history: impl IntoIterator<IntoIter = I>) -> Self {
        Self {
            projection,
            envelopes: history.into_iter(),
            index: 0,
        }
    }

    /// The state that the latest step led to.
    pub fn projection(&self) -> &P {
        &self.projection
    }

    /// Replays what is left and gives the final state, or the first error.
    pub fn finish(mut self) -> Result<P, ApplyError> {
        for envelope in self.envelopes {
            self.projection.replay(envelope)?;
        }
        Ok(self.projection)
    }
}

impl<I: Iterator<Item = Envelope>> Replay<AnyProjection, std::iter::Peekable<I>> {
    /// Will replay `history` onto a new projection of the mode that its first envelope is of.
    ///
    /// An empty history has the empty mode, which is unknown.
    pub fn of(history: impl IntoIterator<IntoIter = I>) -> Result<Self, UnknownMode> {
        let mut envelopes = history.into_iter().peekable();
        let mode = envelopes.peek().map_or("", |first| &first.mode);
        Ok(Self {
            projection: AnyProjection::new(&Mode::from(mode))?,
            envelopes,
            index: 0,
        })
    }
}

impl<P: Replayable, I: Iterator<Item = Envelope>> Iterator for Replay<P, I> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let envelope = self.envelopes.next()?;
        let index = self.index;
        self.index += 1;
        let applied = self.projection.replay(envelope.clone());
        Some(Step {
            index,
            envelope,
            applied,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.envelopes.size_hint()
    }
}

/// What a [`Replay`] can step: any projection. The trait is sealed.
pub trait Replayable: private::Sealed {
    #[doc(hidden)]
    fn replay(&mut self, envelope: Envelope) -> Result<Applied, ApplyError>;
}

impl<S: ModeState> Replayable for Projection<S> {
    fn replay(&mut self, envelope: Envelope) -> Result<Applied, ApplyError> {
        self.apply(envelope)
    }
}

impl Replayable for AnyProjection {
    fn replay(&mut self, envelope: Envelope) -> Result<Applied, ApplyError> {
        self.apply(envelope)
    }
}

mod private {
    use super::{AnyProjection, ModeState, Projection};

    pub trait Sealed {}
    impl<S: ModeState> Sealed for Projection<S> {}
    impl Sealed for AnyProjection {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::QuorumProjection;

    fn envelope(mode: &str, message_id: &str, message_type: &str) -> Envelope {
        Envelope {
            mode: mode.into(),
            message_id: message_id.into(),
            message_type: message_type.into(),
            ..Envelope::default()
        }
    }

    #[test]
    fn each_step_tells_what_became_of_its_envelope() {
        let quorum = "macp.mode.quorum.v1";
        let history = [
            envelope(quorum, "m1", "SessionStart"),
            envelope("macp.mode.task.v1", "m2", "TaskRequest"),
            envelope(quorum, "m3", "ApprovalRequest"),
            envelope(quorum, "m1", "SessionStart"),
        ];
        let mut replay = Replay::of(history).unwrap();
        let mut seen = Vec::new();
        while let Some(step) = replay.next() {
            seen.push((
                step.index,
                step.applied.unwrap(),
                replay.projection().phase(),
            ));
        }
        assert_eq!(
            seen,
            [
                (0, Applied::Recorded, "Pending"),
                (1, Applied::OtherMode, "Pending"),
                (2, Applied::Recorded, "Voting"),
                (3, Applied::Duplicate, "Voting"),
            ]
        );
    }

    #[test]
    fn an_error_leaves_the_replay_where_it_was() {
        let mut undecodable = envelope("macp.mode.quorum.v1", "m1", "ApprovalRequest");
        undecodable.payload = b"\xff".as_slice().into();
        let mut replay = Replay::onto(QuorumProjection::new(), [undecodable]);
        let error = replay.next().unwrap().applied.unwrap_err();
        assert_eq!(error.message_id, "m1");
        assert!(replay.projection().transcript().is_empty());
        assert!(replay.next().is_none());
    }

    #[test]
    fn a_history_without_envelopes_has_no_mode() {
        assert!(Replay::of([]).is_err());
    }
}
