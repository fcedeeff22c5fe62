use crate::words::open_words;

open_words! {
    /// The registry code of a refusal.
    ///
    /// The set is open: a code that this version does not know is kept as it came.
    pub enum ErrorCode {
        /// Missing or unknown credentials, or a `sender` that is not the authenticated identity.
        Unauthenticated = "UNAUTHENTICATED",
        /// The identity may not do this.
        Forbidden = "FORBIDDEN",
        /// No such session, or it was evicted.
        SessionNotFound = "SESSION_NOT_FOUND",
        /// The session is suspended or has ended.
        SessionNotOpen = "SESSION_NOT_OPEN",
        /// Registered and never sent: a duplicate is acknowledged as a success.
        DuplicateMessage = "DUPLICATE_MESSAGE",
        /// The session id is taken.
        SessionAlreadyExists = "SESSION_ALREADY_EXISTS",
        /// Shape, payload or mode rules are broken, or the session is not ready for this.
        InvalidEnvelope = "INVALID_ENVELOPE",
        /// The runtime does not speak this protocol version.
        UnsupportedProtocolVersion = "UNSUPPORTED_PROTOCOL_VERSION",
        /// The runtime does not have this mode.
        ModeNotSupported = "MODE_NOT_SUPPORTED",
        /// The payload is over the runtime's limit.
        PayloadTooLarge = "PAYLOAD_TOO_LARGE",
        /// Too many messages, session starts or open sessions.
        RateLimited = "RATE_LIMITED",
        /// The session id breaks its rule.
        InvalidSessionId = "INVALID_SESSION_ID",
        /// The runtime failed.
        InternalError = "INTERNAL_ERROR",
        /// No such policy.
        UnknownPolicyVersion = "UNKNOWN_POLICY_VERSION",
        /// The bound policy, or the runtime's ingress policy, refuses.
        PolicyDenied = "POLICY_DENIED",
        /// The policy does not apply here or breaks its rules.
        InvalidPolicyDefinition = "INVALID_POLICY_DEFINITION",
        /// The registry was loaded from files and cannot be changed.
        RegistryReadOnly = "REGISTRY_READ_ONLY",
        /// A request field breaks its rule.
        InvalidRequest = "INVALID_REQUEST",
        /// The subscriber fell behind; subscribe again.
        StreamLagged = "STREAM_LAGGED",
        /// No manifest for this agent.
        AgentNotFound = "AGENT_NOT_FOUND",
        /// The history asked for was compacted away.
        HistoryUnavailable = "HISTORY_UNAVAILABLE",
        /// No receipt for this session.
        ReceiptUnavailable = "RECEIPT_UNAVAILABLE",
        /// Deprecated alias of `FORBIDDEN`.
        Unauthorized = "UNAUTHORIZED",
        ..
        /// A code this version does not know.
        Other
    }
}

impl ErrorCode {
    /// Whether the same message, sent again later, may be accepted.
    ///
    /// True for `RATE_LIMITED` and `INTERNAL_ERROR`, as the parity contract pins it.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::RateLimited | Self::InternalError)
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    #[test]
    fn the_registry_has_23_codes() {
        assert_eq!(ErrorCode::KNOWN.len(), 23);
        let retryable: Vec<_> = ErrorCode::KNOWN
            .iter()
            .filter(|code| code.is_retryable())
            .collect();
        assert_eq!(
            retryable,
            [&ErrorCode::RateLimited, &ErrorCode::InternalError]
        );
    }
}
