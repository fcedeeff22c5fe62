//! What the runtime and its agents say about themselves.

use super::rpc;
use crate::call::Call;
use crate::call::sealed::Unary;
use crate::client::Client;
use crate::error::Error;
use crate::session::missing;
use macp_proto::v1;

impl Client {
    /// Reads the manifest of an agent; an empty id asks for the runtime's own.
    ///
    /// Needs no credentials.
    ///
    /// # Errors
    ///
    /// `AGENT_NOT_FOUND`.
    pub fn get_manifest(&self, agent_id: impl Into<String>) -> Call<GetManifest> {
        Call::new(
            self,
            v1::GetManifestRequest {
                agent_id: agent_id.into(),
            },
        )
    }

    /// Lists the roots that the runtime works in. Needs no credentials.
    pub fn list_roots(&self) -> Call<ListRoots> {
        Call::new(self, v1::ListRootsRequest {})
    }
}

/// [`Client::get_manifest`].
#[derive(Debug)]
#[non_exhaustive]
pub struct GetManifest;

impl Unary for GetManifest {
    rpc!(GetManifest: GetManifestRequest -> GetManifestResponse);
    type Output = v1::AgentManifest;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        response.manifest.ok_or_else(|| missing("manifest"))
    }
}

/// [`Client::list_roots`].
#[derive(Debug)]
#[non_exhaustive]
pub struct ListRoots;

impl Unary for ListRoots {
    rpc!(ListRoots: ListRootsRequest -> ListRootsResponse);
    type Output = Vec<v1::Root>;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Ok(response.roots)
    }
}
