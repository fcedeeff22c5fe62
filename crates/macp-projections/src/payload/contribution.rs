use crate::multi_round::ContributionEncoding;
use macp_proto::modes::multi_round::ContributePayload;
use prost::Message as _;
use serde::Deserialize;

/// The value of a `Contribute`, and the encoding it was read from.
///
/// Two encodings are in use: protobuf, which is canonical, and a JSON object with the string
/// `value`, from before there was a schema. Protobuf may look like JSON by accident, so JSON is
/// believed only where the bytes are not exactly what a protobuf encoder writes.
///
/// ```
/// use macp_projections::multi_round::ContributionEncoding;
/// use macp_projections::payload::Contribution;
///
/// let legacy = Contribution::read(br#"{"value":"deploy"}"#);
/// assert_eq!(legacy.value.as_deref(), Some("deploy"));
/// assert_eq!(legacy.encoding, ContributionEncoding::Json);
///
/// let canonical = Contribution::read(b"\x0a\x06deploy");
/// assert_eq!(canonical.value, legacy.value);
/// assert_eq!(canonical.encoding, ContributionEncoding::Protobuf);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contribution {
    /// The value; `None` for no bytes at all, and for bytes that are neither encoding.
    pub value: Option<String>,
    /// The encoding that the bytes were taken for.
    pub encoding: ContributionEncoding,
}

/// The legacy form; serde also takes an array of one string for it, as the runtime does.
#[derive(Deserialize)]
struct Legacy {
    value: String,
}

impl Contribution {
    /// Reads a `Contribute`'s payload.
    pub fn read(payload: &[u8]) -> Self {
        if payload.is_empty() {
            return Self {
                value: None,
                encoding: ContributionEncoding::Protobuf,
            };
        }
        let message = ContributePayload::decode(payload).ok();
        let is_canonical = message
            .as_ref()
            .is_some_and(|message| message.encode_to_vec() == payload);
        if !is_canonical && let Some(value) = legacy_value(payload) {
            return Self {
                value: Some(value),
                encoding: ContributionEncoding::Json,
            };
        }
        Self {
            value: message.map(|message| message.value),
            encoding: ContributionEncoding::Protobuf,
        }
    }
}

fn legacy_value(payload: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(payload).ok()?;
    let legacy: Legacy = serde_json::from_str(text).ok()?;
    Some(legacy.value)
}
