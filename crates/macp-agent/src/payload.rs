use bytes::{Buf, Bytes};
use macp_projections::payload::Contribution;
use macp_proto::modes::multi_round::ContributePayload;
use macp_proto::{MessageType, Mode, Payload};
use prost::{DecodeError, Message as _};

/// Decodes the payload of an accepted message, which may be in the older of two encodings where
/// the protocol has two.
pub(crate) fn decode<P: Payload>(payload: &Bytes) -> Result<P, DecodeError> {
    if P::MODE == Some(Mode::MultiRound)
        && P::MESSAGE_TYPE == MessageType::Contribute
        && let Some(value) = Contribution::read(payload).value
    {
        return P::decode(ContributePayload { value }.encode_to_vec().as_slice());
    }
    P::decode(Unread {
        payload,
        rest: payload,
    })
}

/// What is left to read of a payload. Unlike [`Bytes`] it is not counted as a holder of it, unless
/// a part that is bytes itself is taken, which is shared then.
struct Unread<'a> {
    payload: &'a Bytes,
    rest: &'a [u8],
}

impl Buf for Unread<'_> {
    fn remaining(&self) -> usize {
        self.rest.len()
    }

    fn chunk(&self) -> &[u8] {
        self.rest
    }

    fn advance(&mut self, count: usize) {
        self.rest.advance(count);
    }

    fn copy_to_bytes(&mut self, len: usize) -> Bytes {
        let part = self.payload.slice_ref(&self.rest[..len]);
        self.advance(len);
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use macp_proto::modes::task::TaskRequestPayload;

    #[test]
    fn bytes_in_a_payload_are_shared_with_it() {
        let request = TaskRequestPayload {
            task_id: "t1".into(),
            input: Bytes::from(vec![7; 4096]),
            ..Default::default()
        };
        let payload = Bytes::from(request.encode_to_vec());
        let read: TaskRequestPayload = decode(&payload).unwrap();
        assert_eq!(read, request);
        assert!(payload.as_ptr_range().contains(&read.input.as_ptr()));
    }

    #[test]
    fn a_contribution_is_read_in_both_encodings() {
        let canonical = Bytes::from_static(b"\x0a\x06deploy");
        let legacy = Bytes::from_static(br#"{"value":"deploy"}"#);
        for payload in [canonical, legacy] {
            let read: ContributePayload = decode(&payload).unwrap();
            assert_eq!(read.value, "deploy");
        }
        let neither = Bytes::from_static(b"deploy");
        assert!(decode::<ContributePayload>(&neither).is_err());
    }
}
