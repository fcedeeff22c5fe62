use crate::names::names;
use macp_proto::{MessageType, Mode};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// A message in the history that no runtime would have accepted, and that changed nothing.
///
/// Recording one never touches the mode's state or phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Anomaly {
    /// What is wrong.
    pub kind: AnomalyKind,
    /// The session's mode.
    pub mode: Mode,
    /// The discarded message's type.
    pub message_type: MessageType,
    /// The discarded message's id, possibly empty.
    pub message_id: String,
    /// Who sent the discarded message.
    pub sender: String,
    /// The proposal, request, task or handoff that it is about.
    pub subject_id: String,
    /// What was kept and what was discarded, for people.
    pub detail: String,
}

names! {
    /// What makes an [`Anomaly`].
    pub enum AnomalyKind {
        /// A sender voted again on the same proposal; the first vote stands (RFC-MACP-0007).
        DuplicateVote = "duplicate_vote",
        /// A sender cast a second ballot; the first stands (RFC-MACP-0011).
        DuplicateBallot = "duplicate_ballot",
        /// A task was accepted while somebody held it; the first stands (RFC-MACP-0009).
        DuplicateTaskAccept = "duplicate_task_accept",
        /// An offer was answered again; the first answer stands (RFC-MACP-0010).
        SettledHandoff = "settled_handoff",
    }
}

/// What a mode tells the core about a message that it discards.
#[derive(Debug)]
pub struct Discarded {
    pub(crate) kind: AnomalyKind,
    pub(crate) subject_id: String,
    pub(crate) detail: String,
}

/// Text as Python's `repr` writes it, which is how the other SDKs quote in an anomaly's detail.
pub(crate) fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn quotes_as_python_does() {
        let cases = [
            ("APPROVE", "'APPROVE'"),
            ("it's", "\"it's\""),
            ("'\"", "'\\'\"'"),
            ("a\nb\\\u{7f}", "'a\\nb\\\\\\x7f'"),
            ("вариант", "'вариант'"),
        ];
        for (text, expected) in cases {
            assert_eq!(quoted(text), expected);
        }
    }
}
