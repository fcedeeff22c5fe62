//! One session, from its start to the comparison of what everybody has.

use crate::Failure;
use fastrand::Rng;
use futures_util::StreamExt as _;
use macp_proto::modes::decision::{EvaluationPayload, ProposalPayload};
use macp_proto::v1::{CommitmentPayload, Envelope, SessionStartPayload};
use macp_proto::{MessageId, MessageType, Mode, Payload, SessionId, SessionState};
use macp_testkit::{FaultProxy, Runtime};
use macp_transport::{Client, Credentials, Error, SessionEvent, SessionStreamItem, Subscription};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{sleep, timeout};

const INITIATOR: &str = "initiator";
const PARTICIPANT: &str = "alice";
/// How many messages are sent in a session, at most.
const MESSAGES: usize = 60;
/// Between two messages of a session, at most.
const PAUSE: Duration = Duration::from_millis(400);
/// Before what failed is tried again.
const BREATH: Duration = Duration::from_millis(200);
/// What takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);
/// The silence after which a peer is asked, and then its time to answer.
const KEEP_ALIVE: Duration = Duration::from_secs(2);
/// The time to live of sessions that expire, and of the others.
const SHORT_LIFE_MS: i64 = 6_000;
const LONG_LIFE_MS: i64 = 3_600_000;
const VERSION: &str = "1.0.0";
const CONFIGURATION: &str = "config.default";
const PROPOSAL: &str = "p1";

/// The clients of all sessions.
///
/// Those who send do it beside the faulty network, though not beside the runtime's restarts.
/// Runtime 0.13.0 drops what it is doing when a sender's connection breaks: on disk, where that
/// takes a while, a message may then be in the history without having been announced, or announced
/// without being remembered. Sends over a faulty network are in the suite `faults`.
#[derive(Clone)]
pub(crate) struct Players {
    subscriber: Client,
    initiator: Client,
    participant: Client,
    counts: Arc<Counts>,
}

/// What has been done so far.
#[derive(Default)]
pub(crate) struct Counts {
    sessions: AtomicUsize,
    delivered: AtomicUsize,
    acknowledged: AtomicUsize,
    not_applied: AtomicUsize,
    unknown: AtomicUsize,
}

/// How a session is meant to end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Resolved,
    Cancelled,
    Expired,
}

/// What the sender of a message knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Acknowledged,
    NotApplied,
    Unknown,
}

/// What became of a message.
struct Sent {
    id: String,
    message_type: String,
    fate: Fate,
}

impl Players {
    pub(crate) async fn new(
        network: &FaultProxy,
        runtime: &Runtime,
        counts: Arc<Counts>,
    ) -> Result<Self, Error> {
        let connect = |endpoint: String| {
            Client::builder(endpoint)
                .allow_insecure()
                .credentials(Credentials::dev_agent(INITIATOR))
                .keep_alive(KEEP_ALIVE, KEEP_ALIVE)
                .connect()
        };
        let initiator = connect(runtime.endpoint()).await?;
        Ok(Self {
            subscriber: connect(network.endpoint()).await?,
            participant: initiator.with_credentials(Credentials::dev_agent(PARTICIPANT)),
            initiator,
            counts,
        })
    }

    /// Plays one session; fails when anybody has something other than the accepted history.
    pub(crate) async fn play(&self, random: &mut Rng) -> Result<(), Failure> {
        let session = SessionId::random();
        timeout(PATIENCE, self.play_as(&session, random))
            .await
            .map_err(|_| format!("session {session} hangs"))?
            .map_err(|failure| format!("session {session}: {failure}").into())
    }

    async fn play_as(&self, session: &SessionId, random: &mut Rng) -> Result<(), Failure> {
        let ending = match random.u8(..8) {
            0 => Ending::Expired,
            1..3 => Ending::Cancelled,
            _ => Ending::Resolved,
        };
        let reader = self
            .subscriber
            .subscribe(session)
            .wait_for_session(PATIENCE);
        let reading = tokio::spawn(read(reader));
        let sent = self.write(session, ending, random).await?;
        let (ids, others) = reading.await??;
        let accepted = until_done(|| accepted(&self.initiator, session)).await?;

        if ids != accepted {
            return Err(format!("{} of {} messages arrived", ids.len(), accepted.len()).into());
        }
        let state = match ending {
            Ending::Resolved => SessionState::Resolved,
            Ending::Cancelled => SessionState::Cancelled,
            Ending::Expired => SessionState::Expired,
        };
        if others != [SessionEvent::Ended { state }] {
            return Err(format!("it should be {state}: {others:?}").into());
        }
        let unique: HashSet<_> = accepted.iter().collect();
        if unique.len() != accepted.len() {
            return Err("a message was accepted twice".into());
        }
        for message in &sent {
            match (message.fate, unique.contains(&message.id)) {
                (Fate::Acknowledged, false) | (Fate::NotApplied, true) => {
                    return Err(format!(
                        "{state}, but the {} {} was {:?}",
                        message.message_type, message.id, message.fate
                    )
                    .into());
                }
                _ => {}
            }
        }
        self.counts.add(&sent, ids.len());
        Ok(())
    }

