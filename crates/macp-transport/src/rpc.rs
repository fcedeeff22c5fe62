use crate::capabilities::Capability;
use http::uri::PathAndQuery;
use std::fmt;
use std::sync::LazyLock;

macro_rules! service {
    () => {
        "macp.v1.MACPRuntimeService"
    };
}

/// The service that all RPCs belong to.
pub(crate) const SERVICE: &str = service!();

macro_rules! rpcs {
    ($($name:ident),+ $(,)?) => {
        /// An RPC of the runtime's service (RFC-MACP-0006).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "each variant is the RPC of that name")]
        pub enum Rpc {
            $($name,)+
        }

        impl Rpc {
            /// Every RPC, in the order of the service definition.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Where the service answers it.
            pub(crate) fn path(self) -> PathAndQuery {
                static PATHS: LazyLock<[PathAndQuery; Rpc::ALL.len()]> = LazyLock::new(|| {
                    [$(concat!("/", service!(), "/", stringify!($name)),)+]
                        .map(PathAndQuery::from_static)
                });
                PATHS[self as usize].clone()
            }

            /// The name in the service definition.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

rpcs! {
    Initialize,
    Send,
    StreamSession,
    GetSession,
    CancelSession,
    SuspendSession,
    ResumeSession,
    GetManifest,
    ListModes,
    WatchModeRegistry,
    ListRoots,
    WatchRoots,
    ListExtModes,
    RegisterExtMode,
    UnregisterExtMode,
    PromoteMode,
    WatchSignals,
    ListSessions,
    WatchSessions,
    RegisterPolicy,
    UnregisterPolicy,
    GetPolicy,
    ListPolicies,
    WatchPolicies,
    WhatIfReplay,
    GetDecisionReceipt,
    GetReceiptKeys,
}

impl Rpc {
    /// Whether the runtime demands an authenticated caller.
    pub fn needs_credentials(self) -> bool {
        !matches!(
            self,
            Self::Initialize
                | Self::GetManifest
                | Self::ListModes
                | Self::ListRoots
                | Self::ListExtModes
                | Self::GetReceiptKeys
                | Self::WatchModeRegistry
                | Self::WatchRoots
        )
    }

    /// Whether asking twice does no more than asking once.
    ///
    /// `Send` is, because the runtime recognizes a message id that it has accepted; ambient
    /// messages (`Signal`, `Progress`), which it does not remember, are the exception that each
    /// call makes for itself. `SuspendSession`, `ResumeSession` and what changes a registry are
    /// not: the second time answers with a refusal, or undoes what someone else did in between.
    pub fn is_idempotent(self) -> bool {
        match self {
            Self::Initialize
            | Self::Send
            | Self::GetSession
            | Self::CancelSession
            | Self::GetManifest
            | Self::ListModes
            | Self::WatchModeRegistry
            | Self::ListRoots
            | Self::WatchRoots
            | Self::ListExtModes
            | Self::WatchSignals
            | Self::ListSessions
            | Self::WatchSessions
            | Self::GetPolicy
            | Self::ListPolicies
            | Self::WatchPolicies
            | Self::WhatIfReplay
            | Self::GetDecisionReceipt
            | Self::GetReceiptKeys => true,
            Self::StreamSession
            | Self::SuspendSession
            | Self::ResumeSession
            | Self::RegisterExtMode
            | Self::UnregisterExtMode
            | Self::PromoteMode
            | Self::RegisterPolicy
            | Self::UnregisterPolicy => false,
        }
    }

    /// Whether it is meant to change something.
    ///
    /// Such a call is not taken back once it is on its way: see [`finish`](crate::finish).
    pub(crate) fn changes_something(self) -> bool {
        matches!(
            self,
            Self::Send
                | Self::CancelSession
                | Self::SuspendSession
                | Self::ResumeSession
                | Self::RegisterExtMode
                | Self::UnregisterExtMode
                | Self::PromoteMode
                | Self::RegisterPolicy
                | Self::UnregisterPolicy
        )
    }

    /// What the runtime must advertise before a client may call this.
    pub fn capability(self) -> Option<Capability> {
        match self {
            Self::WhatIfReplay => Some(Capability::WhatIfReplay),
            Self::GetDecisionReceipt | Self::GetReceiptKeys => Some(Capability::DecisionReceipt),
            _ => None,
        }
    }
}

impl fmt::Display for Rpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use macp_proto::v1::macp_runtime_service_client::MacpRuntimeServiceClient;

    /// The generated client shows where it sends a request to.
    #[tokio::test]
    async fn the_path_is_that_of_the_generated_client() {
        let service = tower::service_fn(|request: http::Request<tonic::body::Body>| async move {
            assert_eq!(request.uri().path(), Rpc::Send.path());
            Err::<http::Response<tonic::body::Body>, _>(std::io::Error::other("seen"))
        });
        let mut client = MacpRuntimeServiceClient::new(service);
        let status = client
            .send(macp_proto::v1::SendRequest::default())
            .await
            .unwrap_err();
        assert!(status.message().contains("seen"), "{status}");
    }
}
