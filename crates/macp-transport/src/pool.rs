//! The connections of one client.
//!
//! Unary calls have a connection of their own. Streams live on others, because what they share
//! would otherwise hold calls up: the runtime admits only so many streams a connection, and a
//! consumer that doesn't read fills the connection's flow-control window for everybody on it.

use crate::channel::{Connector, HttpService};
use crate::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

/// How many streams a connection carries, and how many such connections there may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamLimits {
    pub(crate) per_connection: usize,
    pub(crate) connections: usize,
}

pub(crate) struct Pool {
    calls: HttpService,
    connector: Connector,
    limits: StreamLimits,
    slots: Mutex<Vec<Slot>>,
}

struct Slot {
    service: HttpService,
    open: usize,
    /// Tells slots apart whatever their place: others come and go.
    id: u64,
}

impl Pool {
    pub(crate) fn new(calls: HttpService, connector: Connector, limits: StreamLimits) -> Self {
        Self {
            calls,
            connector,
            limits,
            slots: Mutex::default(),
        }
    }

    /// The connection for unary calls.
    pub(crate) fn calls(&self) -> HttpService {
        self.calls.clone()
    }

    /// A place for one stream: on the fullest connection with room, so that the others run empty
    /// and close, or on a new one.
    pub(crate) fn lease(self: &Arc<Self>) -> Result<(HttpService, Lease), Error> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let with_room = (0..slots.len())
            .filter(|&at| slots[at].open < self.limits.per_connection)
            .max_by_key(|&at| slots[at].open);
        let at = match with_room {
            Some(at) => at,
            None if slots.len() < self.limits.connections => {
                let id = slots.last().map_or(0, |slot| slot.id + 1);
                slots.push(Slot {
                    service: self.connector.connect_lazy(),
                    open: 0,
                    id,
                });
                slots.len() - 1
            }
            None => {
                return Err(Error::TooManyStreams {
                    limit: self.limits.per_connection * self.limits.connections,
                });
            }
        };
        let slot = &mut slots[at];
        slot.open += 1;
        let lease = Lease {
            pool: self.clone(),
            slot: slot.id,
        };
        Ok((slot.service.clone(), lease))
    }

    fn release(&self, id: u64) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = slots.iter().position(|slot| slot.id == id) else {
            return;
        };
        slots[at].open -= 1;
        // One empty connection is kept: whoever opens streams one after the other needs it again.
        if slots[at].open == 0 && slots.len() > 1 {
            slots.remove(at);
        }
    }

    /// How many connections for streams there are.
    #[cfg(test)]
    fn stream_connections(&self) -> usize {
        self.slots
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}

/// A stream's place on a connection, given back when dropped.
pub(crate) struct Lease {
    pool: Arc<Pool>,
    slot: u64,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.release(self.slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::ConnectionSettings;
    use crate::endpoint::Endpoint;
    use crate::tls::Tls;
    use std::time::Duration;

    fn pool(per_connection: usize, connections: usize) -> Arc<Pool> {
        let settings = ConnectionSettings {
            connect_timeout: Duration::from_secs(1),
            keep_alive_interval: Duration::from_secs(1),
            keep_alive_timeout: Duration::from_secs(1),
        };
        let endpoint = Endpoint::parse("http://127.0.0.1:9", true).unwrap();
        let connector = Connector::new(&endpoint, &Tls::default(), &settings, Vec::new()).unwrap();
        let limits = StreamLimits {
            per_connection,
            connections,
        };
        Arc::new(Pool::new(connector.connect_lazy(), connector, limits))
    }

    #[tokio::test]
    async fn it_grows_with_its_streams_and_shrinks_again() {
        let pool = pool(2, 3);
        let mut leases: Vec<_> = (0..6).map(|_| pool.lease().unwrap().1).collect();
        assert_eq!(pool.stream_connections(), 3);
        assert!(matches!(
            pool.lease(),
            Err(Error::TooManyStreams { limit: 6 })
        ));
        leases.truncate(3);
        assert_eq!(pool.stream_connections(), 2);
        leases.push(pool.lease().unwrap().1);
        assert_eq!(pool.stream_connections(), 2, "there was room for one more");
        leases.clear();
        assert_eq!(pool.stream_connections(), 1);
        leases.push(pool.lease().unwrap().1);
        assert_eq!(pool.stream_connections(), 1, "the last one was kept");
    }
}
