//! The methods of the runtime's service, as type parameters of [`Call`](crate::Call).
//!
//! Nobody names these to make a call: [`Client`](crate::Client) has a function for each. They
//! matter to code that stores a call or takes one.

mod directory;
pub(crate) mod list_sessions;
mod modes;
mod policies;
mod receipts;
mod session;

pub use directory::{GetManifest, ListRoots};
pub use list_sessions::ListSessions;
pub use modes::{ListExtModes, ListModes, PromoteMode, RegisterExtMode, UnregisterExtMode};
pub use policies::{GetPolicy, ListPolicies, RegisterPolicy, UnregisterPolicy, WhatIfReplay};
pub use receipts::{GetDecisionReceipt, GetReceiptKeys};
pub use session::{CancelSession, GetSession, Initialize, ResumeSession, Send, SuspendSession};

/// The part of an implementation that says which RPC it is.
macro_rules! rpc {
    ($rpc:ident: $request:ident -> $response:ident) => {
        const RPC: $crate::rpc::Rpc = $crate::rpc::Rpc::$rpc;
        type Request = macp_proto::v1::$request;
        type Response = macp_proto::v1::$response;

        fn encode(request: &Self::Request) -> bytes::Bytes {
            use prost::Message as _;
            $crate::codec::framed(request.encoded_len(), |frame| request.encode_raw(frame))
        }
    };
}
use rpc;

/// The answer of a change to a registry, whose refusals are a flag and a text without a code.
fn registry_answer(ok: bool, error: String) -> Result<(), crate::error::Error> {
    if ok {
        Ok(())
    } else {
        Err(crate::error::Refusal::uncoded(error).into())
    }
}
