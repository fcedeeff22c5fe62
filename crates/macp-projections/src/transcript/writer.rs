use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use macp_proto::v1::Envelope;
use serde::Serialize;
use std::io::{self, Write};

/// Writes envelopes as JSON lines.
///
/// Each line goes to the writer in one call; wrap files in a
/// [`BufWriter`](std::io::BufWriter) for many of them.
#[derive(Debug)]
pub struct TranscriptWriter<W: Write> {
    writer: W,
    base64: String,
    line: Vec<u8>,
}

/// Sorted by name, which makes the bytes of a history the same wherever it is written.
#[derive(Serialize)]
struct Line<'a> {
    macp_version: &'a str,
    message_id: &'a str,
    message_type: &'a str,
    mode: &'a str,
    payload_b64: &'a str,
    sender: &'a str,
    session_id: &'a str,
    timestamp_unix_ms: i64,
}

impl<W: Write> TranscriptWriter<W> {
    /// Will write to `writer`.
    pub fn new(writer: W) -> Self {
        Self {
            writer,
            base64: String::new(),
            line: Vec::new(),
        }
    }

    /// Writes one envelope, with the line's end.
    pub fn write(&mut self, envelope: &Envelope) -> io::Result<()> {
        self.base64.clear();
        BASE64.encode_string(&envelope.payload, &mut self.base64);
        self.line.clear();
        serde_json::to_writer(
            &mut self.line,
            &Line {
                macp_version: &envelope.macp_version,
                message_id: &envelope.message_id,
                message_type: &envelope.message_type,
                mode: &envelope.mode,
                payload_b64: &self.base64,
                sender: &envelope.sender,
                session_id: &envelope.session_id,
                timestamp_unix_ms: envelope.timestamp_unix_ms,
            },
        )?;
        self.line.push(b'\n');
        self.writer.write_all(&self.line)
    }

    /// Writes out what the writer has buffered.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    /// Flushes, and gives the writer back.
    pub fn into_inner(mut self) -> io::Result<W> {
        self.writer.flush()?;
        Ok(self.writer)
    }
}
