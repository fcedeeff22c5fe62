//! Decision receipts and the keys that sign them (RFC-MACP-0013).

use super::rpc;
use crate::call::Call;
use crate::call::sealed::Unary;
use crate::client::Client;
use crate::error::Error;
use macp_proto::{SessionId, v1};

impl Client {
    /// Fetches the receipt of a resolved session, as its JSON text, byte for byte.
    ///
    /// For those who may read the session. It counts as a message for the rate limit.
    ///
    /// # Errors
    ///
    /// [`Error::NotAdvertised`] when the runtime gives none; `RECEIPT_UNAVAILABLE` when the
    /// session is not resolved or not of a standard mode; `SESSION_NOT_FOUND`, `FORBIDDEN`.
    pub fn get_decision_receipt(&self, session_id: &SessionId) -> Call<GetDecisionReceipt> {
        Call::new(
            self,
            v1::GetDecisionReceiptRequest {
                session_id: session_id.as_str().to_owned(),
            },
        )
    }

    /// Fetches the keys that sign receipts, as the JSON text of a JWKS. Needs no credentials.
    ///
    /// # Errors
    ///
    /// [`Error::NotAdvertised`] when the runtime gives no receipts.
    pub fn get_receipt_keys(&self) -> Call<GetReceiptKeys> {
        Call::new(self, v1::GetReceiptKeysRequest {})
    }
}

/// [`Client::get_decision_receipt`].
#[derive(Debug)]
#[non_exhaustive]
pub struct GetDecisionReceipt;

impl Unary for GetDecisionReceipt {
    rpc!(GetDecisionReceipt: GetDecisionReceiptRequest -> GetDecisionReceiptResponse);
    type Output = String;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Ok(response.receipt_json)
    }

    fn subject(request: &Self::Request) -> (&str, &str) {
        (&request.session_id, "")
    }
}

/// [`Client::get_receipt_keys`].
#[derive(Debug)]
#[non_exhaustive]
pub struct GetReceiptKeys;

impl Unary for GetReceiptKeys {
    rpc!(GetReceiptKeys: GetReceiptKeysRequest -> GetReceiptKeysResponse);
    type Output = String;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Ok(response.jwks_json)
    }
}
