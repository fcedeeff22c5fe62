//! How the message of a unary call travels: encoded once for all attempts, in buffers of its size.

use bytes::{BufMut as _, Bytes};
use prost::Message;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, EncodeBuf, Encoder};
use tonic_prost::ProstDecoder;

/// What gRPC puts before a message: a flag and its length.
const PREFIX: usize = 5;
/// Room for an answer. Most are acknowledgements; a larger one makes its buffer grow.
const ANSWER: usize = 512;

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

/// Takes a message that is encoded already, and decodes the answer `R`.
pub(crate) struct UnaryCodec<R> {
    size: usize,
    on_its_way: OnItsWay,
    answer: PhantomData<fn() -> R>,
}

impl<R> UnaryCodec<R> {
    pub(crate) fn new(message: &Bytes, on_its_way: OnItsWay) -> Self {
        Self {
            size: message.len(),
            on_its_way,
            answer: PhantomData,
        }
    }
}

impl<R: Message + Default + 'static> Codec for UnaryCodec<R> {
    type Encode = Bytes;
    type Decode = R;
    type Encoder = EncodedMessage;
    type Decoder = ProstDecoder<R>;

    fn encoder(&mut self) -> EncodedMessage {
        EncodedMessage {
            buffer: settings(PREFIX + self.size),
            on_its_way: self.on_its_way.clone(),
        }
    }

    fn decoder(&mut self) -> ProstDecoder<R> {
        ProstDecoder::new(settings(ANSWER))
    }
}

fn settings(size: usize) -> BufferSettings {
    BufferSettings::new(size, size)
}

/// Passes an encoded message on.
pub(crate) struct EncodedMessage {
    buffer: BufferSettings,
    on_its_way: OnItsWay,
}

impl Encoder for EncodedMessage {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        self.on_its_way.set();
        buffer.put(message);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.buffer
    }
}
