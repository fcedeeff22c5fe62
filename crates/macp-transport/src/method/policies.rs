//! The registry of policies (RFC-MACP-0012), and what another policy would have decided.

use super::{registry_answer, rpc};
use crate::call::Call;
use crate::call::sealed::Unary;
use crate::client::Client;
use crate::error::Error;
use crate::session::missing;
use crate::what_if::WhatIf;
use macp_proto::{Mode, SessionId, v1};

impl Client {
    /// Registers a policy.
    ///
    /// Not repeated by itself when the answer is lost.
    ///
    /// # Errors
    ///
    /// `FORBIDDEN` without the privilege; `REGISTRY_READ_ONLY`
    /// ([`is_registry_read_only`](Error::is_registry_read_only)); a [refusal](crate::Refusal) with
    /// the code `UNKNOWN` and the runtime's words when the id is taken or reserved, or the rules
    /// are invalid.
    pub fn register_policy(&self, descriptor: v1::PolicyDescriptor) -> Call<RegisterPolicy> {
        Call::new(
            self,
            v1::RegisterPolicyRequest {
                policy_descriptor: Some(descriptor),
            },
        )
    }

    /// Removes a policy. Running sessions keep the copy that they are bound to.
    ///
    /// Not repeated by itself when the answer is lost.
    ///
    /// # Errors
    ///
    /// `FORBIDDEN` without the privilege; `REGISTRY_READ_ONLY`
    /// ([`is_registry_read_only`](Error::is_registry_read_only)); a [refusal](crate::Refusal) with
    /// the code `UNKNOWN` and the runtime's words when it is unknown or built in.
    pub fn unregister_policy(&self, policy_id: impl Into<String>) -> Call<UnregisterPolicy> {
        Call::new(
            self,
            v1::UnregisterPolicyRequest {
                policy_id: policy_id.into(),
            },
        )
    }

    /// Reads a policy.
    ///
    /// # Errors
    ///
    /// `UNKNOWN_POLICY_VERSION`.
    pub fn get_policy(&self, policy_id: impl Into<String>) -> Call<GetPolicy> {
        Call::new(
            self,
            v1::GetPolicyRequest {
                policy_id: policy_id.into(),
            },
        )
    }

    /// Lists the policies; those for one mode with [`mode`](Call::mode).
    pub fn list_policies(&self) -> Call<ListPolicies> {
        Call::new(self, v1::ListPoliciesRequest::default())
    }

    /// Replays a session's history under another policy and tells what would have come of it.
    /// Nothing changes.
    ///
    /// For those who may read the session. It counts as a message for the rate limit.
    ///
    /// # Errors
    ///
    /// [`Error::NotAdvertised`] when the runtime does not offer it; `INVALID_POLICY_DEFINITION`;
    /// `HISTORY_UNAVAILABLE` when the history was compacted; `SESSION_NOT_FOUND`, `FORBIDDEN`.
    pub fn what_if_replay(
        &self,
        session_id: &SessionId,
        candidate: v1::PolicyDescriptor,
    ) -> Call<WhatIfReplay> {
        Call::new(
            self,
            v1::WhatIfReplayRequest {
                session_id: session_id.as_str().to_owned(),
                candidate: Some(candidate),
            },
        )
    }
}

/// [`Client::register_policy`].
#[derive(Debug)]
#[non_exhaustive]
pub struct RegisterPolicy;

impl Unary for RegisterPolicy {
    rpc!(RegisterPolicy: RegisterPolicyRequest -> RegisterPolicyResponse);
    type Output = ();

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        registry_answer(response.ok, response.error)
    }
}

/// [`Client::unregister_policy`].
#[derive(Debug)]
#[non_exhaustive]
pub struct UnregisterPolicy;

impl Unary for UnregisterPolicy {
    rpc!(UnregisterPolicy: UnregisterPolicyRequest -> UnregisterPolicyResponse);
    type Output = ();

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        registry_answer(response.ok, response.error)
    }
}

/// [`Client::get_policy`].
#[derive(Debug)]
#[non_exhaustive]
pub struct GetPolicy;

impl Unary for GetPolicy {
    rpc!(GetPolicy: GetPolicyRequest -> GetPolicyResponse);
    type Output = v1::PolicyDescriptor;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        response.policy_descriptor.ok_or_else(|| missing("policy"))
    }
}

/// [`Client::list_policies`].
#[derive(Debug)]
#[non_exhaustive]
pub struct ListPolicies;

impl Unary for ListPolicies {
    rpc!(ListPolicies: ListPoliciesRequest -> ListPoliciesResponse);
    type Output = Vec<v1::PolicyDescriptor>;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Ok(response.descriptors)
    }
}

impl Call<ListPolicies> {
    /// Only the policies that apply to this mode, those for every mode (`*`) included.
    pub fn mode(mut self, mode: &Mode) -> Self {
        mode.as_str().clone_into(&mut self.request.mode);
        self
    }
}

/// [`Client::what_if_replay`].
#[derive(Debug)]
#[non_exhaustive]
pub struct WhatIfReplay;

impl Unary for WhatIfReplay {
    rpc!(WhatIfReplay: WhatIfReplayRequest -> WhatIfReplayResponse);
    type Output = WhatIf;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Ok(response.into())
    }

    fn subject(request: &Self::Request) -> (&str, &str) {
        (&request.session_id, "")
    }
}
