use crate::SessionMode;
use crate::action::check_message_id;
use bytes::Bytes;
use macp_proto::v1::{Root, SessionStartPayload};
use macp_proto::{
    DEFAULT_CONFIGURATION_VERSION, DEFAULT_MODE_VERSION, DEFAULT_POLICY_VERSION, InvalidValue,
    MessageId, Mode, SessionId,
};
use std::collections::HashSet;
use std::time::Duration;

/// The most participants that the runtime admits.
const PARTICIPANTS_MAX: usize = 1000;

/// What a session is started with (RFC-MACP-0001 §7.1).
///
/// Only the intent is required here; every mode but decision also needs participants. Versions
/// default to mode version `1.0.0`, configuration `config.default` and policy `policy.default`.
///
/// ```
/// use macp_modes::SessionStart;
/// use std::time::Duration;
///
/// let start = SessionStart::new("pick a deployment plan")
///     .participants(["coordinator", "alice", "bob"])
///     .policy_version("policy.std.majority")
///     .ttl(Duration::from_secs(60));
/// ```
#[derive(Clone, Debug)]
pub struct SessionStart {
    session_id: Option<SessionId>,
    message_id: Option<MessageId>,
    ttl: Duration,
    max_suspend: Duration,
    payload: SessionStartPayload,
}

impl SessionStart {
    /// The longest time to live that the runtime admits: 24 hours.
    pub const TTL_MAX: Duration = Duration::from_secs(24 * 60 * 60);

    /// The time to live unless [set](Self::ttl): 5 minutes.
    pub const TTL_DEFAULT: Duration = Duration::from_secs(5 * 60);

    /// A start with the given intent: free text that says what the session is for.
    pub fn new(intent: impl Into<String>) -> Self {
        Self {
            session_id: None,
            message_id: None,
            ttl: Self::TTL_DEFAULT,
            max_suspend: Duration::ZERO,
            payload: SessionStartPayload {
                intent: intent.into(),
                mode_version: DEFAULT_MODE_VERSION.to_owned(),
                configuration_version: DEFAULT_CONFIGURATION_VERSION.to_owned(),
                policy_version: DEFAULT_POLICY_VERSION.to_owned(),
                ..SessionStartPayload::default()
            },
        }
    }

    /// Who takes part: at most 1000, each named once. The initiator is not added by itself.
    pub fn participants<I>(mut self, participants: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.payload.participants = participants.into_iter().map(Into::into).collect();
        self
    }

    /// How long the session may stay open: 1 ms to 24 hours, 5 minutes unless set. Fractions of a
    /// millisecond are dropped.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// How long it may be suspended in all, in whole milliseconds; zero, the default, leaves it to
    /// the runtime (7 days).
    pub fn max_suspend(mut self, max_suspend: Duration) -> Self {
        self.max_suspend = max_suspend;
        self
    }

    /// The session's id, instead of a random one.
    pub fn session_id(mut self, id: SessionId) -> Self {
        self.session_id = Some(id);
        self
    }

    /// The id of the start message, instead of a random one.
    ///
    /// With it and a [`session_id`](Self::session_id), a start can be repeated safely.
    pub fn message_id(mut self, id: MessageId) -> Self {
        self.message_id = Some(id);
        self
    }

    /// The policy that governs the session, by id (RFC-MACP-0012).
    pub fn policy_version(mut self, policy_id: impl Into<String>) -> Self {
        self.payload.policy_version = policy_id.into();
        self
    }

    /// The mode's version.
    pub fn mode_version(mut self, version: impl Into<String>) -> Self {
        self.payload.mode_version = version.into();
        self
    }

    /// The version of the participants' configuration: opaque to the runtime, repeated by the
    /// commitment.
    pub fn configuration_version(mut self, version: impl Into<String>) -> Self {
        self.payload.configuration_version = version.into();
        self
    }

    /// A reference to the context the session works in: kept and not interpreted.
    pub fn context_id(mut self, id: impl Into<String>) -> Self {
        self.payload.context_id = id.into();
        self
    }

    /// Adds an extension block: kept and not interpreted. A repeated key replaces the block.
    pub fn extension(mut self, key: impl Into<String>, block: impl Into<Bytes>) -> Self {
        self.payload.extensions.insert(key.into(), block.into());
        self
    }

    /// Adds a root: a resource the session is about.
    pub fn root(mut self, uri: impl Into<String>, name: impl Into<String>) -> Self {
        self.payload.roots.push(Root {
            uri: uri.into(),
            name: name.into(),
        });
        self
    }

    /// Refuses what the runtime would refuse.
    pub(crate) fn check<S: SessionMode>(&self, initiator: &str) -> Result<(), InvalidValue> {
        if let Some(message_id) = &self.message_id {
            check_message_id::<S>(message_id)?;
        }
        if self.ttl.as_millis() == 0 || self.ttl > Self::TTL_MAX {
            return Err(InvalidValue::new(
                "ttl",
                format_args!("is {:?}", self.ttl),
                "must be from 1 ms to 24 h",
            ));
        }
        if i64::try_from(self.max_suspend.as_millis()).is_err() {
            return Err(InvalidValue::new(
                "max_suspend",
                format_args!("is {:?}", self.max_suspend),
                "must fit 63 bits of milliseconds",
            ));
        }
        InvalidValue::if_blank("mode_version", &self.payload.mode_version)?;
        InvalidValue::if_blank("configuration_version", &self.payload.configuration_version)?;
        check_participants(&self.payload.participants)?;
        if self.payload.participants.is_empty() && S::MODE != Mode::Decision {
            return Err(InvalidValue::new(
                "participants",
                "is empty",
                "only a decision session may have no participants",
            ));
        }
        S::check_roster(&self.payload.participants, initiator)
    }

