use super::plan::Plan;
use super::schema::{Schema, Sources};
use super::{Error, Folders, print};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const UPSTREAM: &str = r#"
// Upstream's words.
syntax = "proto3";
package p.v1;
import "google/protobuf/empty.proto";
// Upstream's words.
message Ballot {
  reserved 20, 22 to 24;
  reserved "old";
  // Upstream's words.
  string voter = 1;
  map<string, bytes> extra = 2;
  oneof choice {
    Level level = 3;
    bytes raw = 4;
  }
  optional uint64 at = 5;
  repeated Part parts = 6;
  message Part {
    double share = 1 [deprecated = true];
  }
  enum Level {
    option allow_alias = true;
    LEVEL_UNSPECIFIED = 0;
    LEVEL_HIGH = 1;
    LEVEL_TOP = 1;
  }
}
message Nothing {}
service Polls {
  rpc Cast(Ballot) returns (google.protobuf.Empty);
  rpc Follow(stream Ballot) returns (stream Ballot);
  rpc Old(Ballot) returns (Nothing) { option deprecated = true; }
}
"#;

/// The same schema as the printer writes it, with comments for some.
const PRINTED: &str = r#"// The licence.
//
// About ballots.

syntax = "proto3";

package p.v1;

import "google/protobuf/empty.proto";

// A ballot.
//
// It has two paragraphs.
message Ballot {
  reserved 20;

  reserved 22 to 24;

  reserved "old";

  // How much.
  enum Level {
    option allow_alias = true;

    LEVEL_UNSPECIFIED = 0;

    // High.
    LEVEL_HIGH = 1;

    LEVEL_TOP = 1;
  }

  message Part {
    double share = 1 [deprecated = true];
  }

  // Who votes.
  string voter = 1;

  map<string, bytes> extra = 2;

  // What is chosen.
  oneof choice {
    Level level = 3;

    // As it came.
    bytes raw = 4;
  }

  optional uint64 at = 5;

  repeated Part parts = 6;
}

message Nothing {}

// Polls.
service Polls {
  // Casts a ballot.
  rpc Cast(Ballot) returns (google.protobuf.Empty);

  rpc Follow(stream Ballot) returns (stream Ballot);

  rpc Old(Ballot) returns (Nothing) {
    option deprecated = true;
  }
}
"#;

/// A project in a folder of its own.
struct Project {
    folders: Folders,
    _root: TempDir,
}

impl Project {
    fn empty() -> Self {
        let root = TempDir::new().unwrap();
        let folder = |name| {
            let folder = root.path().join(name);
            fs::create_dir(&folder).unwrap();
            folder
        };
        Self {
            folders: Folders {
                upstream: folder("upstream"),
                schema: folder("schema"),
                generated: folder("generated"),
            },
            _root: root,
        }
    }

    fn new(upstream: &str, schema: &str) -> Self {
        let project = Self::empty();
        fs::write(project.folders.upstream.join("p.proto"), upstream).unwrap();
        fs::write(project.folders.schema.join("p.proto"), schema).unwrap();
        project
    }

    /// A copy of this project, whose own schema stands for upstream's too.
    fn copy_of_ours() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let project = Self::empty();
        copy(&root.join("proto"), &project.folders.upstream);
        copy(&root.join("proto"), &project.folders.schema);
        let generated = root.join("crates/macp-proto/src/generated");
        copy(&generated, &project.folders.generated);
        project
    }

    fn plan(&self) -> Plan {
        Plan::make(&self.folders).unwrap()
    }

    fn schema(&self) -> String {
        fs::read_to_string(self.folders.schema.join("p.proto")).unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert_eq!(
        text.matches(from).count(),
        1,
        "{from} in {}",
        file.display()
    );
    fs::write(file, text.replace(from, to)).unwrap();
}

#[test]
fn our_schema_and_code_belong_together() {
    let plan = Project::copy_of_ours().plan();
    assert!(plan.is_empty(), "{plan}");
}

#[test]
fn one_changed_field_number_is_drift() {
    let project = Project::copy_of_ours();
    let file = project.folders.schema.join("macp/v1/envelope.proto");
    replace(&file, "string sender = 6;", "string sender = 16;");
    let plan = project.plan();
    assert!(!plan.is_empty());
    let report = plan.to_string();
    let change =
        "schema: changed macp.v1.Envelope.sender: `string sender = 16` to `string sender = 6`";
    assert!(report.contains(change), "{report}");

    plan.apply().unwrap();
    assert!(project.plan().is_empty());
}

#[test]
fn one_changed_generated_line_is_drift() {
    let project = Project::copy_of_ours();
    let file = project.folders.generated.join("macp.modes.decision.v1.rs");
    replace(&file, "pub supporting_data:", "pub supporting_date:");
    let plan = project.plan();
    assert!(!plan.is_empty());
    let report = plan.to_string();
    assert!(report.contains("has `pub supporting_date:"), "{report}");

    plan.apply().unwrap();
    assert!(project.plan().is_empty());
}

