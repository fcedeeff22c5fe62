//! Bootstrap files: what one participant of one session needs to start, as JSON.
//!
//! The same file starts an agent of any of the ecosystem's SDKs. [`Bootstrap::load`] reads it from
//! a path, or from the path in the environment variable [`PATH_VARIABLE`]. Keys that are not listed
//! here are ignored, and `null` is as good as a missing key.
//!
//! | key | meaning | default |
//! |---|---|---|
//! | `participant_id`, `session_id`, `mode` | who takes part in what | required |
//! | `runtime_url`, or else `runtime_address` | where the runtime listens | one is required |
//! | `secure` | use TLS | true |
//! | `allow_insecure` | consent to `secure` being false | false |
//! | `auth_token`, or else `auth.bearer_token` | a bearer token | |
//! | `auth.expected_sender` | whom `auth.bearer_token` speaks for | `participant_id` |
//! | `agent_id`, or else `auth.agent_id` | without a token, the development identity | `participant_id` |
//! | `participants` | the roster; anything but a list is ignored | nobody |
//! | `mode_version`, `configuration_version` | versions of a session to start | the SDK's |
//! | `policy_version` | policy of a session to start | `policy.default` |
//! | `initiator` | start the session: see [`SessionToStart`] and [`Kickoff`] | somebody else does |
//! | `cancel_callback` | where to listen for a stop: see [`CancelEndpoint`] | nowhere |

mod cancel_endpoint;
mod error;
mod fields;
mod initiator;
mod kickoff;

pub use cancel_endpoint::CancelEndpoint;
pub use error::BootstrapError;
pub use initiator::{Initiator, Root, SessionToStart};
pub use kickoff::Kickoff;

use fields::Fields;
use macp_proto::{DEFAULT_POLICY_VERSION, InvalidValue, Mode, SessionId};
use macp_transport::{Client, ClientBuilder, Credentials};
use serde_json::Value;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// The environment variable that names the bootstrap file when the program was given no path.
pub const PATH_VARIABLE: &str = "MACP_BOOTSTRAP_FILE";

/// What one participant of one session needs to start: the contents of a bootstrap file.
///
/// Its secrets do not show in `Debug`.
///
/// ```
/// use macp_agent::Bootstrap;
///
/// let bootstrap = Bootstrap::from_json(
///     r#"{
///         "participant_id": "alice",
///         "session_id": "release-2026-11-approval",
///         "mode": "macp.mode.decision.v1",
///         "runtime_url": "https://runtime.internal:50051",
///         "auth_token": "a-token-from-the-operator"
///     }"#,
/// )?;
/// assert_eq!(bootstrap.credentials.sender(), Some("alice"));
/// assert!(bootstrap.initiator.is_none());
/// # Ok::<(), macp_agent::BootstrapError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Bootstrap {
    /// Who this participant is.
    pub participant_id: String,
    /// The session it takes part in.
    pub session_id: SessionId,
    /// The session's mode.
    pub mode: Mode,
    /// Where the runtime listens: `https://host:port`, `http://host:port` or `host:port`.
    pub endpoint: String,
    /// Whether to connect with TLS.
    pub secure: bool,
    /// Who speaks.
    pub credentials: Credentials,
    /// The roster as the file gives it; the session's own is what counts.
    pub participants: Vec<String>,
    /// The mode version of a session to start.
    pub mode_version: Option<String>,
    /// The configuration version of a session to start.
    pub configuration_version: Option<String>,
    /// The policy of a session to start.
    pub policy_version: String,
    /// The session to start; `None` when somebody else starts it.
    pub initiator: Option<Initiator>,
    /// Where to listen for a stop.
    pub cancel_callback: Option<CancelEndpoint>,
}

impl Bootstrap {
    /// Reads the file at `path`, or at the path in `MACP_BOOTSTRAP_FILE` when there is none.
    ///
    /// # Errors
    ///
    /// [`BootstrapError::NoPath`] when neither is given; otherwise those of
    /// [`from_path`](Self::from_path).
    pub fn load(path: Option<&Path>) -> Result<Self, BootstrapError> {
        Self::from_path(chosen(path, std::env::var_os(PATH_VARIABLE))?)
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    ///
    /// [`BootstrapError::Read`] for a file that cannot be read; otherwise those of
    /// [`from_json`](Self::from_json).
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, BootstrapError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|source| BootstrapError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::from_json(&text)
    }

    /// Reads a file's contents.
    ///
    /// # Errors
    ///
    /// [`BootstrapError::Json`] for a text that is not JSON, [`BootstrapError::Invalid`], which
    /// names the key and the rule, for everything else.
    pub fn from_json(text: &str) -> Result<Self, BootstrapError> {
        let value: Value = serde_json::from_str(text).map_err(BootstrapError::json)?;
        Ok(Self::read(&Fields::top(&value)?)?)
    }

