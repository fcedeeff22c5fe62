use std::fmt;

/// An RPC of the runtime's service (RFC-MACP-0006).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant is the RPC of that name")]
pub enum Rpc {
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
    /// The name in the service definition.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initialize => "Initialize",
            Self::Send => "Send",
            Self::StreamSession => "StreamSession",
            Self::GetSession => "GetSession",
            Self::CancelSession => "CancelSession",
            Self::SuspendSession => "SuspendSession",
            Self::ResumeSession => "ResumeSession",
            Self::GetManifest => "GetManifest",
            Self::ListModes => "ListModes",
            Self::WatchModeRegistry => "WatchModeRegistry",
            Self::ListRoots => "ListRoots",
            Self::WatchRoots => "WatchRoots",
            Self::ListExtModes => "ListExtModes",
            Self::RegisterExtMode => "RegisterExtMode",
            Self::UnregisterExtMode => "UnregisterExtMode",
            Self::PromoteMode => "PromoteMode",
            Self::WatchSignals => "WatchSignals",
            Self::ListSessions => "ListSessions",
            Self::WatchSessions => "WatchSessions",
            Self::RegisterPolicy => "RegisterPolicy",
            Self::UnregisterPolicy => "UnregisterPolicy",
            Self::GetPolicy => "GetPolicy",
            Self::ListPolicies => "ListPolicies",
            Self::WatchPolicies => "WatchPolicies",
            Self::WhatIfReplay => "WhatIfReplay",
            Self::GetDecisionReceipt => "GetDecisionReceipt",
            Self::GetReceiptKeys => "GetReceiptKeys",
        }
    }

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
}

impl fmt::Display for Rpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
