//! Generates the Rust code of a schema.

use super::Error;
use super::schema::{Schema, Sources};
use prost_build::Module;

const HEADER: &str =
    "// From `proto/`, by `cargo xtask codegen`: edit the schema, not this file.\n";

/// One Rust file a protobuf package, by file name.
pub(super) fn generate(schema: Schema) -> Result<Sources, Error> {
    let services = tonic_prost_build::configure()
        .client_mod_attribute(".", "#[cfg(feature = \"client\")]")
        .server_mod_attribute(".", "#[cfg(feature = \"server\")]")
        // Connections are made by `macp-transport`; a stub that makes them drags TLS in here.
        .build_transport(false)
        .service_generator();
    let mut config = prost_build::Config::new();
    config
        // Payloads are shared, not copied.
        .bytes(["."])
        // An ordered map makes encoding deterministic.
        .btree_map(["."])
        .service_generator(services);
    let files = schema.files.into_iter().map(|file| {
        let module = Module::from_protobuf_package_name(file.package());
        (module, file)
    });
    let modules = config.generate(files.collect()).map_err(Error::Generate)?;
    let modules = modules.into_iter();
    Ok(modules
        .map(|(module, code)| (module.to_file_name_or("_"), format!("{HEADER}{code}")))
        .collect())
}
