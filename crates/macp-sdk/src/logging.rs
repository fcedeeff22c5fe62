//! A `tracing` subscriber for programs.
//!
//! The SDK's libraries only emit spans and events. A program that has no subscriber of its own sets
//! one up here: to standard error, as text or JSON, filtered by the environment.
//!
//! | variable | meaning |
//! |---|---|
//! | `MACP_LOG`, else `RUST_LOG` | the filter, such as `info,macp_transport=debug`; `info` unless set |
//! | `MACP_LOG_FORMAT` | `text` (the default) or `json` |
//!
//! ```
//! macp_sdk::logging::init()?;
//! tracing::info!("ready");
//! # Ok::<(), macp_sdk::logging::LoggingError>(())
//! ```

use std::io::IsTerminal as _;
use tracing_subscriber::filter::{EnvFilter, ParseError};
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

const FILTER_VARIABLES: [&str; 2] = ["MACP_LOG", "RUST_LOG"];
const FORMAT_VARIABLE: &str = "MACP_LOG_FORMAT";
const DEFAULT_FILTER: &str = "info";

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// A line of text an event, in colour on a terminal.
    #[default]
    Text,
    /// A JSON object an event.
    Json,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoggingError {
    /// The filter does not parse.
    #[error("{variable}: {filter:?} is not a log filter")]
    Filter {
        /// The variable it came from.
        variable: &'static str,
        /// The filter's text.
        filter: String,
        /// What the parser found.
        source: ParseError,
    },
    /// The format is none that is known.
    #[error("{FORMAT_VARIABLE}: {0:?} is not a log format; must be `text` or `json`")]
    Format(String),
    /// The program has a subscriber already.
    #[error("a tracing subscriber is already set")]
    AlreadySet(#[from] TryInitError),
}

/// Sets up logging as the environment says.
///
/// # Errors
///
/// When a variable does not parse, or when the program has a subscriber already.
pub fn init() -> Result<(), LoggingError> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    init_with(filter(variable)?, format(variable)?)
}

fn init_with(filter: EnvFilter, format: Format) -> Result<(), LoggingError> {
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours);
    match format {
        Format::Text => subscriber.finish().try_init()?,
        Format::Json => subscriber.json().finish().try_init()?,
    }
    Ok(())
}

fn filter(variable: impl Fn(&str) -> Option<String>) -> Result<EnvFilter, LoggingError> {
    for name in FILTER_VARIABLES {
        if let Some(filter) = variable(name) {
            return EnvFilter::builder()
                .parse(&filter)
                .map_err(|source| LoggingError::Filter {
                    variable: name,
                    filter,
                    source,
                });
        }
    }
    Ok(EnvFilter::new(DEFAULT_FILTER))
}

fn format(variable: impl Fn(&str) -> Option<String>) -> Result<Format, LoggingError> {
    match variable(FORMAT_VARIABLE).as_deref() {
        None | Some("text") => Ok(Format::Text),
        Some("json") => Ok(Format::Json),
        Some(other) => Err(LoggingError::Format(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only<'a>(name: &'a str, value: &'a str) -> impl Fn(&str) -> Option<String> + 'a {
        move |asked| (asked == name).then(|| value.to_owned())
    }

    #[test]
    fn the_filter_comes_from_the_first_variable_that_is_set() {
        assert_eq!(filter(|_| None).unwrap().to_string(), "info");
        assert_eq!(
            filter(only("RUST_LOG", "warn")).unwrap().to_string(),
            "warn"
        );
        let both =
            |asked: &str| Some(if asked == "MACP_LOG" { "debug" } else { "warn" }.to_owned());
        assert_eq!(filter(both).unwrap().to_string(), "debug");
    }

    #[test]
    fn a_bad_filter_or_format_names_its_variable() {
        let error = filter(only("MACP_LOG", "a=b=c")).unwrap_err();
        assert_eq!(error.to_string(), "MACP_LOG: \"a=b=c\" is not a log filter");
        let error = format(only("MACP_LOG_FORMAT", "xml")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "MACP_LOG_FORMAT: \"xml\" is not a log format; must be `text` or `json`"
        );
        assert_eq!(
            format(only("MACP_LOG_FORMAT", "json")).unwrap(),
            Format::Json
        );
    }
}
