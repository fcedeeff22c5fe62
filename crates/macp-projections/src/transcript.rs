//! Accepted histories as JSON lines: one envelope a line, in accepted order.
//!
//! A line is a JSON object of the envelope's eight fields, named as in the schema, with the payload
//! as standard base64 in `payload_b64` and the timestamp as an exact integer:
//!
//! ```json
//! {"macp_version":"1.0","message_id":"m1","message_type":"Vote","mode":"macp.mode.decision.v1","payload_b64":"","sender":"alice","session_id":"release-2026-11-approval","timestamp_unix_ms":1795345614906}
//! ```
//!
//! Reading and writing go envelope by envelope, so a history need not fit in memory.
//!
//! ```
//! use macp_projections::transcript::{TranscriptReader, TranscriptWriter};
//! use macp_projections::{DecisionProjection, Replay};
//! # use macp_proto::modes::decision::ProposalPayload;
//! # use macp_proto::v1::Envelope;
//! # use macp_proto::{MessageId, Mode, SessionId};
//! # let session = SessionId::new("release-2026-11-approval")?;
//! # let proposal = ProposalPayload { proposal_id: "p1".into(), ..Default::default() };
//! # let history = [Envelope::in_session(&session, &Mode::Decision, &MessageId::new("m1")?, &proposal)];
//!
//! let mut writer = TranscriptWriter::new(Vec::new());
//! for envelope in &history {
//!     writer.write(envelope)?;
//! }
//! let file = writer.into_inner()?;
//!
//! let mut projection = DecisionProjection::new();
//! for envelope in TranscriptReader::new(file.as_slice()) {
//!     projection.apply(envelope?)?;
//! }
//! assert_eq!(projection.transcript().len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod line;
mod reader;
mod writer;

pub use reader::{TranscriptError, TranscriptReader};
pub use writer::TranscriptWriter;
