//! A client as the environment describes it.

use crate::builder::ClientBuilder;
use crate::client::Client;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::tls::{Identity, Tls};
use macp_proto::InvalidValue;

const CERT: &str = "MACP_TLS_CLIENT_CERT_PATH";
const KEY: &str = "MACP_TLS_CLIENT_KEY_PATH";

impl Client {
    /// Connects as the environment says: [`ClientBuilder::from_env`].
    pub async fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.connect().await
    }
}

impl ClientBuilder {
    /// Reads the settings from the environment variables that programs of this protocol share.
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `MACP_RUNTIME_TARGET` | the endpoint, required: `host:port` or a URL |
    /// | `MACP_ALLOW_INSECURE` | `1` or `true` admits plaintext |
    /// | `MACP_AUTH_TOKEN` | a bearer token |
    /// | `MACP_AGENT_ID` | the sender that is expected of the token; without a token, the development agent to be |
    /// | `MACP_TLS_CA_PATH` | PEM file of a private CA |
    /// | `MACP_TLS_CLIENT_CERT_PATH`, `MACP_TLS_CLIENT_KEY_PATH` | PEM files of our certificate and key, both or neither |
    /// | `MACP_TLS_SERVER_NAME` | the name that the server's certificate must be for |
    ///
    /// An empty variable counts as unset.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] that names the variable, [`Error::Tls`] for unusable PEM.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&'static str) -> Option<String>) -> Result<Self, Error> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let Some(target) = set("MACP_RUNTIME_TARGET") else {
            return Err(missing("MACP_RUNTIME_TARGET", "must name the endpoint").into());
        };
        let mut builder = Client::builder(target);
        let insecure = set("MACP_ALLOW_INSECURE");
        match insecure.as_deref() {
            Some("1" | "true") => builder = builder.allow_insecure(),
            None | Some("0" | "false") => {}
            Some(other) => {
                return Err(InvalidValue::new(
                    "MACP_ALLOW_INSECURE",
                    format!("is {other:?}"),
                    "must be 1, true, 0 or false",
                )
                .into());
            }
        }
        match (set("MACP_AUTH_TOKEN"), set("MACP_AGENT_ID")) {
            (Some(token), agent) => {
                let credentials = Credentials::bearer(token).map_err(|e| {
                    InvalidValue::new("MACP_AUTH_TOKEN", e.problem(), e.rule().to_owned())
                })?;
                builder = builder.credentials(match agent {
                    Some(agent) => credentials.expect_sender(agent),
                    None => credentials,
                });
            }
            (None, Some(agent)) => builder = builder.credentials(Credentials::dev_agent(agent)),
            (None, None) => {}
        }
        let mut tls = match set("MACP_TLS_CA_PATH") {
            Some(path) => Tls::private_ca(read("MACP_TLS_CA_PATH", &path)?)?,
            None => Tls::default(),
        };
        match (set(CERT), set(KEY)) {
            (Some(certificate), Some(key)) => {
                tls = tls.identity(Identity::from_pem(
                    read(CERT, &certificate)?,
                    read(KEY, &key)?,
                )?);
            }
            (Some(_), None) => return Err(missing(KEY, "goes with the client certificate").into()),
            (None, Some(_)) => return Err(missing(CERT, "goes with the client key").into()),
            (None, None) => {}
        }
        if let Some(name) = set("MACP_TLS_SERVER_NAME") {
            tls = tls.server_name(name);
        }
        Ok(builder.tls(tls))
    }
}

fn missing(variable: &'static str, rule: &'static str) -> InvalidValue {
    InvalidValue::new(variable, "is not set", rule)
}

fn read(variable: &'static str, path: &str) -> Result<Vec<u8>, InvalidValue> {
    std::fs::read(path).map_err(|error| {
        InvalidValue::new(
            variable,
            format!("names {path:?}, which cannot be read: {error}"),
            "must name a PEM file",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<ClientBuilder, Error> {
        ClientBuilder::from_variables(|name| {
            let (_, value) = variables.iter().find(|(set, _)| *set == name)?;
            Some((*value).to_owned())
        })
    }

    fn field(error: &Error) -> &str {
        match error {
            Error::InvalidValue(error) => error.field(),
            other => panic!("{other}"),
        }
    }

    const TARGET: (&str, &str) = ("MACP_RUNTIME_TARGET", "127.0.0.1:1");

    #[test]
    fn a_token_an_agent_or_both() {
        let shown = |variables: &[(&str, &str)]| format!("{:?}", with(variables).unwrap());
        let both = shown(&[
            TARGET,
            ("MACP_AUTH_TOKEN", "marker-secret"),
            ("MACP_AGENT_ID", "alice"),
        ]);
        assert!(both.contains(r#"expected: Some("alice")"#), "{both}");
        assert!(!both.contains("marker-secret"));
        let token = shown(&[TARGET, ("MACP_AUTH_TOKEN", "t"), ("MACP_AGENT_ID", "")]);
        assert!(token.contains("expected: None"), "{token}");
        let agent = shown(&[
            TARGET,
            ("MACP_AGENT_ID", "alice"),
            ("MACP_ALLOW_INSECURE", "1"),
        ]);
        assert!(agent.contains(r#"sender: Some("alice")"#), "{agent}");
        assert!(agent.contains("insecure: true"));
    }

    #[test]
    fn errors_name_the_variable() {
        for (variables, expected) in [
            (&[][..], "MACP_RUNTIME_TARGET"),
            (
                &[TARGET, ("MACP_ALLOW_INSECURE", "yes please")],
                "MACP_ALLOW_INSECURE",
            ),
            (&[TARGET, ("MACP_AUTH_TOKEN", "a b")], "MACP_AUTH_TOKEN"),
            (
                &[TARGET, ("MACP_TLS_CA_PATH", "/nowhere/ca.pem")],
                "MACP_TLS_CA_PATH",
            ),
            (
                &[TARGET, ("MACP_TLS_CLIENT_CERT_PATH", "x")],
                "MACP_TLS_CLIENT_KEY_PATH",
            ),
            (
                &[TARGET, ("MACP_TLS_CLIENT_KEY_PATH", "x")],
                "MACP_TLS_CLIENT_CERT_PATH",
            ),
        ] {
            assert_eq!(field(&with(variables).unwrap_err()), expected);
        }
    }
}