    /// Starts, fills and ends a session, and says what became of the messages.
    async fn write(
        &self,
        session: &SessionId,
        ending: Ending,
        random: &mut Rng,
    ) -> Result<Vec<Sent>, Error> {
        let mut script = vec![
            (&self.initiator, start(session, ending)),
            (&self.initiator, proposal(session)),
        ];
        let evaluations = (0..random.usize(..MESSAGES)).map(|_| evaluation(session));
        script.extend(evaluations.map(|message| (&self.participant, message)));
        if ending == Ending::Resolved {
            script.push((&self.initiator, commitment(session)));
        }
        let mut sent = Vec::new();
        for (client, message) in script {
            let (id, message_type) = (message.message_id.clone(), message.message_type.clone());
            let was = |fate| Sent {
                id,
                message_type,
                fate,
            };
            // An evaluation that fails need not be sent again; what the session rests on must.
            let once = MessageType::Evaluation == message.message_type.as_str() && random.bool();
            match send(client, message, once).await {
                Ok(fate) => sent.push(was(fate)),
                Err((fate, _)) if ending == Ending::Expired => {
                    sent.push(was(fate));
                    break;
                }
                Err((_, error)) => return Err(error),
            }
            sleep(PAUSE.mul_f64(random.f64())).await;
        }
        if ending == Ending::Cancelled {
            until_done(|| self.initiator.cancel_session(session, "").into_future()).await?;
        }
        Ok(sent)
    }
}

/// Sends a message once, or until it is acknowledged. An error is a refusal, and what became of
/// the message.
async fn send(client: &Client, message: Envelope, once: bool) -> Result<Fate, (Fate, Error)> {
    let mut may_have_acted = false;
    loop {
        let Err(error) = client.send(message.clone()).await else {
            return Ok(Fate::Acknowledged);
        };
        may_have_acted |= error.may_have_acted();
        let fate = if may_have_acted {
            Fate::Unknown
        } else {
            Fate::NotApplied
        };
        if !error.is_retryable() {
            return Err((fate, error));
        }
        if once {
            return Ok(fate);
        }
        sleep(BREATH).await;
    }
}

/// Tries again what failed on its way.
async fn until_done<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    loop {
        match attempt().await {
            Err(error) if error.is_retryable() => sleep(BREATH).await,
            result => return result,
        }
    }
}

/// The ids of the messages, their ordinals checked, and everything else that a subscription brings.
async fn read(mut reader: Subscription) -> Result<(Vec<String>, Vec<SessionEvent>), Failure> {
    let (mut ids, mut others) = (Vec::new(), Vec::new());
    while let Some(event) = reader.next().await {
        match event? {
            SessionEvent::Envelope { sequence, envelope } => {
                ids.push(envelope.message_id);
                if sequence != ids.len() as u64 {
                    return Err(format!("message {} has the ordinal {sequence}", ids.len()).into());
                }
            }
            other => others.push(other),
        }
    }
    Ok((ids, others))
}

/// The ids of all accepted messages, by the protocol's own stream, which the runtime ends.
async fn accepted(client: &Client, session: &SessionId) -> Result<Vec<String>, Error> {
    let (sender, mut receiver) = client.stream_session().await?.split();
    sender.subscribe(session, 0).await?;
    drop(sender);
    let mut ids = Vec::new();
    while let Some(item) = receiver.next().await {
        if let SessionStreamItem::Envelope(envelope) = item? {
            ids.push(envelope.message_id);
        }
    }
    Ok(ids)
}

fn start(session: &SessionId, ending: Ending) -> Envelope {
    let payload = SessionStartPayload {
        intent: "soak".into(),
        participants: vec![INITIATOR.into(), PARTICIPANT.into()],
        mode_version: VERSION.into(),
        configuration_version: CONFIGURATION.into(),
        ttl_ms: match ending {
            Ending::Expired => SHORT_LIFE_MS,
            Ending::Resolved | Ending::Cancelled => LONG_LIFE_MS,
        },
        ..SessionStartPayload::default()
    };
    message(session, &payload)
}

fn proposal(session: &SessionId) -> Envelope {
    let payload = ProposalPayload {
        proposal_id: PROPOSAL.into(),
        option: "go on".into(),
        ..ProposalPayload::default()
    };
    message(session, &payload)
}

fn evaluation(session: &SessionId) -> Envelope {
    let payload = EvaluationPayload {
        proposal_id: PROPOSAL.into(),
        recommendation: "APPROVE".into(),
        confidence: 0.9,
        reason: "as good as any".into(),
    };
    message(session, &payload)
}

fn commitment(session: &SessionId) -> Envelope {
    let payload = CommitmentPayload {
        commitment_id: "c1".into(),
        action: "decision.approved".into(),
        authority_scope: "soak".into(),
        reason: "enough".into(),
        mode_version: VERSION.into(),
        configuration_version: CONFIGURATION.into(),
        outcome_positive: true,
        ..CommitmentPayload::default()
    };
    message(session, &payload)
}

fn message<P: Payload>(session: &SessionId, payload: &P) -> Envelope {
    Envelope::in_session(session, &Mode::Decision, &MessageId::random(), payload)
}

impl Counts {
    fn add(&self, sent: &[Sent], delivered: usize) {
        let add = |count: &AtomicUsize, more| count.fetch_add(more, Ordering::Relaxed);
        let with = |fate| sent.iter().filter(|message| message.fate == fate).count();
        add(&self.sessions, 1);
        add(&self.delivered, delivered);
        add(&self.acknowledged, with(Fate::Acknowledged));
        add(&self.not_applied, with(Fate::NotApplied));
        add(&self.unknown, with(Fate::Unknown));
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let get = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        write!(
            f,
            "{} sessions, {} messages delivered; sends: {} acknowledged, {} not applied, {} unknown",
            get(&self.sessions),
            get(&self.delivered),
            get(&self.acknowledged),
            get(&self.not_applied),
            get(&self.unknown),
        )
    }
}
