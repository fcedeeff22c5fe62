use super::{ContributionEncoding, ContributionRecord, MultiRoundState};
use crate::anomaly::Discarded;
use crate::payload::Contribution;
use crate::projection::{Machine, Origin};
use bytes::Bytes;
use macp_proto::MessageType;

/// A message of multi-round mode.
#[derive(Debug)]
#[allow(missing_docs, reason = "one variant a message type")]
pub enum Message {
    Contribute(Option<String>, ContributionEncoding),
}

impl Machine for MultiRoundState {
    type Message<'a> = Message;

    fn parse(
        message_type: &MessageType,
        payload: &Bytes,
    ) -> Result<Option<Message>, prost::DecodeError> {
        Ok(match message_type {
            MessageType::Contribute => {
                let Contribution { value, encoding } = Contribution::read(payload);
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
