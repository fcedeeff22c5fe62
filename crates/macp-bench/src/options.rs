use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Serialize;
use std::fmt;

/// Runs one workload and prints one line of JSON.
#[derive(Parser)]
#[command(name = "macp-bench", arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) workload: Workload,
}

#[derive(Subcommand)]
pub(crate) enum Workload {
    /// One message in flight
    SendSeq(Sending),
    /// Many workers, each with one message in flight
    SendConcurrent(SendConcurrent),
    /// Whole decision sessions: start, propose, evaluate, vote, commit
    Sessions(Sessions),
    /// Subscribe to a filled session and read its whole history
    Replay(Replay),
    /// Apply a history to a projection, in memory
    Projection(Projection),
    /// A new process, until its end, and until its first session is accepted
    Startup(Startup),
    /// What `startup` times: nothing
    #[command(hide = true)]
    Noop,
    /// What `startup --target` times: connect and start one session
    #[command(hide = true)]
    FirstAck {
        #[arg(long, value_name = "HOST:PORT")]
        target: String,
    },
}

/// The server, and how to talk to it.
#[derive(Args)]
pub(crate) struct Server {
    /// The runtime
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) target: String,
    /// The runtime's process: adds its own CPU time to the report
    #[arg(long = "server-pid", value_name = "PID")]
    pub(crate) pid: Option<u32>,
    /// Worker threads; 0 runs on the calling thread alone
    #[arg(long, default_value_t = 0)]
    pub(crate) threads: usize,
}

#[derive(Args)]
pub(crate) struct Sending {
    #[command(flatten)]
    pub(crate) server: Server,
    /// Messages
    #[arg(long, default_value_t = 20_000)]
    pub(crate) n: usize,
    /// Messages to a session: the runtime's work on one grows with the session
    #[arg(long, default_value_t = 20)]
    pub(crate) per_session: usize,
    /// Untimed messages first
    #[arg(long, default_value_t = 500)]
    pub(crate) warmup: usize,
}

#[derive(Args)]
pub(crate) struct SendConcurrent {
    #[command(flatten)]
    pub(crate) sending: Sending,
    /// Workers
    #[arg(long, default_value_t = 64)]
    pub(crate) concurrency: usize,
}

#[derive(Args)]
pub(crate) struct Sessions {
    #[command(flatten)]
    pub(crate) server: Server,
    /// Sessions
    #[arg(long, default_value_t = 2_000)]
    pub(crate) n: usize,
    /// Workers
    #[arg(long, default_value_t = 1)]
    pub(crate) concurrency: usize,
    /// Untimed messages first
    #[arg(long, default_value_t = 500)]
    pub(crate) warmup: usize,
}

#[derive(Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    pub(crate) server: Server,
    /// Envelopes in the history
    #[arg(long, default_value_t = 5_000)]
    pub(crate) n: usize,
    /// How often to read it
    #[arg(long, default_value_t = 10)]
    pub(crate) drains: usize,
}

#[derive(Args)]
pub(crate) struct Projection {
    /// The mode
    #[arg(long, value_enum, default_value_t = ProjectionMode::Decision)]
    pub(crate) mode: ProjectionMode,
    /// Envelopes
    #[arg(long, default_value_t = 200_000)]
    pub(crate) n: usize,
}

#[derive(Clone, Copy, ValueEnum, Serialize)]
pub(crate) enum ProjectionMode {
    Decision,
    Quorum,
    Task,
}

impl fmt::Display for ProjectionMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Decision => "decision",
            Self::Quorum => "quorum",
            Self::Task => "task",
        })
    }
}

#[derive(Args)]
pub(crate) struct Startup {
    /// Processes
    #[arg(long, default_value_t = 20)]
    pub(crate) runs: usize,
    /// Also time the way to the first accepted session
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) target: Option<String>,
}
