//! How the message of a unary call travels: encoded once for all attempts, in one HTTP/2 frame.

use bytes::{BufMut as _, Bytes, BytesMut};
use http_body::{Body, Frame};
use prost::Message;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, EncodeBuf, Encoder};
use tonic_prost::ProstDecoder;

/// What gRPC puts before a message: a flag for compression, and its length.
const PREFIX: usize = 5;
/// Room for an answer. Most are acknowledgements; a larger one makes its buffer grow.
const ANSWER: usize = 512;

/// A message of `len` bytes as gRPC sends it, which `encode` writes.
pub(crate) fn framed(len: usize, encode: impl FnOnce(&mut BytesMut)) -> Bytes {
    let mut frame = BytesMut::with_capacity(PREFIX + len);
    frame.put_u8(0);
    // Whatever is longer than this, no runtime takes.
    frame.put_u32(len.try_into().unwrap_or(u32::MAX));
    encode(&mut frame);
    frame.freeze()
}

/// Whether a request has begun to leave. The connection asks for it when it has a place for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct OnItsWay(Arc<AtomicBool>);

impl OnItsWay {
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A request's only message. Its frame says that nothing follows, for which tonic's own body
/// takes a second one.
pub(crate) struct OneMessage {
    message: Option<Bytes>,
    on_its_way: OnItsWay,
}

impl OneMessage {
    pub(crate) fn new(message: Bytes, on_its_way: OnItsWay) -> Self {
        Self {
            message: Some(message),
            on_its_way,
        }
    }
}

impl Body for OneMessage {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let message = self.message.take();
        if message.is_some() {
            self.on_its_way.set();
        }
        Poll::Ready(message.map(|message| Ok(Frame::data(message))))
    }

    fn is_end_stream(&self) -> bool {
        self.message.is_none()
    }
}

/// Decodes the answer `R`. The request has a body of its own, [`OneMessage`].
pub(crate) struct AnswerCodec<R>(PhantomData<fn() -> R>);

impl<R> Default for AnswerCodec<R> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<R: Message + Default + 'static> Codec for AnswerCodec<R> {
    type Encode = ();
    type Decode = R;
    type Encoder = Nothing;
    type Decoder = ProstDecoder<R>;

    fn encoder(&mut self) -> Nothing {
        Nothing
    }

    fn decoder(&mut self) -> ProstDecoder<R> {
        ProstDecoder::new(BufferSettings::new(ANSWER, ANSWER))
    }
}

/// Encodes what is not sent.
pub(crate) struct Nothing;

impl Encoder for Nothing {
    type Item = ();
    type Error = Status;

    fn encode(&mut self, (): (), _buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::pin::pin;

    #[tokio::test]
    async fn the_only_frame_is_the_last() {
        let message = framed(3, |frame| frame.put_slice(b"abc"));
        assert_eq!(&message[..], b"\0\0\0\0\x03abc");

        let on_its_way = OnItsWay::default();
        let mut body = pin!(OneMessage::new(message.clone(), on_its_way.clone()));
        assert!(!body.is_end_stream() && !on_its_way.get());
        let frame = poll_fn(|context| body.as_mut().poll_frame(context)).await;
        assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), message);
        assert!(body.is_end_stream() && on_its_way.get());
        assert!(
            poll_fn(|context| body.as_mut().poll_frame(context))
                .await
                .is_none()
        );
    }
}
