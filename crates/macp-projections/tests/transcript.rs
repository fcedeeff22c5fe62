//! Transcripts as JSON lines.
#![allow(clippy::unwrap_used, reason = "a panic is a test's failure")]

use macp_projections::transcript::{TranscriptError, TranscriptReader, TranscriptWriter};
use macp_proto::v1::Envelope;
use proptest::prelude::*;
use std::io::{self, BufReader, Read};

const LINE: &str = r#"{"macp_version":"1.0","message_id":"m1","message_type":"Vote","mode":"macp.mode.decision.v1","payload_b64":"AP8=","sender":"alice","session_id":"s","timestamp_unix_ms":-9223372036854775808}"#;

fn read(text: &str) -> Vec<Result<Envelope, TranscriptError>> {
    TranscriptReader::new(text.as_bytes()).collect()
}

fn written(envelopes: &[Envelope]) -> Vec<u8> {
    let mut writer = TranscriptWriter::new(Vec::new());
    for envelope in envelopes {
        writer.write(envelope).unwrap();
    }
    writer.into_inner().unwrap()
}

#[track_caller]
fn wrong(line: &str) -> String {
    let error = read(line).remove(0).unwrap_err();
    assert_eq!(error.line(), 1);
    error.to_string()
}

#[test]
fn a_line_is_an_envelope() {
    let envelopes = read(LINE);
    let envelope = envelopes[0].as_ref().unwrap();
    assert_eq!(envelope.payload.as_ref(), [0, 255]);
    assert_eq!(envelope.timestamp_unix_ms, i64::MIN);
    assert_eq!(
        written(std::slice::from_ref(envelope)),
        format!("{LINE}\n").into_bytes()
    );
    assert!(read("").is_empty());
}

#[test]
fn members_may_come_in_any_order_between_white_space() {
    let reordered = LINE.replacen("{\"macp_version\":\"1.0\",", "{ ", 1);
    let reordered = reordered.replace('}', ", \"macp_version\" : \"1.0\"}\r");
    assert_eq!(
        read(&reordered)[0].as_ref().unwrap(),
        read(LINE)[0].as_ref().unwrap()
    );
}

#[test]
fn an_error_names_the_line_and_the_member() {
    let with = |from: &str, to: &str| {
        let line = LINE.replacen(from, to, 1);
        assert_ne!(line, LINE);
        wrong(&line)
    };
    assert_eq!(
        with("\"sender\":\"alice\",", ""),
        "line 1: sender: is missing; a line has eight members"
    );
    assert_eq!(
        with(
            "\"sender\":\"alice\"",
            "\"sender\":\"alice\",\"sender\":\"bob\""
        ),
        "line 1: sender: is given twice; may occur once"
    );
    assert_eq!(
        with("\"sender\":\"alice\"", "\"sender\":null"),
        "line 1: sender: invalid type: null, expected a string; must be a string"
    );
    assert_eq!(
        with("\"sender\"", "\"ordinal\":1,\"sender\""),
        "line 1: ordinal: is unknown; a line has eight members"
    );
    assert_eq!(
        with("-9223372036854775808", "9223372036854775808"),
        "line 1: timestamp_unix_ms: invalid value: integer `9223372036854775808`, expected i64; \
         must be an integer of 64 bits"
    );
    assert_eq!(
        with("-9223372036854775808", "1e3"),
        "line 1: timestamp_unix_ms: invalid type: floating point `1000.0`, expected i64; \
         must be an integer of 64 bits"
    );
    assert_eq!(
        with("-9223372036854775808", "\"5\""),
        "line 1: timestamp_unix_ms: invalid type: string \"5\", expected i64; \
         must be an integer of 64 bits"
    );
    for payload in ["AP8", "AP9=", "AP-_", "AP8=\\n", "?"] {
        let error = with("AP8=", payload);
        assert!(
            error.starts_with("line 1: payload_b64: does not decode: "),
            "{error}"
        );
    }
}

#[test]
fn what_is_not_an_object_is_not_json_lines() {
    for line in [
        "",
        "[]",
        "null",
        "{",
        &LINE[..60],
        &format!("{LINE}{LINE}"),
        "\u{feff}{}",
    ] {
        let text = format!("{line}\n");
        let error = read(&text).remove(0).unwrap_err();
        assert_eq!(error.to_string(), "line 1: is not a JSON object", "{line}");
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[test]
fn reading_goes_on_after_a_wrong_line() {
    let text = format!("{LINE}\n{{}}\n{LINE}\n");
    let lines = read(&text);
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1].as_ref().unwrap_err().line(), 2);
    assert_eq!(
        lines[1].as_ref().unwrap_err().member(),
        Some("macp_version")
    );
    assert!(lines[2].is_ok());
}

#[test]
fn a_line_over_the_limit_ends_the_reading() {
    let limited = |max: usize, text: &str| -> Vec<_> {
        TranscriptReader::new(text.as_bytes())
            .max_line(max as u64)
            .collect()
    };
    let text = format!("{LINE}\n{LINE}\n");
    assert!(limited(LINE.len(), &text).iter().all(Result::is_ok));
    assert!(limited(LINE.len(), LINE).iter().all(Result::is_ok));
    let lines = limited(LINE.len() - 1, &text);
    assert_eq!(lines.len(), 1);
    assert!(matches!(
        lines[0],
        Err(TranscriptError::TooLong { line: 1, .. })
    ));
}

#[test]
fn a_failure_to_read_ends_the_reading() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let text = format!("{LINE}\n");
    let reader = BufReader::new(text.as_bytes().chain(Broken));
    let lines: Vec<_> = TranscriptReader::new(reader).collect();
    assert_eq!(lines.len(), 2);
    assert!(matches!(
        &lines[1],
        Err(TranscriptError::Io { line: 2, .. })
    ));
}

proptest! {
    #[test]
    fn what_is_written_reads_back(
        texts in proptest::array::uniform6(any::<String>()),
        timestamp_unix_ms: i64,
        payload: Vec<u8>,
    ) {
        let [macp_version, mode, message_type, message_id, session_id, sender] = texts;
        let envelope = Envelope {
            macp_version, mode, message_type, message_id, session_id, sender,
            timestamp_unix_ms,
            payload: payload.into(),
        };
        let text = written(std::slice::from_ref(&envelope));
        prop_assert_eq!(text.split(|byte| *byte == b'\n').count(), 2);
        let mut read: Vec<_> = TranscriptReader::new(text.as_slice()).collect();
        prop_assert_eq!(read.len(), 1);
        prop_assert_eq!(read.remove(0).unwrap(), envelope);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = TranscriptReader::new(bytes.as_slice()).count();
    }
}
