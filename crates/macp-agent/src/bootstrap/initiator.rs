use super::fields::{Fields, missing, wrong_type};
use super::{Bootstrap, Kickoff};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use macp_modes::SessionStart;
use macp_proto::{InvalidValue, SessionId};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// The standard alphabet with its padding. As elsewhere in the ecosystem, the unused bits of the
/// last character may be anything.
const STRICT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true),
);

/// The session that this participant starts, and what it says first.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Initiator {
    /// The session to start.
    pub session_start: SessionToStart,
    /// The first message after it.
    pub kickoff: Option<Kickoff>,
}

impl Initiator {
    pub(super) fn read(
        file: &Fields<'_>,
        bootstrap: &Bootstrap,
    ) -> Result<Option<Self>, InvalidValue> {
        let Some(fields) = file.object("initiator")? else {
            return Ok(None);
        };
        Ok(Some(Self {
            session_start: SessionToStart::read(fields.object("session_start")?, bootstrap)?,
            kickoff: Kickoff::read(&fields, bootstrap)?,
        }))
    }
}

/// What to start the session with.
///
/// | key of `initiator.session_start` | default |
/// |---|---|
/// | `intent`, `context_id` | empty |
/// | `participants` | those of the file |
/// | `ttl_ms` | 300000; at most 86400000 |
/// | `max_suspend_ms` | 0: the runtime decides |
/// | `roots` | none; a list of `{"uri", "name"}`, the name optional |
/// | `mode_version`, `configuration_version`, `policy_version` | those of the file |
/// | `extensions` | none; an object of texts, each base64 or else taken as it is |
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SessionToStart {
    /// What the session is for.
    pub intent: String,
    /// Who takes part.
    pub participants: Vec<String>,
    /// How long the session may stay open.
    pub ttl: Duration,
    /// How long it may be suspended in all; zero leaves it to the runtime.
    pub max_suspend: Duration,
    /// A reference to the context the session works in, or empty.
    pub context_id: String,
    /// Resources that the session is about.
    pub roots: Vec<Root>,
    /// The mode's version, unless it is the SDK's default.
    pub mode_version: Option<String>,
    /// The configuration's version, unless it is the SDK's default.
    pub configuration_version: Option<String>,
    /// The policy.
    pub policy_version: String,
    /// Extension blocks, decoded.
    pub extensions: BTreeMap<String, Bytes>,
}

/// A resource that a session is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Root {
    /// What it is.
    pub uri: String,
    /// What it is called, or empty.
    pub name: String,
}

impl SessionToStart {
    fn read(fields: Option<Fields<'_>>, bootstrap: &Bootstrap) -> Result<Self, InvalidValue> {
        let mut start = Self {
            participants: bootstrap.participants.clone(),
            ttl: SessionStart::TTL_DEFAULT,
            mode_version: bootstrap.mode_version.clone(),
            configuration_version: bootstrap.configuration_version.clone(),
            policy_version: bootstrap.policy_version.clone(),
            ..Self::default()
        };
        let Some(fields) = fields else {
            return Ok(start);
        };
        let optional = |key| fields.text(key).map(Option::unwrap_or_default);
        optional("intent")?.clone_into(&mut start.intent);
        optional("context_id")?.clone_into(&mut start.context_id);
        if matches!(fields.get("participants"), Some(Value::Array(_))) {
            start.participants = fields.texts("participants")?;
        }
        if let Some(ttl_ms) = fields.count("ttl_ms")? {
            start.ttl = Duration::from_millis(ttl_ms);
            if ttl_ms == 0 || start.ttl > SessionStart::TTL_MAX {
                return Err(InvalidValue::new(
                    fields.path("ttl_ms"),
                    format_args!("is {ttl_ms}"),
                    format!("must be from 1 to {}", SessionStart::TTL_MAX.as_millis()),
                ));
            }
        }
        if let Some(max_suspend_ms) = fields.count("max_suspend_ms")? {
            start.max_suspend = Duration::from_millis(max_suspend_ms);
        }
        start.roots = roots(&fields)?;
        start.mode_version = fields.named("mode_version")?.or(start.mode_version);
        start.configuration_version = fields
            .named("configuration_version")?
            .or(start.configuration_version);
        if let Some(policy_version) = fields.named("policy_version")? {
            start.policy_version = policy_version;
        }
        start.extensions = extensions(&fields)?;
        Ok(start)
    }

    /// The start of the session `session_id`, to be sent.
    pub fn to_session_start(&self, session_id: &SessionId) -> SessionStart {
        let mut start = SessionStart::new(&self.intent)
            .session_id(session_id.clone())
            .participants(&self.participants)
            .ttl(self.ttl)
            .max_suspend(self.max_suspend)
            .context_id(&self.context_id)
            .policy_version(&self.policy_version);
        if let Some(version) = &self.mode_version {
            start = start.mode_version(version);
        }
        if let Some(version) = &self.configuration_version {
            start = start.configuration_version(version);
        }
        for root in &self.roots {
            start = start.root(&root.uri, &root.name);
        }
        for (key, block) in &self.extensions {
            start = start.extension(key, block.clone());
        }
        start
    }
}

fn roots(fields: &Fields<'_>) -> Result<Vec<Root>, InvalidValue> {
    let root = |root: &Fields<'_>| {
        let Some(uri) = root.text("uri")? else {
            return Err(missing(root.path("uri")));
        };
        Ok(Root {
            uri: uri.to_owned(),
            name: root.text("name")?.unwrap_or_default().to_owned(),
        })
    };
    fields.objects("roots")?.iter().map(root).collect()
}

fn extensions(fields: &Fields<'_>) -> Result<BTreeMap<String, Bytes>, InvalidValue> {
    let Some(extensions) = fields.object("extensions")? else {
        return Ok(BTreeMap::new());
    };
    let block = |(key, value): (&String, &Value)| match value {
        Value::String(text) => Ok((key.clone(), extension_bytes(text))),
        other => Err(wrong_type(extensions.path(key), other, "a text")),
    };
    extensions.entries().map(block).collect()
}

/// Strict base64 if it is that, else the text itself: `"pack"` is three bytes.
fn extension_bytes(text: &str) -> Bytes {
    STRICT_BASE64
        .decode(text)
        .unwrap_or_else(|_| text.as_bytes().to_vec())
        .into()
}

#[cfg(test)]
mod tests {
    use super::extension_bytes;

    #[test]
    fn base64_wins_over_text() {
        for (text, bytes) in [
            ("pack", b"\xa5\xa7\x24".as_slice()),
            ("YQ==", b"a"),
            ("ab==", b"i"),
            ("", b""),
            ("ab", b"ab"),
            ("YQ", b"YQ"),
            ("a===", b"a==="),
            ("====", b"===="),
            ("-_-_", b"-_-_"),
            ("Y Q==", b"Y Q=="),
            ("YQ==\n", b"YQ==\n"),
            ("{\"a\":1}", b"{\"a\":1}"),
            ("\u{e9}", "\u{e9}".as_bytes()),
        ] {
            assert_eq!(extension_bytes(text), bytes, "{text:?}");
        }
    }
}
