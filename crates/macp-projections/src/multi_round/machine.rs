use super::{ContributionEncoding, ContributionRecord, MultiRoundState};
use crate::anomaly::Discarded;
use crate::projection::{Machine, Origin};
use bytes::Bytes;
use macp_proto::MessageType;
use macp_proto::modes::multi_round::ContributePayload;
use prost::Message as _;
use serde::Deserialize;

/// A message of multi-round mode.
#[derive(Debug)]
#[allow(missing_docs, reason = "one variant a message type")]
pub enum Message {
    Contribute(Option<String>, ContributionEncoding),
}

impl Machine for MultiRoundState {
    type Message = Message;

    fn parse(
        message_type: &MessageType,
        payload: Bytes,
    ) -> Result<Option<Message>, prost::DecodeError> {
        Ok(match message_type {
            MessageType::Contribute => {
                let (value, encoding) = read(&payload);
                Some(Message::Contribute(value, encoding))
            }
            _ => None,
        })
    }

    fn apply(&mut self, origin: Origin<'_>, message: Message) -> Option<Discarded> {
        let Message::Contribute(value, encoding) = message;
        if let Some(value) = &value
            && self.current.get(origin.sender) != Some(value)
        {
            self.current.insert(origin.sender.to_owned(), value.clone());
            self.round += 1;
        }
        self.contributions.push(ContributionRecord {
            value,
            encoding,
            sender: origin.sender.to_owned(),
            message_id: origin.message_id.to_owned(),
        });
        None
    }
}

/// The JSON form; serde also takes an array of one string for it, as the runtime does.
#[derive(Deserialize)]
struct Json {
    value: String,
}

/// JSON is believed unless the bytes are exactly what protobuf would write, because a protobuf
/// value may look like JSON.
fn read(payload: &Bytes) -> (Option<String>, ContributionEncoding) {
    if payload.is_empty() {
        return (None, ContributionEncoding::Protobuf);
    }
    let message = ContributePayload::decode(payload.clone()).ok();
    let canonical = message
        .as_ref()
        .is_some_and(|message| message.encode_to_vec() == *payload);
    let json = std::str::from_utf8(payload)
        .ok()
        .filter(|_| !canonical)
        .and_then(|text| serde_json::from_str::<Json>(text).ok());
    match json {
        Some(json) => (Some(json.value), ContributionEncoding::Json),
        None => (
            message.map(|message| message.value),
            ContributionEncoding::Protobuf,
        ),
    }
}
