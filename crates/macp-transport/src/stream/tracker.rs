//! Where a subscription is in its session's history.

use hashbrown::HashTable;
use std::hash::{BuildHasher, RandomState};

/// How many message ids are remembered at least: as many as the runtime keeps ready for a
/// subscriber, which is the most that it could deliver twice.
const REMEMBERED: usize = 256;

/// Counts the messages that arrive, because the wire carries no ordinals.
///
/// A message that was delivered before does not count: it would make the next subscription skip
/// one that was not. Ids are remembered as hashes, in two generations of a fixed size: when the
/// younger one is full, it replaces the older.
#[derive(Debug)]
pub(super) struct Tracker {
    sequence: u64,
    hasher: RandomState,
    young: HashTable<u64>,
    old: HashTable<u64>,
}

impl Tracker {
    /// Starts after the ordinal `after`.
    pub(super) fn new(after: u64) -> Self {
        Self {
            sequence: after,
            hasher: RandomState::new(),
            young: HashTable::new(),
            old: HashTable::new(),
        }
    }

    /// The ordinal of the last message, from where to go on.
    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Skips to `sequence`; what lies between is lost. Never goes back.
    pub(super) fn skip_to(&mut self, sequence: u64) {
        self.sequence = self.sequence.max(sequence);
    }

    /// The ordinal of a message that arrived, unless it was delivered before.
    pub(super) fn accept(&mut self, message_id: &str) -> Option<u64> {
        // A message without an id cannot be recognized.
        if !message_id.is_empty() {
            let hash = self.hasher.hash_one(message_id);
            if [&self.young, &self.old]
                .iter()
                .any(|known| known.find(hash, |&other| other == hash).is_some())
            {
                return None;
            }
            if self.young.len() == REMEMBERED {
                std::mem::swap(&mut self.young, &mut self.old);
                self.young.clear();
            }
            self.young.insert_unique(hash, hash, |&hash| hash);
        }
        self.sequence = self.sequence.saturating_add(1);
        Some(self.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_delivered_before_does_not_count() {
        let mut tracker = Tracker::new(2);
        let ordinals: Vec<_> = ["a", "b", "a", "b", "c", "", ""]
            .iter()
            .map(|id| tracker.accept(id))
            .collect();
        assert_eq!(
            ordinals,
            [Some(3), Some(4), None, None, Some(5), Some(6), Some(7)]
        );
        assert_eq!(tracker.sequence(), 7);
    }

    #[test]
    fn skipping_never_goes_back() {
        let mut tracker = Tracker::new(5);
        tracker.skip_to(9);
        tracker.skip_to(3);
        assert_eq!(tracker.accept("a"), Some(10));
    }

    #[test]
    fn the_last_ordinal_there_is_is_survived() {
        let mut tracker = Tracker::new(u64::MAX);
        assert_eq!(tracker.accept("a"), Some(u64::MAX));
    }

    proptest! {
        #[test]
        fn a_redelivered_window_changes_nothing(
            total in 1usize..600,
            breaks in prop::collection::vec((0usize..600, 0usize..REMEMBERED), 0..8),
        ) {
            let ids: Vec<_> = (0..total).map(|n| format!("m{n}")).collect();
            let mut tracker = Tracker::new(0);
            let mut seen = Vec::new();
            for at in 0..total {
                for (place, back) in &breaks {
                    if *place == at {
                        for id in &ids[at.saturating_sub(*back)..at] {
                            prop_assert_eq!(tracker.accept(id), None);
                        }
                    }
                }
                seen.push(tracker.accept(&ids[at]));
            }
            let expected: Vec<_> = (1..=total as u64).map(Some).collect();
            prop_assert_eq!(seen, expected);
            prop_assert!(tracker.young.len() <= REMEMBERED && tracker.old.len() <= REMEMBERED);
        }
    }
}