    fn read(file: &Fields<'_>) -> Result<Self, InvalidValue> {
        let participant_id = file.required("participant_id")?;
        let session_id = file.required("session_id")?;
        let session_id = SessionId::new(session_id).map_err(about("session_id"))?;
        let mode = Mode::from(file.required("mode")?);
        let participants = file.texts("participants")?;
        let mode_version = file.named("mode_version")?;
        let configuration_version = file.named("configuration_version")?;
        let policy_version = file
            .named("policy_version")?
            .unwrap_or_else(|| DEFAULT_POLICY_VERSION.to_owned());
        let mut bootstrap = Self {
            endpoint: endpoint(file)?,
            secure: secure(file)?,
            credentials: credentials(file, participant_id)?,
            initiator: None,
            cancel_callback: CancelEndpoint::read(file)?,
            participant_id: participant_id.to_owned(),
            session_id,
            mode,
            participants,
            mode_version,
            configuration_version,
            policy_version,
        };
        bootstrap.initiator = Initiator::read(file, &bootstrap)?;
        Ok(bootstrap)
    }

    /// A client with this file's endpoint, security and credentials, to be adjusted and connected.
    pub fn client(&self) -> ClientBuilder {
        let builder = Client::builder(&self.endpoint).credentials(self.credentials.clone());
        if self.secure {
            builder
        } else {
            builder.allow_insecure()
        }
    }
}

fn chosen(path: Option<&Path>, variable: Option<OsString>) -> Result<PathBuf, BootstrapError> {
    path.map(Path::to_owned)
        .or_else(|| variable.filter(|path| !path.is_empty()).map(PathBuf::from))
        .ok_or(BootstrapError::NoPath)
}

fn endpoint(file: &Fields<'_>) -> Result<String, InvalidValue> {
    let (key, endpoint) = match file.text("runtime_url")? {
        Some(url) => ("runtime_url", url),
        None => match file.text("runtime_address")? {
            Some(address) => ("runtime_address", address),
            None => {
                return Err(InvalidValue::new(
                    "runtime_url",
                    "is missing, and so is runtime_address",
                    "one of them must be given",
                ));
            }
        },
    };
    InvalidValue::if_blank(key, endpoint)?;
    // Kept out of here, a password cannot show in `Debug`.
    if endpoint.contains('@') {
        return Err(InvalidValue::new(
            key,
            "contains '@'",
            "user and password have no place in it",
        ));
    }
    Ok(endpoint.to_owned())
}

fn secure(file: &Fields<'_>) -> Result<bool, InvalidValue> {
    let secure = file.flag("secure")?.unwrap_or(true);
    if !secure && !file.flag("allow_insecure")?.unwrap_or(false) {
        return Err(InvalidValue::new(
            "secure",
            "is false",
            "needs allow_insecure to be true: credentials would travel in the clear",
        ));
    }
    Ok(secure)
}

fn credentials(file: &Fields<'_>, participant_id: &str) -> Result<Credentials, InvalidValue> {
    if let Some(token) = file.text("auth_token")? {
        let credentials = Credentials::bearer(token).map_err(about("auth_token"))?;
        return Ok(credentials.expect_sender(participant_id));
    }
    let auth = file.object("auth")?;
    let auth_text = |key| auth.as_ref().map_or(Ok(None), |auth| auth.text(key));
    if let Some(token) = auth_text("bearer_token")? {
        let credentials = Credentials::bearer(token).map_err(about("auth.bearer_token"))?;
        let expected = auth_text("expected_sender")?.unwrap_or(participant_id);
        InvalidValue::if_blank("auth.expected_sender", expected)?;
        return Ok(credentials.expect_sender(expected));
    }
    let (key, agent_id) = match file.text("agent_id")? {
        Some(agent_id) => ("agent_id", agent_id),
        None => match auth_text("agent_id")? {
            Some(agent_id) => ("auth.agent_id", agent_id),
            None => ("participant_id", participant_id),
        },
    };
    // A development identity is its own token, so it has to be one.
    Credentials::bearer(agent_id).map_err(about(key))?;
    Ok(Credentials::dev_agent(agent_id).expect_sender(participant_id))
}

/// The same refusal, about the key of the file.
fn about<K: Display>(key: K) -> impl FnOnce(InvalidValue) -> InvalidValue {
    move |error| InvalidValue::new(key.to_string(), error.problem(), error.rule().to_owned())
}

#[cfg(test)]
mod tests;