    pub(crate) fn into_parts(self) -> (SessionId, MessageId, SessionStartPayload) {
        let mut payload = self.payload;
        payload.ttl_ms = whole_ms(self.ttl);
        payload.max_suspend_ms = whole_ms(self.max_suspend);
        (
            self.session_id.unwrap_or_else(SessionId::random),
            self.message_id.unwrap_or_else(MessageId::random),
            payload,
        )
    }
}

fn whole_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn check_participants(participants: &[String]) -> Result<(), InvalidValue> {
    if participants.len() > PARTICIPANTS_MAX {
        return Err(InvalidValue::new(
            "participants",
            format_args!("has {} names", participants.len()),
            format!("must have at most {PARTICIPANTS_MAX}"),
        ));
    }
    let mut seen = HashSet::with_capacity(participants.len());
    for (at, name) in participants.iter().enumerate() {
        InvalidValue::if_blank(format!("participants[{at}]"), name)?;
        if !seen.insert(name.trim()) {
            return Err(InvalidValue::new(
                format!("participants[{at}]"),
                format_args!("{name:?} is listed before"),
                "each participant must be listed once",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use macp_projections::decision::DecisionState;
    use macp_projections::handoff::HandoffState;
    use macp_projections::task::TaskState;

    fn start() -> SessionStart {
        SessionStart::new("test").participants(["a", "b"])
    }

    fn refusal<S: SessionMode>(start: &SessionStart) -> String {
        start.check::<S>("a").unwrap_err().to_string()
    }

    #[test]
    fn ttl_is_from_one_millisecond_to_a_day() {
        for ttl in [Duration::from_millis(1), Duration::from_secs(86_400)] {
            assert!(start().ttl(ttl).check::<DecisionState>("a").is_ok());
        }
        insta::assert_snapshot!(
            refusal::<DecisionState>(&start().ttl(Duration::ZERO)),
            @"ttl: is 0ns; must be from 1 ms to 24 h"
        );
        insta::assert_snapshot!(
            refusal::<DecisionState>(&start().ttl(Duration::from_millis(86_400_001))),
            @"ttl: is 86400.001s; must be from 1 ms to 24 h"
        );
        insta::assert_snapshot!(
            refusal::<DecisionState>(&start().ttl(Duration::from_micros(999))),
            @"ttl: is 999µs; must be from 1 ms to 24 h"
        );
    }

    #[test]
    fn participants_are_few_named_and_distinct() {
        let names = |count: usize| (0..count).map(|n| format!("p{n}"));
        assert!(
            start()
                .participants(names(1000))
                .check::<DecisionState>("a")
                .is_ok()
        );
        insta::assert_snapshot!(
            refusal::<DecisionState>(&start().participants(names(1001))),
            @"participants: has 1001 names; must have at most 1000"
        );
        insta::assert_snapshot!(
            refusal::<DecisionState>(&start().participants(["a", "b", " a"])),
            @r#"participants[2]: " a" is listed before; each participant must be listed once"#
        );
        insta::assert_snapshot!(
            refusal::<DecisionState>(&start().participants(["a", " "])),
            @"participants[1]: is blank; must contain more than white space"
        );
    }

    #[test]
    fn only_a_decision_may_have_no_participants() {
        let empty = SessionStart::new("test");
        assert!(empty.check::<DecisionState>("a").is_ok());
        insta::assert_snapshot!(
            refusal::<TaskState>(&empty),
            @"participants: is empty; only a decision session may have no participants"
        );
    }

    #[test]
    fn modes_ask_for_their_roster() {
        insta::assert_snapshot!(
            refusal::<TaskState>(&start().participants(["a"])),
            @r#"participants: has nobody but the initiator "a"; a task needs a participant to do it"#
        );
        insta::assert_snapshot!(
            refusal::<HandoffState>(&start().participants(["a"])),
            @"participants: has 1 name; a handoff needs at least two participants"
        );
        insta::assert_snapshot!(
            refusal::<HandoffState>(&start().participants(["b", "c"])),
            @r#"participants: does not list the initiator "a"; a handoff's initiator must take part"#
        );
    }

    #[test]
    fn a_handoff_starts_under_an_id_of_its_own() {
        let start = start().message_id(MessageId::new("implicit-accept:h1").unwrap());
        assert!(start.check::<DecisionState>("a").is_ok());
        insta::assert_snapshot!(
            refusal::<HandoffState>(&start),
            @r#"message_id: "implicit-accept:h1" starts with "implicit-accept:"; the runtime keeps that prefix for itself in handoff sessions"#
        );
    }

    #[test]
    fn versions_are_not_blank() {
        insta::assert_snapshot!(
            refusal::<DecisionState>(&start().mode_version(" ")),
            @"mode_version: is blank; must contain more than white space"
        );
        insta::assert_snapshot!(
            refusal::<DecisionState>(&start().configuration_version("")),
            @"configuration_version: is empty; must contain more than white space"
        );
    }
}
