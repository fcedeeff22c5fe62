use super::json::{Json, Members};
use super::read::{Reading, Section};
use super::{Authority, stored_rules};
use macp_proto::InvalidValue;
use macp_proto::v1::PolicyDescriptor;

/// Who may commit: the `commitment` section that the policies of all modes share
/// (RFC-MACP-0012 §4).
///
/// ```
/// use macp_projections::policy::CommitmentRules;
///
/// let rules = CommitmentRules::designated_roles(["release-manager"]);
/// let roster = ["alice".to_owned(), "bob".to_owned()];
/// assert!(rules.may_commit("release-manager", "coordinator", &roster));
/// assert!(!rules.may_commit("coordinator", "coordinator", &roster));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommitmentRules {
    /// Who may commit.
    pub authority: Authority,
    /// The senders that [`Authority::DesignatedRole`] names; without effect otherwise.
    pub designated_roles: Vec<String>,
}

impl CommitmentRules {
    /// Only whoever started the session may commit: the default.
    pub fn initiator_only() -> Self {
        Self::default()
    }

    /// The initiator and every participant may commit.
    pub fn any_participant() -> Self {
        Self {
            authority: Authority::AnyParticipant,
            designated_roles: Vec::new(),
        }
    }

    /// Only these senders may commit; the initiator is not one of them unless named.
    ///
    /// An empty list is refused when the policy is built.
    pub fn designated_roles(roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            authority: Authority::DesignatedRole,
            designated_roles: roles.into_iter().map(Into::into).collect(),
        }
    }

    /// The rules of a bound policy, read as the runtime reads them: what is missing or malformed
    /// means that only the initiator may commit.
    ///
    /// Modes outside the five standard ones do not consult the policy: there, only the initiator
    /// may commit, whatever this says.
    pub fn from_descriptor(descriptor: &PolicyDescriptor) -> Self {
        let rules = stored_rules(&descriptor.rules);
        Self::read_whole(&Section::root(&rules, Reading::Bound)).unwrap_or_default()
    }

    /// Reads the section with the members that only decision mode defines: one that is malformed
    /// makes the runtime drop the section as a whole, in every mode.
    pub(super) fn read_whole(rules: &Section<'_>) -> Result<Self, InvalidValue> {
        let section = rules.section("commitment")?;
        section.boolean("require_vote_quorum")?;
        section.boolean("allow_decline_over_approval")?;
        Self::read(rules)
    }

    /// Whether the runtime lets `sender` commit a session that `initiator` started with these
    /// `participants`.
    pub fn may_commit(&self, sender: &str, initiator: &str, participants: &[String]) -> bool {
        match self.authority {
            Authority::InitiatorOnly => sender == initiator,
            Authority::AnyParticipant => {
                sender == initiator || participants.iter().any(|one| one == sender)
            }
            Authority::DesignatedRole => self.designated_roles.iter().any(|role| role == sender),
        }
    }

    pub(super) fn read(rules: &Section<'_>) -> Result<Self, InvalidValue> {
        let section = rules.section("commitment")?;
        Ok(Self {
            authority: section.word("authority", Authority::InitiatorOnly)?,
            designated_roles: section.strings("designated_roles")?,
        })
    }

    pub(super) fn check(&self) -> Result<(), InvalidValue> {
        if self.authority == Authority::DesignatedRole && self.designated_roles.is_empty() {
            return Err(InvalidValue::new(
                "commitment.designated_roles",
                "is empty",
                "authority designated_role needs at least one sender id, or nobody could commit",
            ));
        }
        Ok(())
    }

    pub(super) fn members(&self) -> Members {
        vec![
            ("authority".to_owned(), self.authority.as_str().into()),
            (
                "designated_roles".to_owned(),
                self.designated_roles.as_slice().into(),
            ),
        ]
    }

    pub(super) fn section(&self) -> (String, Json) {
        ("commitment".to_owned(), Json::Object(self.members()))
    }
}
