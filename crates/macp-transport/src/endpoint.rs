use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use macp_proto::InvalidValue;
use std::fmt;

const FIELD: &str = "endpoint";
const RULE: &str = "must be https://host:port, http://host:port or host:port";

/// Where the runtime listens. Checked, and without secrets.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    uri: Uri,
}

impl Endpoint {
    /// Reads `text`; a missing scheme is https, or http when `insecure`.
    pub(crate) fn parse(text: &str, insecure: bool) -> Result<Self, InvalidValue> {
        let refuse = |problem: &str| Err(InvalidValue::new(FIELD, problem, RULE));
        if text.trim().is_empty() {
            return refuse("is empty");
        }
        // From here on the text is not echoed before it is known to hold no password.
        if text.contains('@') {
            return refuse("contains '@': user and password have no place in it");
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text),
        };
        let scheme = match scheme.map(str::to_ascii_lowercase).as_deref() {
            Some("https") => Scheme::HTTPS,
            Some("http") => Scheme::HTTP,
            Some(other) => return refuse(&format!("{text:?} has the unknown scheme {other:?}")),
            None if insecure => Scheme::HTTP,
            None => Scheme::HTTPS,
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#']) {
            return refuse(&format!("{text:?} has a path, a query or a fragment"));
        }
        let Ok(authority) = authority.parse::<Authority>() else {
            return refuse(&format!("{text:?} has no valid host and port"));
        };
        if authority.host().is_empty() {
            return refuse(&format!("{text:?} has no host"));
        }
        match authority.port_u16() {
            Some(0) => return refuse(&format!("{text:?} has the port 0")),
            Some(_) => {}
            None => return refuse(&format!("{text:?} has no port from 1 to 65535")),
        }
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(scheme);
        parts.authority = Some(authority);
        parts.path_and_query = Some(PathAndQuery::from_static("/"));
        match Uri::from_parts(parts) {
            Ok(uri) => Ok(Self { uri }),
            Err(_) => refuse(&format!("{text:?} is not a URL")),
        }
    }

    pub(crate) fn is_plaintext(&self) -> bool {
        self.uri.scheme() != Some(&Scheme::HTTPS)
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Host and port.
    pub(crate) fn authority(&self) -> &str {
        self.uri.authority().map_or("", Authority::as_str)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.uri.scheme_str().unwrap_or_default();
        write!(f, "{scheme}://{}", self.authority())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_that_are_read() {
        for (text, insecure, read) in [
            (
                "https://runtime.example:443",
                false,
                "https://runtime.example:443",
            ),
            (
                "HTTPS://runtime.example:443/",
                true,
                "https://runtime.example:443",
            ),
            ("http://127.0.0.1:50051", false, "http://127.0.0.1:50051"),
            ("http://[::1]:50051", true, "http://[::1]:50051"),
            ("localhost:50051", true, "http://localhost:50051"),
            ("localhost:50051", false, "https://localhost:50051"),
        ] {
            let endpoint = Endpoint::parse(text, insecure).unwrap();
            assert_eq!(endpoint.to_string(), read);
            assert_eq!(endpoint.is_plaintext(), read.starts_with("http:"));
        }
    }

    #[test]
    fn forms_that_are_refused_with_the_reason() {
        for (text, problem) in [
            ("", "is empty"),
            ("  ", "is empty"),
            ("http://", "has no valid host and port"),
            ("ftp://host:1", "unknown scheme \"ftp\""),
            ("host", "has no port"),
            ("https://host", "has no port"),
            ("https://host:0", "port 0"),
            ("https://host:65536", "has no port"),
            ("https://host:http", "has no port"),
            ("https://host:1/api", "has a path"),
            ("https://host:1?x=1", "has a path"),
            ("https://ho st:1", "has no valid host and port"),
            ("https://:1", "has no"),
        ] {
            let error = Endpoint::parse(text, true).unwrap_err();
            assert_eq!(error.field(), "endpoint");
            assert!(error.problem().contains(problem), "{text:?}: {error}");
            assert_eq!(error.rule(), RULE);
        }
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        let error = Endpoint::parse("https://me:marker-secret@host:1", false).unwrap_err();
        assert!(!error.to_string().contains("marker-secret"), "{error}");
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(text in ".*", insecure: bool) {
            let _ = Endpoint::parse(&text, insecure);
        }
    }
}
