use std::ops::Index;

/// A vector that never moves what it holds.
///
/// Growing a long [`Vec`] copies it and touches twice the memory, which costs more than all else
/// that is done with an entry of a transcript.
#[derive(Clone, Debug)]
pub(crate) struct Blocks<T> {
    blocks: Vec<Vec<T>>,
}

/// How many values a block has room for. All but the last are full.
const BLOCK: usize = 1024;

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

impl<T> Blocks<T> {
    pub(crate) fn len(&self) -> usize {
        self.blocks
            .last()
            .map_or(0, |last| (self.blocks.len() - 1) * BLOCK + last.len())
    }

    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.blocks.get(index / BLOCK)?.get(index % BLOCK)
    }

    pub(crate) fn push(&mut self, value: T) {
        self.room().push(value);
    }

    /// The block that the next value goes to.
    fn room(&mut self) -> &mut Vec<T> {
        if self.len().is_multiple_of(BLOCK) {
            // A short history gets by with a short block.
            let first = self.blocks.is_empty();
            self.blocks
                .push(Vec::with_capacity(if first { 0 } else { BLOCK }));
        }
        let last = self.blocks.len() - 1;
        &mut self.blocks[last]
    }
}

impl<T> Index<usize> for Blocks<T> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        &self.blocks[index / BLOCK][index % BLOCK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_a_vector_holds() {
        let mut blocks = Blocks::default();
        assert_eq!((blocks.len(), blocks.get(0)), (0, None));
        for value in 0..=2 * BLOCK {
            blocks.push(value);
            assert_eq!(blocks.len(), value + 1);
            assert_eq!(blocks.get(value), Some(&value));
            assert_eq!(blocks.get(value + 1), None);
        }
        assert_eq!(blocks[BLOCK], BLOCK);
    }
}
