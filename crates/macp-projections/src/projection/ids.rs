use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher as _;

/// Which message ids are in a transcript, and where; their text is in the envelopes alone.
#[derive(Clone, Default)]
pub(super) struct Ids {
    table: HashTable<SeenId>,
    /// Those that are not in the table yet. In a long history each insertion misses the cache, and
    /// where many are made at once the misses overlap.
    recent: Vec<SeenId>,
    hasher: DefaultHashBuilder,
}

/// How many ids wait for the table: few enough to look through on every message.
const RECENT: usize = 32;

/// An id found through its hash.
#[derive(Clone, Copy)]
struct SeenId {
    hash: IdHash,
    /// The place of its envelope. Nobody holds so many that it does not fit.
    place: u32,
}

/// Half of a hash, which is enough to tell ids apart: where the table is smaller, finding a place
/// in it costs less.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct IdHash(u32);

impl IdHash {
    /// A hash whose every bit counts, as the table wants it.
    fn spread(self) -> u64 {
        u64::from(self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

impl Ids {
    pub(super) fn hash(&self, message_id: &str) -> IdHash {
        let [.., a, b, c, d] = self.hasher.hash_one(message_id).to_be_bytes();
        IdHash(u32::from_be_bytes([a, b, c, d]))
    }

    /// Whether an id with this hash is known, at a place where it `stands`.
    pub(super) fn contains(&self, hash: IdHash, stands: impl Fn(usize) -> bool) -> bool {
        let same = |seen: &SeenId| seen.hash == hash && stands(seen.place as usize);
        // Counting has no branch, so that several are compared at once.
        let recent = self.recent.iter().filter(|seen| seen.hash == hash).count();
        (recent > 0 && self.recent.iter().any(same))
            || self.table.find(hash.spread(), same).is_some()
    }

    /// Takes in an id that is not known.
    pub(super) fn insert(&mut self, hash: IdHash, place: usize) {
        if self.recent.len() == RECENT {
            self.settle();
        }
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        self.recent.push(SeenId { hash, place });
    }

    /// Makes room for `additional` ids.
    pub(super) fn reserve(&mut self, additional: usize) {
        let additional = self.recent.len() + additional;
        self.table.reserve(additional, |seen| seen.hash.spread());
    }

    fn settle(&mut self) {
        self.reserve(0);
        for seen in self.recent.drain(..) {
            self.table
                .insert_unique(seen.hash.spread(), seen, |seen| seen.hash.spread());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_from_its_insertion_on() {
        let texts: Vec<String> = (0..=4 * RECENT).map(|n| format!("m{n}")).collect();
        let mut ids = Ids::default();
        let known = |ids: &Ids, text: &str| ids.contains(ids.hash(text), |at| texts[at] == text);
        for (place, text) in texts.iter().enumerate() {
            assert!(!known(&ids, text));
            ids.insert(ids.hash(text), place);
            assert!(texts[..=place].iter().all(|text| known(&ids, text)));
        }
    }

    #[test]
    fn ids_with_the_same_hash_are_told_apart() {
        let mut ids = Ids::default();
        let hash = ids.hash("m0");
        for place in 0..2 * RECENT {
            assert!(!ids.contains(hash, |at| at == place));
            ids.insert(hash, place);
            assert!(ids.contains(hash, |at| at == place));
        }
    }
}
