//! Anything that a server could do.

use super::server::{Failure, Frame, Opening, Then};
use super::{Heard, What};
use crate::lifecycle::Watching;
use macp_proto::ErrorCode;
use proptest::prelude::*;
use proptest::sample::select;

fn code() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(ErrorCode::KNOWN).prop_map(|code| code.to_string()),
        2 => select(vec!["STREAM_LAGGED", "INTERNAL_ERROR", "HISTORY_UNAVAILABLE"])
            .prop_map(String::from),
        1 => ".{0,12}",
    ]
}

fn details() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        prop_oneof![-3i64..300, any::<u32>().prop_map(i64::from)].prop_map(|lowest| {
            format!("{{\"lowest_available_sequence\":{lowest}}}").into_bytes()
        }),
    ]
}

pub(super) fn failure() -> impl Strategy<Value = Failure> {
    let code = prop_oneof![
        2 => Just(None),
        4 => code().prop_map(|code| Some(code.into_bytes())),
        1 => prop::collection::vec(any::<u8>(), 0..20).prop_map(Some),
    ];
    (0..18, ".{0,12}", code, details()).prop_map(|(status, message, code, details)| Failure {
        status,
        message,
        code,
        details,
    })
}

fn frame() -> impl Strategy<Value = Frame> {
    prop_oneof![
        6 => Just(Frame::New { message_type: "Vote".into() }),
        1 => select(vec!["", "Commitment", "SessionStart", "Unheard"])
            .prop_map(|name| Frame::New { message_type: name.into() }),
        3 => any::<u8>().prop_map(|id| Frame::Known { id: id % 8 }),
        1 => (code(), details()).prop_map(|(code, details)| Frame::Error { code, details }),
        1 => Just(Frame::Nothing),
        1 => any::<u16>().prop_map(Frame::Late),
    ]
}

pub(super) fn opening() -> impl Strategy<Value = Opening> {
    let then = prop_oneof![
        2 => Just(Then::OrderlyEnd),
        2 => failure().prop_map(Then::Fail),
        1 => Just(Then::Silence),
    ];
    let refused = prop::option::weighted(0.3, failure());
    (refused, prop::collection::vec(frame(), 0..8), then).prop_map(|(refused, frames, then)| {
        Opening {
            refused,
            frames,
            then,
        }
    })
}

pub(super) fn heard() -> impl Strategy<Value = Vec<Heard>> {
    let what = prop_oneof![
        4 => (-1i32..9).prop_map(What::Changed),
        2 => Just(What::Gap),
        1 => select(vec![Watching::Broken, Watching::Yes, Watching::Refused])
            .prop_map(What::Watching),
    ];
    let heard =
        (prop_oneof![Just(0), 0u64..2000], what).prop_map(|(after, what)| Heard { after, what });
    prop::collection::vec(heard, 0..40)
}
