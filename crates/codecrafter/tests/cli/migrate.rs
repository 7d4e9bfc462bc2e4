//! `codecrafter migrate`.

use crate::Place;

#[test]
fn a_schema_is_looked_at_and_brought_up_to_date() {
    let place = Place::new();
    let before = place.codecrafter(&["migrate", "--check"]);
    assert_eq!(before.code, Some(1), "{}", before.out);
    assert!(before.out.contains("The schema has version 0"), "{}", before.out);
    let again = place.codecrafter(&["migrate", "--check"]);
    assert_eq!(again.out, before.out, "looking changes nothing");

    let done = place.codecrafter(&["migrate"]);
    assert_eq!(done.code, Some(0), "{}", done.out);
    assert!(done.out.contains("from version 0 to"), "{}", done.out);
    for args in [&["migrate"][..], &["migrate", "--check"]] {
        let after = place.codecrafter(args);
        assert_eq!(after.code, Some(0));
        assert!(after.out.contains("up to date"), "{}", after.out);
    }
}

#[test]
fn all_data_moves_to_another_store() {
    let place = Place::new();
    assert_eq!(place.codecrafter(&["migrate"]).code, Some(0));
    let made = place.codecrafter(&["user", "create-admin", "ada", "--email", "ada@example.org"]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let folder = tempfile::tempdir().expect("folder");
    let to = format!("sqlite:{}", folder.path().join("copy.db").display());
    let copied = place.codecrafter(&["store", "copy", "--to", &to]);
    assert_eq!(copied.code, Some(0), "{}", copied.err);
    assert!(copied.err.contains("users: 1 of 1 copied"), "{}", copied.err);
    assert!(copied.out.contains("rows are in sqlite:"), "{}", copied.out);

    let nowhere = format!("sqlite:{}", folder.path().join("missing.db").display());
    let refused = place.codecrafter(&["store", "copy", "--from", &nowhere, "--to", &to]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("there is no"), "{}", refused.err);
}
