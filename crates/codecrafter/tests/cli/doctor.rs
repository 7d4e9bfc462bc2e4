//! `codecrafter doctor`.

use serde_json::Value;

use crate::{Place, Said};

fn findings(said: &Said) -> Vec<Value> {
    serde_json::from_str(&said.out).expect("JSON")
}

fn state<'a>(findings: &'a [Value], name: &str) -> &'a str {
    let finding = findings.iter().find(|finding| finding["name"] == name);
    let finding = finding.unwrap_or_else(|| panic!("nothing about {name}"));
    assert!(finding["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    finding["state"].as_str().expect("text")
}

#[test]
fn json_says_the_same_to_programs() {
    let said = Place::new().codecrafter(&["doctor", "--json"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let findings = findings(&said);
    for name in [
        "folder",
        "store",
        "sandbox",
        "namespaces",
        "memory limit",
        "process limit",
        "system calls",
        "Python",
    ] {
        assert_eq!(state(&findings, name), "ok", "{name}");
    }
}

/// Weaker limits are chosen by name, and every part that is missing for it is named.
#[test]
fn weaker_isolation_is_named() {
    let said = Place::new().codecrafter(&["doctor", "--json", "--sandbox", "native:?limits=process"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let findings = findings(&said);
    let sandbox = findings.iter().find(|finding| finding["name"] == "sandbox");
    assert_eq!(sandbox.expect("named")["detail"], "native (limits of each process)");
    for missing in ["memory limit", "memory peak", "processor time limit"] {
        assert_eq!(state(&findings, missing), "missing", "{missing}");
    }
    assert_eq!(state(&findings, "process limit"), "ok");
}

#[test]
fn people_get_words() {
    let said = Place::new().codecrafter(&["doctor"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    for words in ["Data\n", "Isolation\n", "Languages\n", "native (cgroup", "seccomp"] {
        assert!(said.out.contains(words), "no {words:?} in {}", said.out);
    }
}

#[test]
fn what_is_missing_comes_with_what_to_do() {
    let place = Place::new();
    let said: Said = place
        .command(&["doctor", "--json"])
        .env("PATH", "/nowhere")
        .output()
        .expect("starts")
        .into();
    assert_eq!(said.code, Some(0), "a language less is no failure: {}", said.err);
    let findings = findings(&said);
    assert_eq!(state(&findings, "Rust"), "missing");
    let rust = findings
        .iter()
        .find(|finding| finding["name"] == "Rust")
        .expect("there");
    assert!(
        rust["detail"].as_str().expect("text").contains("apt install rustc"),
        "{rust}"
    );
}

#[test]
fn what_does_not_work_fails() {
    let place = Place::new().write("taken", "a file, no folder");
    let said = place.codecrafter(&["doctor", "--json", "--data-dir", "taken"]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    let findings = findings(&said);
    assert_eq!(state(&findings, "folder"), "failed");
    assert_eq!(state(&findings, "sandbox"), "ok", "the rest is looked at all the same");
}
