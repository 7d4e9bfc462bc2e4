//! `codecrafter --help`.

use crate::Place;

#[test]
fn help_has_examples() {
    let place = Place::new();
    for args in [&["--help"][..], &["run", "--help"], &["serve", "--help"]] {
        let said = place.codecrafter(args);
        assert_eq!(said.code, Some(0));
        assert!(
            said.out.contains("Example") && said.out.contains("  codecrafter "),
            "{}",
            said.out
        );
    }
}

#[test]
fn every_exit_code_is_explained() {
    let said = Place::new().codecrafter(&["run", "--help"]);
    for code in ["64", "65", "70", "124", "125", "128 + n", "137"] {
        assert!(said.out.contains(code), "{code}");
    }
}
