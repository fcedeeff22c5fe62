use crate::{Outcome, PATIENCE};
use serde_json::Value;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// The Python peer, a process that answers a line for a line.
pub struct Python {
    _process: Child,
    requests: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Python {
    pub fn start(python: &str, target: &str, agent: &str) -> Outcome<Self> {
        let mut process = Command::new(python)
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/interop_python/peer.py"
            ))
            .args([target, agent])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let requests = process
            .stdin
            .take()
            .ok_or("the peer has no standard input")?;
        let answers = process
            .stdout
            .take()
            .ok_or("the peer has no standard output")?;
        Ok(Self {
            _process: process,
            requests,
            answers: BufReader::new(answers).lines(),
        })
    }

    /// What the peer answers: what it was asked for as `ok`, or an `error`.
    pub async fn ask(&mut self, request: Value) -> Outcome<Value> {
        self.requests
            .write_all(format!("{request}\n").as_bytes())
            .await?;
        let line = tokio::time::timeout(PATIENCE, self.answers.next_line()).await??;
        Ok(serde_json::from_str(&line.ok_or("the peer is gone")?)?)
    }

    /// The same, and an `error` is one.
    pub async fn ok(&mut self, request: Value) -> Outcome<Value> {
        let mut answer = self.ask(request.clone()).await?;
        match answer.get_mut("ok") {
            Some(ok) => Ok(ok.take()),
            None => Err(format!("the peer answered {request} with {answer}").into()),
        }
    }
}

pub fn expect_equal(what: &str, ours: &Value, theirs: &Value) -> Outcome<()> {
    if ours == theirs {
        return Ok(());
    }
    Err(format!("{what} differ\n   ours: {ours}\n theirs: {theirs}").into())
}
