//! The project's own tasks.
fn main() {
    let out = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/macp-proto/src/generated");
    let fds = protox::compile(
        ["macp/v1/core.proto","macp/modes/decision/v1/decision.proto","macp/modes/proposal/v1/proposal.proto","macp/modes/task/v1/task.proto","macp/modes/handoff/v1/handoff.proto","macp/modes/quorum/v1/quorum.proto","macp/modes/multi_round/v1/multi_round.proto"],
        [std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto")]).unwrap();
    let mut config = prost_build::Config::new();
    config.bytes(["."]).btree_map(["."]).out_dir(&out);
    tonic_prost_build::configure()
        .build_client(true).build_server(true)
        .client_mod_attribute(".", "#[cfg(feature = \"client\")]")
        .server_mod_attribute(".", "#[cfg(feature = \"server\")]")
        .build_transport(false)
        .out_dir(&out)
        .compile_fds_with_config(fds, config).unwrap();
}
