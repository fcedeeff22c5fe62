use super::about;
use super::fields::Fields;
use macp_proto::InvalidValue;
use macp_transport::Credentials;
use std::fmt;

/// Where to listen for a request to stop.
///
/// | key of `cancel_callback` | meaning |
/// |---|---|
/// | `host` | the host to listen on |
/// | `port` | the port; 0 for any free one |
/// | `path` | the path to post to; a leading `/` is added |
/// | `bearer_token` | the secret that a request must carry; this SDK's own addition |
///
/// All of the first three are needed. A file that lacks one has no cancel callback.
#[derive(Clone)]
#[non_exhaustive]
pub struct CancelEndpoint {
    /// The host to listen on.
    pub host: String,
    /// The port; 0 for any free one.
    pub port: u16,
    /// The path to post to, with its leading `/`.
    pub path: String,
    pub(crate) bearer_token: Option<String>,
}

impl CancelEndpoint {
    /// An endpoint that asks for no secret.
    pub fn new(host: impl Into<String>, port: u16, path: impl Into<String>) -> Self {
        let mut path = path.into();
        if !path.starts_with('/') {
            path.insert(0, '/');
        }
        Self {
            host: host.into(),
            port,
            path,
            bearer_token: None,
        }
    }

    /// Answers only to requests with the header `Authorization: Bearer TOKEN`.
    ///
    /// # Errors
    ///
    /// The token must not be empty and must be visible ASCII.
    pub fn bearer_token(mut self, token: impl Into<String>) -> Result<Self, InvalidValue> {
        let token = token.into();
        // What a client can send is what can be asked of it.
        Credentials::bearer(&token).map_err(about("bearer_token"))?;
        self.bearer_token = Some(token);
        Ok(self)
    }

    pub(super) fn read(file: &Fields<'_>) -> Result<Option<Self>, InvalidValue> {
        let Some(fields) = file.object("cancel_callback")? else {
            return Ok(None);
        };
        let not_empty = |text: &&str| !text.is_empty();
        let host = fields.text("host")?.filter(not_empty);
        let port = fields.count("port")?;
        let path = fields.text("path")?.filter(not_empty);
        let token = fields.text("bearer_token")?;
        let (Some(host), Some(port), Some(path)) = (host, port, path) else {
            tracing::warn!("cancel_callback is ignored: it needs host, port and path");
            return Ok(None);
        };
        let Ok(port) = u16::try_from(port) else {
            return Err(InvalidValue::new(
                fields.path("port"),
                format_args!("is {port}"),
                "must be from 0 to 65535",
            ));
        };
        let endpoint = Self::new(host, port, path);
        match token {
            None => Ok(Some(endpoint)),
            Some(token) => endpoint
                .bearer_token(token)
                .map(Some)
                .map_err(about(fields.path("bearer_token"))),
        }
    }
}

impl fmt::Debug for CancelEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelEndpoint")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("path", &self.path)
            .field("has_bearer_token", &self.bearer_token.is_some())
            .finish()
    }
}
