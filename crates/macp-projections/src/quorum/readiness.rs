use super::{QuorumState, RequestRecord};
use crate::policy::{EffectiveThreshold, Policy, QuorumRules};
use crate::{CommitReadiness, Projection};

/// How a quorum session stands against its bar.
///
/// The bar of a request is its own `required_approvals`, or what the bound policy replaces it by
/// (RFC-MACP-0011 §5). The methods that end in `_at` take it as an argument, from
/// [`Self::effective_threshold`]; the others know only the request's own.
impl Projection<QuorumState> {
    /// Which outcome the runtime would accept next (RFC-MACP-0011 §4, RFC-MACP-0012 §4.2).
    ///
    /// The request must have its approvals or be out of their reach. Then either outcome will do,
    /// but a positive one without its approvals is refused where the policy sets the bar. `None`
    /// stands for a policy that sets none. Without the `SessionStart` the answer is neither,
    /// because the roster is unknown.
    pub fn commit_readiness(&self, policy: Option<&Policy<QuorumRules>>) -> CommitReadiness {
        let Some(request) = self.requests().next() else {
            return CommitReadiness::NONE;
        };
        let bar = self.bar(request, policy);
        let participants = self.participants().len();
        let settled = self.has_quorum_at(&request.request_id, bar)
            || self.is_threshold_unreachable_at(&request.request_id, bar, participants);
        if self.is_committed()
            || self.binding.is_none()
            || bar == EffectiveThreshold::Unsatisfiable
            || !settled
        {
            return CommitReadiness::NONE;
        }
        let Some(policy) = policy else {
            return CommitReadiness::BOTH;
        };
        let approvals = self.approval_count(&request.request_id);
        CommitReadiness::of(|positive| {
            policy
                .rules()
                .denials(approvals, participants, positive)
                .is_empty()
        })
    }

    /// The bar of a request under a policy; `None` for an unknown request.
    pub fn effective_threshold(
        &self,
        request_id: &str,
        policy: Option<&Policy<QuorumRules>>,
    ) -> Option<EffectiveThreshold> {
        self.request(request_id)
            .map(|request| self.bar(request, policy))
    }

    fn bar(
        &self,
        request: &RequestRecord,
        policy: Option<&Policy<QuorumRules>>,
    ) -> EffectiveThreshold {
        policy
            .and_then(|policy| {
                policy
                    .rules()
                    .threshold
                    .effective(self.participants().len())
            })
            .unwrap_or(EffectiveThreshold::Approvals(request.required_approvals))
    }

    /// How many approvals the request itself asks for; 0 for an unknown one.
    pub fn threshold(&self, request_id: &str) -> u32 {
        self.request(request_id)
            .map_or(0, |request| request.required_approvals)
    }

    /// Whether the request has the approvals that it asks for; `false` for an unknown one.
    pub fn has_quorum(&self, request_id: &str) -> bool {
        self.has_quorum_at(request_id, self.own_bar(request_id))
    }

    /// Whether the request has its approvals, by this bar; `false` for an unknown one.
    pub fn has_quorum_at(&self, request_id: &str, bar: EffectiveThreshold) -> bool {
        self.request(request_id).is_some() && bar.is_met_by(self.approval_count(request_id))
    }

    /// Whether the approvals that the request asks for are out of reach, with `total_eligible`
    /// participants who may cast a ballot; `false` for an unknown one.
    pub fn is_threshold_unreachable(&self, request_id: &str, total_eligible: usize) -> bool {
        self.is_threshold_unreachable_at(request_id, self.own_bar(request_id), total_eligible)
    }

    /// The same by this bar.
    pub fn is_threshold_unreachable_at(
        &self,
        request_id: &str,
        bar: EffectiveThreshold,
        total_eligible: usize,
    ) -> bool {
        let missing = total_eligible.saturating_sub(self.voted_senders(request_id).count());
        self.request(request_id).is_some()
            && !bar.is_met_by(self.approval_count(request_id) + missing)
    }

    /// Whether the request has the approvals it asks for and nothing is committed yet.
    ///
    /// The runtime also takes a commitment when they are out of reach, and looks at the bound
    /// policy: [`Self::commit_readiness`] is its rule.
    pub fn commitment_ready(&self, request_id: &str) -> bool {
        self.commitment_ready_at(request_id, self.own_bar(request_id))
    }

    /// The same by this bar.
    pub fn commitment_ready_at(&self, request_id: &str, bar: EffectiveThreshold) -> bool {
        self.has_quorum_at(request_id, bar) && !self.is_committed()
    }

    /// How many approvals are missing to what the request asks for; 0 for an unknown one.
    pub fn remaining_votes_needed(&self, request_id: &str) -> usize {
        (self.threshold(request_id) as usize).saturating_sub(self.approval_count(request_id))
    }

    /// How many approvals are missing by this bar; `None` if no number is enough. 0 for an unknown
    /// request.
    pub fn remaining_votes_needed_at(
        &self,
        request_id: &str,
        bar: EffectiveThreshold,
    ) -> Option<usize> {
        if self.request(request_id).is_none() {
            return Some(0);
        }
        match bar {
            EffectiveThreshold::Approvals(bar) => {
                Some((bar as usize).saturating_sub(self.approval_count(request_id)))
            }
            EffectiveThreshold::Unsatisfiable => None,
        }
    }

    fn own_bar(&self, request_id: &str) -> EffectiveThreshold {
        EffectiveThreshold::Approvals(self.threshold(request_id))
    }
}
