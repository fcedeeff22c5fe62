use super::Direction;
use std::num::NonZeroU32;
use std::time::Duration;

/// What the network does. What happens once is a counter: a connection compares it with what it
/// was when the connection began.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State {
    pub(super) drop_new: bool,
    pub(super) cuts: usize,
    to_server: Flow,
    to_client: Flow,
}

/// What happens to the bytes of one direction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flow {
    pub(super) delay: Duration,
    pub(super) bytes_per_second: Option<NonZeroU32>,
    pub(super) black_hole: bool,
    pub(super) half_closes: usize,
}

impl State {
    pub(super) fn flow(&self, direction: Direction) -> &Flow {
        match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        }
    }

    pub(super) fn flow_mut(&mut self, direction: Direction) -> &mut Flow {
        match direction {
            Direction::ToServer => &mut self.to_server,
            Direction::ToClient => &mut self.to_client,
        }
    }

    /// Ends what lasts; what happened once is over anyway.
    pub(super) fn heal(&mut self) {
        self.drop_new = false;
        for direction in Direction::BOTH {
            let flow = self.flow_mut(direction);
            *flow = Flow {
                half_closes: flow.half_closes,
                ..Flow::default()
            };
        }
    }
}
