use super::{ContributionRecord, MultiRoundState};
use crate::anomaly::Discarded;
use crate::payload::Contribution;
use crate::projection::Machine;
use macp_proto::MessageType;
use macp_proto::v1::Envelope;
use prost::DecodeError;

impl Machine for MultiRoundState {
    fn apply(
        &mut self,
        message_type: &MessageType,
        envelope: &Envelope,
    ) -> Result<Option<Discarded>, DecodeError> {
        if *message_type != MessageType::Contribute {
            return Ok(None);
        }
        let sender = &envelope.sender;
        let Contribution { value, encoding } = Contribution::read(&envelope.payload);
        if let Some(value) = &value
            && self.current.get(sender) != Some(value)
        {
            self.current.insert(sender.clone(), value.clone());
            self.round += 1;
        }
        self.contributions.push(ContributionRecord {
            value,
            encoding,
            sender: sender.clone(),
            message_id: envelope.message_id.clone(),
        });
        Ok(None)
    }
}
