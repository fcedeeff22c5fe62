//! Follows every session of a runtime and shows them in a table that is always up to date, until
//! it is interrupted. Where the output is not a terminal, it shows the table once, when nothing
//! has changed for a second.
//!
//! Only an observer may follow everybody's sessions; whoever else runs it sees how sessions come
//! and end, and the messages of its own.
//!
//! ```text
//! MACP_RUNTIME_TARGET=https://runtime.internal:50051 MACP_AUTH_TOKEN=... \
//!     cargo run --example observer
//! ```

use examples::Outcome;
use futures_util::StreamExt as _;
use macp_sdk::projections::AnyProjection;
use macp_sdk::transport::{SessionEvent, SessionMetadata, WatchEvent};
use macp_sdk::{Client, Credentials, SessionId, SessionState};
use std::collections::BTreeMap;
use std::io::{IsTerminal as _, stdout};
use std::time::Duration;
use tokio::sync::mpsc;

/// After how much quiet the table counts as complete, where it is shown once.
const QUIET: Duration = Duration::from_secs(1);
/// How many changes wait to be shown.
const WAITING: usize = 256;

/// A line of the table.
#[derive(Clone, Default)]
struct Row {
    mode: String,
    state: String,
    phase: String,
    messages: u64,
    last: String,
}

type Changes = mpsc::Sender<(String, Row)>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    macp_sdk::logging::init()?;
    let client = if std::env::var_os("MACP_AUTH_TOKEN").is_some() {
        Client::from_env().await?
    } else {
        Client::builder(target())
            .allow_insecure()
            .credentials(Credentials::dev_agent("observer"))
            .connect()
            .await?
    };
    let live = stdout().is_terminal();
    let (sender, mut changes) = mpsc::channel(WAITING);
    let watching = tokio::spawn(watch(client, sender));
    let mut table = BTreeMap::new();
    loop {
        tokio::select! {
            change = changes.recv() => match change {
                Some((session_id, row)) => {
                    table.insert(session_id, row);
                }
                // It ends only when the runtime refuses to be watched.
                None => return Ok(watching.await??),
            },
            () = tokio::time::sleep(QUIET), if !live => {
                show(&table);
                return Ok(());
            }
            interrupted = tokio::signal::ctrl_c(), if live => return Ok(interrupted?),
        }
        // Everything that is known goes into one picture.
        while let Ok((session_id, row)) = changes.try_recv() {
            table.insert(session_id, row);
        }
        if live {
            // Clears the screen and goes to its top.
            print!("\u{1b}[2J\u{1b}[H");
            show(&table);
        }
    }
}

fn target() -> String {
    std::env::var("MACP_RUNTIME_TARGET").unwrap_or_else(|_| "http://127.0.0.1:50051".to_owned())
}

/// Follows each session, once, when it is first heard of.
async fn watch(client: Client, changes: Changes) -> Result<(), macp_sdk::transport::Error> {
    let mut followed = std::collections::BTreeSet::new();
    let mut sessions = client.watch_sessions();
    while let Some(event) = sessions.next().await {
        let (WatchEvent::Initial(change) | WatchEvent::Changed(change)) = event? else {
            continue;
        };
        if let Some(session) = change.session
            && followed.insert(session.session_id.clone())
        {
            tokio::spawn(follow(client.clone(), session, changes.clone()));
        }
    }
    Ok(())
}

/// Follows one session to its end, and tells of each change. All of them share one connection and
/// one watch.
async fn follow(client: Client, session: SessionMetadata, changes: Changes) {
    let mut row = Row {
        mode: session.mode.to_string(),
        state: session.state.to_string(),
        ..Row::default()
    };
    let tell = async |row: &Row| {
        changes
            .send((session.session_id.clone(), row.clone()))
            .await
    };
    let _ = tell(&row).await;
    let Ok(session_id) = SessionId::new(&session.session_id) else {
        return;
    };
    // A mode of somebody's own has no projection: its messages are counted.
    let mut projection = AnyProjection::new(&session.mode).ok();
    let mut events = client.subscribe(&session_id);
    while let Some(event) = events.next().await {
        match event {
            Ok(SessionEvent::Envelope { sequence, envelope }) => {
                row.messages = sequence;
                row.last = format!("{} of {}", envelope.message_type, envelope.sender);
                if let Some(projection) = &mut projection
                    && projection.apply(envelope).is_ok()
                {
                    projection.phase().clone_into(&mut row.phase);
                }
            }
            Ok(SessionEvent::HistoryCompacted { lowest, .. }) => row.messages = lowest,
            Ok(SessionEvent::Suspended) => row.state = SessionState::Suspended.to_string(),
            Ok(SessionEvent::Resumed) => row.state = SessionState::Open.to_string(),
            Ok(SessionEvent::Ended { state }) => row.state = state.to_string(),
            Ok(_) => {}
            Err(error) => {
                row.last = error
                    .code()
                    .map_or_else(|| error.to_string(), ToString::to_string);
            }
        }
        if tell(&row).await.is_err() {
            return;
        }
    }
}

fn show(table: &BTreeMap<String, Row>) {
    println!(
        "{:<36}  {:<22}  {:<9}  {:<12}  {:>8}  LAST",
        "SESSION", "MODE", "STATE", "PHASE", "MESSAGES"
    );
    for (session_id, row) in table {
        println!(
            "{session_id:<36}  {:<22}  {:<9}  {:<12}  {:>8}  {}",
            row.mode, row.state, row.phase, row.messages, row.last
        );
    }
}
