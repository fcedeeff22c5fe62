//! The generated code, one module a protobuf package. `cargo xtask codegen` writes it.

#![allow(clippy::pedantic, unused_qualifications)]

/// Core messages and the service (protobuf package `macp.v1`).
pub mod v1 {
    include!("generated/macp.v1.rs");
}

/// The payloads of each mode (protobuf packages `macp.modes.<mode>.v1`).
pub mod modes {
    /// Payloads of [`Mode::Decision`](crate::Mode::Decision).
    pub mod decision {
        include!("generated/macp.modes.decision.v1.rs");
    }
    /// Payloads of [`Mode::Proposal`](crate::Mode::Proposal).
    pub mod proposal {
        include!("generated/macp.modes.proposal.v1.rs");
    }
    /// Payloads of [`Mode::Task`](crate::Mode::Task).
    pub mod task {
        include!("generated/macp.modes.task.v1.rs");
    }
    /// Payloads of [`Mode::Handoff`](crate::Mode::Handoff).
    pub mod handoff {
        include!("generated/macp.modes.handoff.v1.rs");
    }
    /// Payloads of [`Mode::Quorum`](crate::Mode::Quorum).
    pub mod quorum {
        include!("generated/macp.modes.quorum.v1.rs");
    }
    /// Payloads of [`Mode::MultiRound`](crate::Mode::MultiRound).
    pub mod multi_round {
        include!("generated/macp.modes.multi_round.v1.rs");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_generated_file_is_included() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/generated");
        let this = include_str!("generated.rs");
        for file in std::fs::read_dir(folder).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let include = format!("include!(\"generated/{name}\")");
            assert!(this.contains(&include), "{name} needs a module");
        }
    }
}
