use bytes::Bytes;
use macp_projections::payload::Contribution;
use macp_proto::modes::multi_round::ContributePayload;
use macp_proto::{MessageType, Mode, Payload};
use prost::{DecodeError, Message as _};

/// From how many bytes on a payload is shared with what is decoded from it. To count a holder of
/// a small one costs more than to copy what is in it.
const SHARED: usize = 1024;

/// Decodes the payload of an accepted message, which may be in the older of two encodings where
/// the protocol has two.
pub(crate) fn decode<P: Payload>(payload: &Bytes) -> Result<P, DecodeError> {
    if P::MODE == Some(Mode::MultiRound)
        && P::MESSAGE_TYPE == MessageType::Contribute
        && let Some(value) = Contribution::read(payload).value
    {
        return P::decode(ContributePayload { value }.encode_to_vec().as_slice());
    }
    if payload.len() < SHARED {
        P::decode(payload.as_ref())
    } else {
        P::decode(payload.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use macp_proto::modes::task::TaskRequestPayload;

    #[test]
    fn large_bytes_in_a_payload_are_not_copied() {
        for len in [0, 10, SHARED, 4096] {
            let request = TaskRequestPayload {
                task_id: "t1".into(),
                input: Bytes::from(vec![7; len]),
                ..Default::default()
            };
            let payload = Bytes::from(request.encode_to_vec());
            let read: TaskRequestPayload = decode(&payload).unwrap();
            assert_eq!(read, request);
            let shared = payload.as_ptr_range().contains(&read.input.as_ptr());
            assert_eq!(shared, len >= SHARED, "{len}");
        }
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
