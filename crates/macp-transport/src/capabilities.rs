use macp_proto::{Mode, v1};
use std::fmt;

/// Something that a runtime may or may not offer, as it says in its answer to `Initialize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// Bidirectional session streams.
    SessionStream,
    /// `ListSessions`.
    ListSessions,
    /// `WatchSessions`.
    WatchSessions,
    /// `CancelSession`.
    CancelSession,
    /// Progress messages.
    Progress,
    /// `GetManifest`.
    GetManifest,
    /// `ListModes`.
    ListModes,
    /// `WatchModeRegistry` reports changes.
    ModeRegistryChanges,
    /// `ListRoots`.
    ListRoots,
    /// `WatchRoots` reports changes.
    RootsChanges,
    /// Policies may be registered: the registry is not read-only.
    RegisterPolicy,
    /// `ListPolicies`.
    ListPolicies,
    /// `WatchPolicies` reports changes.
    PolicyChanges,
    /// `WhatIfReplay`.
    WhatIfReplay,
    /// `GetDecisionReceipt` and `GetReceiptKeys` (RFC-MACP-0013).
    DecisionReceipt,
    /// Receipts are signed.
    SignedReceipts,
}

impl Capability {
    /// The flag's path in the `Capabilities` message.
    pub const fn path(self) -> &'static str {
        match self {
            Self::SessionStream => "sessions.stream",
            Self::ListSessions => "sessions.list_sessions",
            Self::WatchSessions => "sessions.watch_sessions",
            Self::CancelSession => "cancellation.cancel_session",
            Self::Progress => "progress.progress",
            Self::GetManifest => "manifest.get_manifest",
            Self::ListModes => "mode_registry.list_modes",
            Self::ModeRegistryChanges => "mode_registry.list_changed",
            Self::ListRoots => "roots.list_roots",
            Self::RootsChanges => "roots.list_changed",
            Self::RegisterPolicy => "policy_registry.register_policy",
            Self::ListPolicies => "policy_registry.list_policies",
            Self::PolicyChanges => "policy_registry.list_changed",
            Self::WhatIfReplay => "policy_registry.what_if_replay",
            Self::DecisionReceipt => "decision_receipt.get_decision_receipt",
            Self::SignedReceipts => "decision_receipt.signed",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.path())
    }
}

/// What a runtime said about itself in its answer to `Initialize` (RFC-MACP-0001).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Initialized {
    /// The protocol version that both sides speak, `1.0`.
    pub protocol_version: String,
    /// The program that answers, such as `macp-runtime`; empty when it does not say.
    pub runtime_name: String,
    /// Its version; empty when it does not say.
    pub runtime_version: String,
    /// The modes that it runs.
    pub supported_modes: Vec<Mode>,
    /// Words for the operator; often empty.
    pub instructions: String,
    capabilities: v1::Capabilities,
}

impl Initialized {
    pub(crate) fn from_wire(response: v1::InitializeResponse) -> Self {
        let runtime = response.runtime_info.unwrap_or_default();
        Self {
            protocol_version: response.selected_protocol_version,
            runtime_name: runtime.name,
            runtime_version: runtime.version,
            supported_modes: response
                .supported_modes
                .into_iter()
                .map(Mode::from)
                .collect(),
            instructions: response.instructions,
            capabilities: response.capabilities.unwrap_or_default(),
        }
    }

    /// Whether the runtime advertises `capability`.
    pub fn has(&self, capability: Capability) -> bool {
        let c = &self.capabilities;
        match capability {
            Capability::SessionStream => c.sessions.is_some_and(|c| c.stream),
            Capability::ListSessions => c.sessions.is_some_and(|c| c.list_sessions),
            Capability::WatchSessions => c.sessions.is_some_and(|c| c.watch_sessions),
            Capability::CancelSession => c.cancellation.is_some_and(|c| c.cancel_session),
            Capability::Progress => c.progress.is_some_and(|c| c.progress),
            Capability::GetManifest => c.manifest.is_some_and(|c| c.get_manifest),
            Capability::ListModes => c.mode_registry.is_some_and(|c| c.list_modes),
            Capability::ModeRegistryChanges => c.mode_registry.is_some_and(|c| c.list_changed),
            Capability::ListRoots => c.roots.is_some_and(|c| c.list_roots),
            Capability::RootsChanges => c.roots.is_some_and(|c| c.list_changed),
            Capability::RegisterPolicy => self.policies().is_some_and(|c| c.register_policy),
            Capability::ListPolicies => self.policies().is_some_and(|c| c.list_policies),
            Capability::PolicyChanges => self.policies().is_some_and(|c| c.list_changed),
            Capability::WhatIfReplay => self.policies().is_some_and(|c| c.what_if_replay),
            Capability::DecisionReceipt => {
                c.decision_receipt.is_some_and(|c| c.get_decision_receipt)
            }
            Capability::SignedReceipts => c.decision_receipt.is_some_and(|c| c.signed),
        }
    }

    /// The policy rules that this runtime knows beyond the standard ones (RFC-MACP-0012).
    pub fn rule_extensions(&self) -> &[String] {
        self.policies().map_or(&[], |c| &c.rule_extensions)
    }

    /// The value of an experimental feature, if the runtime has it.
    pub fn experimental(&self, feature: &str) -> Option<&str> {
        let features = &self.capabilities.experimental.as_ref()?.features;
        features.get(feature).map(String::as_str)
    }

    fn policies(&self) -> Option<&v1::PolicyRegistryCapability> {
        self.capabilities.policy_registry.as_ref()
    }
}
