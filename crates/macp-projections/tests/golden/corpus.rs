//! The golden folder, as its README describes it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use macp_projections::policy::{ModeRules, Policy};
use macp_proto::v1::{Envelope, PolicyDescriptor};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) struct Corpus {
    pub(crate) documents: Vec<Document>,
    policies: HashMap<String, ManifestPolicy>,
    sessions: HashMap<String, ManifestSession>,
}

pub(crate) struct Document {
    /// Folder and file without extension, such as `decision/001`.
    pub(crate) name: String,
    pub(crate) expected: Value,
    pub(crate) lines: Vec<Envelope>,
}

#[derive(Deserialize)]
struct Manifest {
    policies: HashMap<String, ManifestPolicy>,
    sessions: Vec<ManifestSession>,
}

#[derive(Deserialize)]
struct ManifestPolicy {
    mode: String,
    rules: Value,
    schema_version: u32,
}

#[derive(Deserialize)]
struct ManifestSession {
    file: String,
    policy_version: String,
    runtime_state: String,
}

#[derive(Deserialize)]
struct Line {
    macp_version: String,
    message_id: String,
    message_type: String,
    mode: String,
    payload_b64: String,
    sender: String,
    session_id: String,
    timestamp_unix_ms: i64,
}

impl Corpus {
    pub(crate) fn read(folder: &Path) -> Self {
        let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
        let manifest: Manifest = serde_json::from_str(&manifest).unwrap();
        let mut documents = Vec::new();
        for mode in sorted(&folder.join("expected")) {
            for file in sorted(&mode) {
                documents.push(Document::read(folder, &file));
            }
        }
        assert!(
            !documents.is_empty(),
            "no documents in {}",
            folder.display()
        );
        Self {
            documents,
            policies: manifest.policies,
            sessions: manifest
                .sessions
                .into_iter()
                .map(|session| (session.file.clone(), session))
                .collect(),
        }
    }

    /// The lines of a document by its name.
    pub(crate) fn lines(&self, name: &str) -> Option<&[Envelope]> {
        let mut documents = self.documents.iter();
        let found = documents.find(|document| document.name == name)?;
        Some(&found.lines)
    }

    /// Whether the session was open after its last line.
    pub(crate) fn was_open(&self, name: &str) -> bool {
        self.sessions[name].runtime_state == "OPEN"
    }

    /// Whether the session was started with a policy's id.
    pub(crate) fn names_policy(&self, name: &str) -> bool {
        !self.sessions[name].policy_version.is_empty()
    }

    /// The policy that a session was bound to, if it is one of this mode.
    pub(crate) fn policy<R: ModeRules>(&self, name: &str) -> Policy<R> {
        let id = match self.sessions[name].policy_version.as_str() {
            "" => "policy.default",
            id => id,
        };
        let policy = &self.policies[id];
        Policy::from_descriptor(&PolicyDescriptor {
            policy_id: id.to_owned(),
            mode: policy.mode.clone(),
            rules: policy.rules.to_string(),
            schema_version: policy.schema_version,
            ..PolicyDescriptor::default()
        })
        .unwrap_or_else(|error| panic!("{id}: {error}"))
    }
}

impl Document {
    fn read(folder: &Path, expected: &Path) -> Self {
        let name = expected
            .strip_prefix(folder.join("expected"))
            .unwrap()
            .with_extension("");
        let transcript = folder.join("transcripts").join(&name);
        let transcript = fs::read_to_string(transcript.with_extension("jsonl")).unwrap();
        let text = fs::read_to_string(expected).unwrap();
        Self {
            name: name.to_string_lossy().replace('\\', "/"),
            expected: serde_json::from_str(&text).unwrap(),
            lines: transcript.lines().map(envelope).collect(),
        }
    }
}

fn envelope(line: &str) -> Envelope {
    let line: Line = serde_json::from_str(line).unwrap();
    Envelope {
        macp_version: line.macp_version,
        mode: line.mode,
        message_type: line.message_type,
        message_id: line.message_id,
        session_id: line.session_id,
        sender: line.sender,
        timestamp_unix_ms: line.timestamp_unix_ms,
        payload: STANDARD.decode(line.payload_b64).unwrap().into(),
    }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
