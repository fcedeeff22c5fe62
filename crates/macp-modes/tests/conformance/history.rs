//! The history that the runtime recorded.

use futures_util::TryStreamExt as _;
use macp_proto::v1::Envelope;
use macp_proto::{SessionId, SessionState};
use macp_transport::{Client, SessionEvent};
use std::time::Duration;

/// How long the next message may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// All of a session that has ended in `state`; of an open one, all up to the message `last`.
pub(crate) async fn history(
    client: &Client,
    session_id: &SessionId,
    state: SessionState,
    last: &str,
) -> Vec<Envelope> {
    let mut events = client.subscribe(session_id);
    let mut history = Vec::new();
    loop {
        let next = tokio::time::timeout(PATIENCE, events.try_next());
        match next.await.expect("the history arrives").unwrap() {
            Some(SessionEvent::Envelope { sequence, envelope }) => {
                let is_last = envelope.message_id == last;
                history.push(envelope);
                assert_eq!(sequence, history.len() as u64);
                if is_last && !state.is_terminal() {
                    return history;
                }
            }
            Some(SessionEvent::Ended { state: ended }) => {
                assert_eq!(ended, state);
                return history;
            }
            other => panic!("{other:?}"),
        }
    }
}
