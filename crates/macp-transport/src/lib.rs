//! Client of the MACP runtime: endpoint, TLS, credentials, every RPC, typed errors.