#[test]
fn upstreams_structure_is_taken_and_our_comments_are_kept() {
    let project = Project::new(UPSTREAM, PRINTED);
    project.plan().apply().unwrap();
    assert_eq!(project.schema(), PRINTED);

    let moved = UPSTREAM
        .replace("string voter = 1;", "string voter = 7; bool secret = 8;")
        .replace("bytes raw = 4;", "");
    fs::write(project.folders.upstream.join("p.proto"), moved).unwrap();
    let plan = project.plan();
    let report = plan.to_string();
    let schema_lines = report.lines().filter(|line| line.starts_with("schema: "));
    assert_eq!(
        schema_lines.collect::<Vec<_>>(),
        [
            "schema: removed p.v1.Ballot.raw: `bytes raw = 4`",
            "schema: added p.v1.Ballot.secret: `bool secret = 8`",
            "schema: changed p.v1.Ballot.voter: `string voter = 1` to `string voter = 7`",
        ]
    );
    assert!(report.contains("needs a comment: p.v1.Ballot.secret"));

    plan.apply().unwrap();
    let expected = PRINTED
        .replace(
            "string voter = 1;",
            "string voter = 7;\n\n  bool secret = 8;",
        )
        .replace("\n\n    // As it came.\n    bytes raw = 4;", "");
    assert_eq!(project.schema(), expected);
}

#[test]
fn a_comment_follows_a_message_into_another_file() {
    let project = Project::new(
        "syntax = \"proto3\"; package p;",
        "syntax = \"proto3\"; package p;\n// Ours.\nmessage A {}",
    );
    let other = "syntax = \"proto3\"; package p; message A {}";
    fs::write(project.folders.upstream.join("q.proto"), other).unwrap();
    project.plan().apply().unwrap();
    let file = fs::read_to_string(project.folders.schema.join("q.proto")).unwrap();
    assert!(file.ends_with("// Ours.\nmessage A {}\n"), "{file}");
}

#[test]
fn files_that_upstream_dropped_are_removed() {
    let project = Project::new("syntax = \"proto3\"; package p;", "syntax = \"proto3\";");
    let stale = [
        project.folders.schema.join("deep/q.proto"),
        project.folders.generated.join("q.rs"),
    ];
    fs::create_dir(project.folders.schema.join("deep")).unwrap();
    fs::write(&stale[0], "syntax = \"proto3\"; package q;").unwrap();
    fs::write(&stale[1], "").unwrap();
    let plan = project.plan();
    assert_eq!(plan.to_string().matches("no longer wanted").count(), 2);
    plan.apply().unwrap();
    assert!(stale.iter().all(|file| !file.exists()));
}

#[test]
fn an_element_without_a_comment_is_listed() {
    let project = Project::copy_of_ours();
    let file = project.folders.schema.join("macp/v1/envelope.proto");
    let text = fs::read_to_string(&file).unwrap();
    let (before, after) = text
        .split_once("  // Whether a message of this id")
        .unwrap();
    let (_, after) = after.split_once("  bool duplicate").unwrap();
    fs::write(&file, format!("{before}  bool duplicate{after}")).unwrap();

    let plan = project.plan();
    plan.apply().unwrap();
    let plan = project.plan();
    assert!(!plan.is_empty());
    assert_eq!(plan.to_string(), "needs a comment: macp.v1.Ack.duplicate\n");
}

#[test]
fn the_print_of_a_print_is_the_same() {
    let sources = Sources::from([("p.proto".to_owned(), PRINTED.to_owned())]);
    let schema = Schema::compile(&sources).unwrap();
    let printed = print::print(&schema.files[0], &schema.comments());
    assert_eq!(printed, PRINTED);
}

#[test]
fn no_comment_gets_lost_wherever_it_stands() {
    let scattered = "\
        // Header.\n\nsyntax = \"proto3\";\npackage p;\n\n// Detached.\n\n/* Leading. */\n\
        message A {\n  string a = 1; // Trailing.\n}\n";
    let sources = Sources::from([("p.proto".to_owned(), scattered.to_owned())]);
    let schema = Schema::compile(&sources).unwrap();
    let printed = print::print(&schema.files[0], &schema.comments());
    assert_eq!(
        printed,
        "// Header.\n\nsyntax = \"proto3\";\n\npackage p;\n\n\
         // Detached.\n//\n// Leading.\nmessage A {\n  // Trailing.\n  string a = 1;\n}\n"
    );
}

#[test]
fn a_missing_upstream_schema_removes_nothing() {
    let project = Project::copy_of_ours();
    fs::remove_dir_all(&project.folders.upstream).unwrap();
    let error = Plan::make(&project.folders).unwrap_err();
    assert!(matches!(error, Error::NoUpstream(_)), "{error:?}");
}

#[test]
fn what_the_printer_would_drop_is_refused() {
    let upstream =
        "syntax = \"proto3\"; package p; message A { repeated int32 a = 1 [packed = false]; }";
    let error = Plan::make(&Project::new(upstream, "syntax = \"proto3\";").folders).unwrap_err();
    assert!(
        matches!(&error, Error::Unprintable(file) if file == "p.proto"),
        "{error:?}"
    );
}
