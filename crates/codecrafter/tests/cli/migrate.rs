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
