use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// Ports below those that systems lend to outgoing connections (Linux starts at 32768, others
/// higher). A port from above could be taken by any client while a killed runtime is away, even by
/// the one that dials it: TCP then connects the client to itself.
const FIRST: u16 = 10_240;
const COUNT: u16 = 22_000;

/// A loopback address that nothing listens on.
pub(crate) fn free_address() -> io::Result<SocketAddr> {
    let mut refusal = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..100 {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, random_port()));
        match TcpListener::bind(address) {
            Ok(_) => return Ok(address),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

// Random rather than counted: several test programs choose at the same time.
fn random_port() -> u16 {
    let random = RandomState::new().build_hasher().finish();
    FIRST + u16::try_from(random % u64::from(COUNT)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_can_be_bound_and_is_not_lent_to_clients() {
        for _ in 0..20 {
            let address = free_address().unwrap();
            assert!((FIRST..FIRST + COUNT).contains(&address.port()));
            TcpListener::bind(address).unwrap();
        }
    }
}
