use super::{Link, Participant, dispatch, sealed};
use crate::context::Shared;
use crate::dispatch::Dispatcher;
use crate::{Ended, Ending, Error};
use futures_core::Stream;
use macp_modes::SessionMode;
use macp_projections::ModeState;
use macp_transport::SessionEvent;

/// The link of a participant that reaches no runtime: its handlers cannot act.
#[derive(Clone, Debug)]
pub struct Offline {
    participant_id: String,
}

impl sealed::Link for Offline {}

impl<S: ModeState> Link<S> for Offline {
    type Acts = ();
}

impl<S: SessionMode> Participant<S, Offline> {
    /// A participant without a runtime, to try its handlers on events of one's own.
    ///
    /// ```
    /// use futures_util::stream;
    /// use macp_agent::Participant;
    /// use macp_projections::decision::DecisionState;
    /// use macp_proto::modes::decision::ProposalPayload;
    /// use macp_proto::v1::Envelope;
    /// use macp_proto::{MessageId, Mode, SessionId};
    /// use macp_transport::SessionEvent;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let session = SessionId::new("release-2026-11-approval")?;
    /// let proposal = ProposalPayload { proposal_id: "p1".into(), ..Default::default() };
    /// let id = MessageId::new("m1")?;
    /// let envelope = Envelope::in_session(&session, &Mode::Decision, &id, &proposal);
    ///
    /// let ended = Participant::<DecisionState, _>::offline("alice")
    ///     .on(|ctx, proposal: ProposalPayload| async move {
    ///         assert!(ctx.projection().proposal(&proposal.proposal_id).is_some());
    ///         Ok(())
    ///     })
    ///     .run_on(stream::iter([SessionEvent::Envelope { sequence: 2, envelope }]))
    ///     .await?;
    /// assert_eq!(ended.projection.proposals().len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn offline(participant_id: impl Into<String>) -> Self {
        Self::with_link(Offline {
            participant_id: participant_id.into(),
        })
    }

    /// Runs on these events. When they run out, it ends as [`Stopped`](Ending::Stopped).
    ///
    /// # Errors
    ///
    /// [`Error::Handler`], depending on the [`ErrorPolicy`](crate::ErrorPolicy), and
    /// [`Error::NoEnd`] for an end that is none.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the handler that is running.
    pub async fn run_on(self, events: impl Stream<Item = SessionEvent>) -> Result<Ended<S>, Error> {
        let shared = Shared {
            participant_id: self.link.participant_id,
            acts: (),
            stop: self.stop.clone(),
        };
        let mut dispatcher = Dispatcher::new(self.handlers, self.policy, shared, 0);
        let ending = dispatch(&mut dispatcher, &self.stop, events, Dispatcher::take).await?;
        Ok(dispatcher.ended(ending.unwrap_or(Ending::Stopped)))
    }
}
