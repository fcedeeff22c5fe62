use crate::process::Launch;
use crate::runtime::blocking;
use crate::{Certificates, Error, JwtIssuer, Runtime, StaticToken, port, runtime_binary};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Rate limits that no test reaches by accident. The runtime's own are 60 and 600 a minute.
const UNLIMITED: u32 = 100_000_000;
/// How long a start may take before it fails. Generous: a loaded machine is not a failed test.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How often another port is tried when one is taken between its choice and its use.
const PORT_ATTEMPTS: usize = 5;

/// Settings of a [`Runtime`]. Made by [`Runtime::builder`].
///
/// Unless told otherwise the runtime keeps everything in memory, speaks plaintext, takes any token
/// for the name of its sender, never limits rates, looks for expired sessions every second and
/// drains for at most one second when it is terminated.
#[derive(Clone)]
#[must_use = "nothing runs until `start` is awaited"]
pub struct RuntimeBuilder {
    binary: Option<PathBuf>,
    address: Option<SocketAddr>,
    storage: Storage,
    tokens: Vec<StaticToken>,
    jwt: Option<JwtIssuer>,
    certificates: Option<Certificates>,
    environment: BTreeMap<String, String>,
}

#[derive(Clone)]
enum Storage {
    Memory,
    OwnFolder,
    Folder(PathBuf),
}

impl RuntimeBuilder {
    pub(crate) fn new() -> Self {
        Self {
            binary: None,
            address: None,
            storage: Storage::Memory,
            tokens: Vec::new(),
            jwt: None,
            certificates: None,
            environment: BTreeMap::new(),
        }
    }

    /// Adds a token and its sender. With any token or JWT issuer, only what is known is let in:
    /// there are no dev identities any more.
    pub fn token(mut self, token: StaticToken) -> Self {
        self.tokens.push(token);
        self
    }

    /// Lets in the bearers of JWTs that this issuer signed.
    pub fn jwt(mut self, issuer: &JwtIssuer) -> Self {
        self.jwt = Some(issuer.clone());
        self
    }

    /// Speaks TLS with these certificates.
    pub fn tls(mut self, certificates: &Certificates) -> Self {
        self.certificates = Some(certificates.clone());
        self
    }

    /// Keeps sessions in files, in a folder that lives as long as the [`Runtime`]. They survive
    /// [`kill`](Runtime::kill) and [`restart`](Runtime::restart).
    pub fn file_storage(mut self) -> Self {
        self.storage = Storage::OwnFolder;
        self
    }

