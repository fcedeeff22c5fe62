use super::*;

#[test]
fn what_is_no_file_says_so() {
    let not_there = Bootstrap::from_path("/no/such/bootstrap.json").unwrap_err();
    insta::assert_snapshot!(not_there, @"the bootstrap file /no/such/bootstrap.json cannot be read");
    assert!(std::error::Error::source(&not_there).is_some());
    insta::assert_snapshot!(Bootstrap::from_json("{\n  nonsense").unwrap_err(), @"the bootstrap file is not JSON: line 2, column 3");
    insta::assert_snapshot!(Bootstrap::from_json("[]").unwrap_err(), @"the bootstrap file is not usable: the file: is a list; must be an object");
    assert_eq!(
        Bootstrap::from_json("{}").unwrap_err().key(),
        Some("participant_id")
    );
}

#[test]
fn a_path_wins_over_the_environment() {
    let variable = |path: &str| Some(path.into());
    let given = Path::new("/given.json");
    assert_eq!(chosen(Some(given), variable("/e.json")).unwrap(), given);
    assert_eq!(
        chosen(None, variable("/e.json")).unwrap(),
        Path::new("/e.json")
    );
    for nothing in [None, variable("")] {
        assert!(matches!(chosen(None, nothing), Err(BootstrapError::NoPath)));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alice.json");
    std::fs::write(&path, file(json!({}))).unwrap();
    let bootstrap = Bootstrap::load(Some(&path)).unwrap();
    assert_eq!(bootstrap.participant_id, "alice");
}
