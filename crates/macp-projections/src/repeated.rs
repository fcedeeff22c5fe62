use std::ops::Index;

/// How far back a value is looked for. A history of one session needs no more; one that mixes
/// sessions may keep a value twice.
const RECENT: usize = 16;

/// Values that many others share, kept once and known by their place.
#[derive(Clone, Debug)]
pub(crate) struct Repeated<T>(Vec<T>);

impl<T> Default for Repeated<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Repeated<T> {
    /// The place of a recent value that is the `same`, or of a `new` one.
    pub(crate) fn place(&mut self, same: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> usize {
        let mut recent = self.0.iter().enumerate().rev().take(RECENT);
        if let Some((at, _)) = recent.find(|(_, value)| same(value)) {
            return at;
        }
        self.0.push(new());
        self.0.len() - 1
    }
}

impl<T> Index<usize> for Repeated<T> {
    type Output = T;

    fn index(&self, place: usize) -> &T {
        &self.0[place]
    }
}