    /// Keeps sessions in files in this folder, which is left as it is in the end.
    pub fn file_storage_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.storage = Storage::Folder(folder.into());
        self
    }

    /// Keeps sessions in memory. This is the default.
    pub fn memory_storage(mut self) -> Self {
        self.storage = Storage::Memory;
        self
    }

    /// What one sender may do in a minute: start sessions, and send messages. Both at least 1, or
    /// the runtime refuses to start.
    pub fn rate_limits(self, session_starts: u32, messages: u32) -> Self {
        self.env("MACP_SESSION_START_LIMIT_PER_MINUTE", session_starts)
            .env("MACP_MESSAGE_LIMIT_PER_MINUTE", messages)
    }

    /// Which lines it logs, as in `RUST_LOG`. The default is `info`.
    pub fn log_filter(self, filter: impl fmt::Display) -> Self {
        self.env("RUST_LOG", filter)
    }

    /// Sets a variable of its environment. It wins over every other setting.
    pub fn env(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.environment.insert(name.into(), value.to_string());
        self
    }

    /// Runs this binary instead of the installed one or the one that `MACP_RUNTIME_BIN` names.
    pub fn binary(mut self, path: impl Into<PathBuf>) -> Self {
        self.binary = Some(path.into());
        self
    }

    /// Listens here instead of on a free loopback port.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Starts the runtime and waits until it answers. When the future is dropped, the runtime is
    /// killed.
    ///
    /// # Errors
    ///
    /// [`Error::NotInstalled`], or [`Error::Exited`] and [`Error::NoAnswer`] with the end of the
    /// runtime's log.
    pub async fn start(self) -> Result<Runtime, Error> {
        blocking(move || self.launch()).await
    }

    fn launch(self) -> Result<Runtime, Error> {
        let folder = tempfile::Builder::new()
            .prefix("macp-runtime-")
            .tempdir()
            .map_err(Error::io("making a folder for the runtime"))?;
        let binary = match &self.binary {
            Some(path) => path.clone(),
            None => runtime_binary()?,
        };
        let environment = self.environment_in(folder.path())?;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let launch = Launch {
                binary: binary.clone(),
                environment: environment.clone(),
                address: match self.address {
                    Some(address) => address,
                    None => port::free_address().map_err(Error::io("finding a free port"))?,
                },
                tls: self.certificates.is_some(),
                log: folder.path().join("log"),
                within: START_TIMEOUT,
            };
            match launch.run() {
                Ok(process) => {
                    return Ok(Runtime::new(launch, process, self.certificates, folder));
                }
                // A port that was free a moment ago; another one is.
                Err(Error::AddressTaken { .. })
                    if self.address.is_none() && attempts < PORT_ATTEMPTS => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// All variables to set, with the files that they point to written to `folder`.
    fn environment_in(&self, folder: &Path) -> Result<BTreeMap<String, String>, Error> {
        let mut variables = Variables::default();
        // Dev identities need it, and so does plaintext; certificates and tokens win over it.
        variables.set("MACP_ALLOW_INSECURE", 1);
        variables.set("MACP_SESSION_START_LIMIT_PER_MINUTE", UNLIMITED);
        variables.set("MACP_MESSAGE_LIMIT_PER_MINUTE", UNLIMITED);
        variables.set("MACP_CLEANUP_INTERVAL_SECS", 1);
        variables.set("MACP_SHUTDOWN_DRAIN_SECS", 1);
        variables.set("RUST_LOG", "info");
        variables.set("NO_COLOR", 1);
        match &self.storage {
            Storage::Memory => variables.set("MACP_MEMORY_ONLY", 1),
            Storage::OwnFolder => {
                variables.set("MACP_DATA_DIR", folder.join("data").display());
            }
            Storage::Folder(data) => variables.set("MACP_DATA_DIR", data.display()),
        }
        if !self.tokens.is_empty() {
            variables.set("MACP_AUTH_TOKENS_JSON", json!(self.tokens));
        }
        if let Some(issuer) = &self.jwt {
            variables.set("MACP_AUTH_ISSUER", issuer.name());
            variables.set("MACP_AUTH_JWKS_JSON", issuer.jwks());
        }
        if let Some(certificates) = &self.certificates {
            for (name, file, pem) in [
                (
                    "MACP_TLS_CERT_PATH",
                    "server.pem",
                    certificates.server_pem(),
                ),
                (
                    "MACP_TLS_KEY_PATH",
                    "server.key",
                    certificates.server_key_pem(),
                ),
            ] {
                let path = folder.join(file);
                std::fs::write(&path, pem).map_err(Error::io("writing certificates"))?;
                variables.set(name, path.display());
            }
        }
        variables.0.extend(self.environment.clone());
        Ok(variables.0)
    }
}

#[derive(Default)]
struct Variables(BTreeMap<String, String>);

impl Variables {
    fn set(&mut self, name: &str, value: impl fmt::Display) {
        self.0.insert(name.to_owned(), value.to_string());
    }
}

// Tokens, keys and the environment are secrets.
impl fmt::Debug for RuntimeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeBuilder")
            .field("binary", &self.binary)
            .field("address", &self.address)
            .field("tls", &self.certificates.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(builder: &RuntimeBuilder) -> BTreeMap<String, String> {
        builder.environment_in(Path::new("/nowhere")).unwrap()
    }

    #[test]
    fn by_default_in_memory_and_open_to_all() {
        let variables = environment(&RuntimeBuilder::new());
        assert_eq!(variables["MACP_MEMORY_ONLY"], "1");
        assert_eq!(variables["MACP_ALLOW_INSECURE"], "1");
        assert!(!variables.contains_key("MACP_AUTH_TOKENS_JSON"));
        assert!(!variables.contains_key("MACP_DATA_DIR"));
    }

    #[test]
    fn what_the_test_sets_wins() {
        let variables = environment(
            &RuntimeBuilder::new()
                .rate_limits(3, 7)
                .log_filter("debug")
                .env("MACP_SHUTDOWN_DRAIN_SECS", 9),
        );
        assert_eq!(variables["MACP_SESSION_START_LIMIT_PER_MINUTE"], "3");
        assert_eq!(variables["MACP_MESSAGE_LIMIT_PER_MINUTE"], "7");
        assert_eq!(variables["MACP_SHUTDOWN_DRAIN_SECS"], "9");
        assert_eq!(variables["RUST_LOG"], "debug");
    }

    #[test]
    fn the_last_storage_counts() {
        let builder = RuntimeBuilder::new().file_storage_in("/data");
        assert_eq!(environment(&builder)["MACP_DATA_DIR"], "/data");
        assert!(!environment(&builder).contains_key("MACP_MEMORY_ONLY"));
        let builder = builder.file_storage();
        assert_eq!(environment(&builder)["MACP_DATA_DIR"], "/nowhere/data");
        let builder = builder.memory_storage();
        assert!(!environment(&builder).contains_key("MACP_DATA_DIR"));
    }

    #[test]
    fn secrets_stay_out_of_debug() {
        let builder = RuntimeBuilder::new()
            .token(StaticToken::new("marker-secret", "alice"))
            .env("MACP_RECEIPT_SIGNING_KEY", "marker-secret");
        assert!(!format!("{builder:?}").contains("marker-secret"));
    }
}
