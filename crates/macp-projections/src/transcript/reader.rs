use super::line::{Problem, parse};
use macp_proto::InvalidValue;
use macp_proto::v1::Envelope;
use std::io::{self, BufRead, Read as _};

/// Ten times what the runtime's default limit lets an envelope's line have.
const DEFAULT_MAX_LINE: u64 = 16 * 1024 * 1024;

/// Reads envelopes from JSON lines, as an iterator.
///
/// It is strict: every member must be there, once, of its type, and no other. After a line that is
/// wrong it goes on with the next one; after a failure to read, or a line over the limit, it ends.
#[derive(Debug)]
pub struct TranscriptReader<R> {
    reader: R,
    max_line: u64,
    line: u64,
    buffer: Vec<u8>,
    ended: bool,
}

/// What is wrong with a transcript, and on which line, counted from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TranscriptError {
    /// The file could not be read.
    #[error("line {line}: cannot be read")]
    Io {
        /// The line.
        line: u64,
        /// Why.
        source: io::Error,
    },
    /// The line is longer than the reader's limit.
    #[error("line {line}: has more than {max} bytes")]
    TooLong {
        /// The line.
        line: u64,
        /// The limit.
        max: u64,
    },
    /// The line is not a JSON object.
    #[error("line {line}: is not a JSON object")]
    Json {
        /// The line.
        line: u64,
        /// What the parser found; its own line is always 1.
        source: serde_json::Error,
    },
    /// A member is wrong, missing or unknown.
    #[error("line {line}: {problem}")]
    Member {
        /// The line.
        line: u64,
        /// The member's name and what is wrong with it.
        problem: InvalidValue,
    },
}

impl TranscriptError {
    /// The line, counted from 1.
    pub fn line(&self) -> u64 {
        match self {
            Self::Io { line, .. }
            | Self::TooLong { line, .. }
            | Self::Json { line, .. }
            | Self::Member { line, .. } => *line,
        }
    }

    /// The member that is wrong, if it is one.
    pub fn member(&self) -> Option<&str> {
        match self {
            Self::Member { problem, .. } => Some(problem.field()),
            _ => None,
        }
    }
}

impl<R: BufRead> TranscriptReader<R> {
    /// Will read from `reader`.
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            max_line: DEFAULT_MAX_LINE,
            line: 0,
            buffer: Vec::new(),
            ended: false,
        }
    }

    /// Sets how many bytes a line may have; 16 MiB unless set. Longer ones are an error rather than
    /// held in memory.
    #[must_use]
    pub fn max_line(mut self, bytes: u64) -> Self {
        self.max_line = bytes;
        self
    }

    /// Reads the next line into the buffer, without its end; false at the end of the file.
    fn fill(&mut self) -> Result<bool, TranscriptError> {
        self.buffer.clear();
        let limit = self.max_line.saturating_add(1);
        let read = (&mut self.reader)
            .take(limit)
            .read_until(b'\n', &mut self.buffer)
            .map_err(|source| TranscriptError::Io {
                line: self.line,
                source,
            })?;
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
        } else if read as u64 == limit {
            return Err(TranscriptError::TooLong {
                line: self.line,
                max: self.max_line,
            });
        }
        Ok(read > 0)
    }
}

impl<R: BufRead> Iterator for TranscriptReader<R> {
    type Item = Result<Envelope, TranscriptError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        self.line += 1;
        let line = self.line;
        match self.fill() {
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
            Ok(false) => {
                self.ended = true;
                None
            }
            Ok(true) => Some(parse(&self.buffer).map_err(|problem| match problem {
                Problem::Json(source) => TranscriptError::Json { line, source },
                Problem::Member(problem) => TranscriptError::Member { line, problem },
            })),
        }
    }
}
