//! The closed word sets of the rule trees (RFC-MACP-0012 §4).

macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident as $field:literal {
            $( $(#[$variant_meta:meta])* $variant:ident = $word:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The word in a policy's rules.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = macp_proto::InvalidValue;

            /// Reads the exact word; the runtime compares case too.
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $( $word => Ok(Self::$variant), )+
                    _ => Err(macp_proto::InvalidValue::new(
                        $field,
                        format_args!("{word:?} is none of its values"),
                        concat!("must be one of", $( " ", $word, )+),
                    )),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words! {
    /// How the votes of a decision are tallied (`voting.algorithm`, RFC-MACP-0012 §4.1).
    ///
    /// Abstentions are never decisive, and the votes of all proposals are tallied together.
    pub enum Algorithm as "voting.algorithm" {
        /// No tally: whoever may commit decides.
        #[default]
        None = "none",
        /// Approvals reach the threshold's share of the decisive votes; an even split does at 0.5.
        Majority = "majority",
        /// The same with a threshold above one half, which must be given.
        Supermajority = "supermajority",
        /// Every participant approved and nobody rejected. The threshold is not consulted.
        Unanimous = "unanimous",
        /// The share of the weights, over the senders in the map, reaches the threshold.
        Weighted = "weighted",
        /// More approvals than rejections; a tie fails. The threshold is not consulted.
        Plurality = "plurality",
    }
}

words! {
    /// How a decision's participation floor counts voters (`voting.quorum.type`).
    pub enum QuorumKind as "voting.quorum.type" {
        /// A number of distinct voters.
        #[default]
        Count = "count",
        /// A percentage of the participants, 0 to 100.
        Percentage = "percentage",
    }
}

words! {
    /// What standing critical objections do (`objection_handling.critical_objection_action`).
    ///
    /// Of schema version 2 and later.
    pub enum CriticalObjectionAction as "objection_handling.critical_objection_action" {
        /// Neither outcome can be committed.
        #[default]
        Deny = "deny",
        /// A negative outcome can be committed, whatever the votes say; a positive one cannot.
        FinalizeDecline = "finalize_decline",
        /// Neither outcome can be committed, and the refusal asks for escalation.
        Hold = "hold",
    }
}

words! {
    /// Who may send a session's `Commitment` (`commitment.authority`, RFC-MACP-0012 §4).
    pub enum Authority as "commitment.authority" {
        /// Whoever started the session.
        #[default]
        InitiatorOnly = "initiator_only",
        /// The initiator or any participant.
        AnyParticipant = "any_participant",
        /// The senders named in `designated_roles`, and nobody else.
        DesignatedRole = "designated_role",
    }
}

words! {
    /// Whose acceptance makes a proposal converge (`acceptance.criterion`).
    pub enum Criterion as "acceptance.criterion" {
        /// Every participant's, its author included.
        #[default]
        AllParties = "all_parties",
        /// Every participant's but its author's.
        Counterparty = "counterparty",
        /// The initiator's.
        Initiator = "initiator",
    }
}

words! {
    /// How abstentions are reported in quorum mode (`abstention.interpretation`).
    ///
    /// It changes nothing about what can be committed.
    pub enum Interpretation as "abstention.interpretation" {
        /// Neither for nor against.
        #[default]
        Neutral = "neutral",
        /// Reported as rejections.
        ImplicitReject = "implicit_reject",
        /// Left out.
        Ignored = "ignored",
    }
}

words! {
    /// How a quorum policy's approval bar is meant (`threshold.type`, RFC-MACP-0012 §4.2).
    pub enum ThresholdKind as "threshold.type" {
        /// A number of approvals.
        #[default]
        NOfM = "n_of_m",
        /// A percentage of the participants, rounded up.
        Percentage = "percentage",
    }
}
