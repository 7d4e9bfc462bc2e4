//! `codecrafter executions` and `codecrafter webhook-secret`.

use crate::Place;

#[test]
fn nothing_is_dead_in_a_new_store() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("data")).expect("made");
    place.codecrafter(&["executions", "dead"]).ends_with(0, "");
    place.codecrafter(&["executions", "dead", "--json"]).ends_with(0, "");
    let unknown = "0190b0a4-7c33-7c1e-8f52-2f6f7a1d9a10";
    let said = place.codecrafter(&["executions", "requeue", unknown]);
    said.ends_with(1, "").complains(&["no execution", unknown]);
    let said = place.codecrafter(&["executions", "requeue", "nonsense"]);
    said.ends_with(1, "").complains(&["nonsense", "id"]);
}

#[test]
fn the_webhook_secret_is_made_once() {
    let place = Place::new();
    let first = place.codecrafter(&["webhook-secret"]);
    assert_eq!(first.code, Some(0), "{}", first.err);
    let secret = first.out.trim_end();
    assert!(
        secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{secret}"
    );
    place.codecrafter(&["webhook-secret"]).ends_with(0, &first.out);
}
