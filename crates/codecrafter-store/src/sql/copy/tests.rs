//! Tables are copied, all of them.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::conformance::fixtures::{account, after, exited, guest, invite, noon, queued, room, session as new_session};
use crate::copy;
use crate::documents::NewUpdate;
use crate::sql::migrate::tests::tables_with;

fn at(folder: &Path, name: &str) -> StoreConfig {
    StoreConfig::Sqlite {
        path: folder.join(name),
    }
}

#[tokio::test]
async fn every_table_is_copied() {
    let names = Rows::default().count();
    let mut known: BTreeSet<String> = names.keys().map(|name| (*name).to_owned()).collect();
    known.insert("schema_version".to_owned());
    let mut tables = BTreeSet::new();
    for column in [
        "id",
        "user_id",
        "session_id",
        "execution_id",
        "version",
        "hash",
        "snapshot_id",
        "name",
    ] {
        tables.extend(tables_with(column).await);
    }
    let forgotten: Vec<_> = tables.difference(&known).collect();
    assert_eq!(forgotten, Vec::<&String>::new());
    assert_eq!(names.len(), known.len() - 1, "none is named twice");
}

#[tokio::test]
async fn what_is_interrupted_is_gone_on_with_and_compared() {
    let folder = tempfile::tempdir().expect("folder");
    let (from, to) = (at(folder.path(), "from.db"), at(folder.path(), "to.db"));
    let source = crate::open(&from).await.expect("open");
    for number in 0..250 {
        account(&source, &format!("user{number}")).await;
    }
    let user = account(&source, "ada").await;
    let session = room(&source, user).await;
    let updates: Vec<_> = (0..150u8)
        .map(|number| NewUpdate {
            author: (number % 2 == 0).then_some(user),
            at: after(number.into()),
            bytes: vec![number; usize::from(number)],
        })
        .collect();
    source.append_updates(session, &updates).await.expect("stored");
    let invite = invite(session, "in");
    source.create_invite(&invite).await.expect("invite");
    let gina = guest("Gina", session);
    source
        .join_as_guest(&gina, invite.role, invite.id, noon())
        .await
        .expect("joined");
    // Ids are no order: the fork's is smaller.
    let mut fork = new_session(user, "fork");
    fork.id = codecrafter_domain::id::SessionId(Uuid::nil());
    fork.forked_from = Some(session);
    source.create_session(&fork).await.expect("fork");
    let run = queued(&source, user).await;
    source.finish(run, &exited(3, "é\0🦀"), noon()).await.expect("finished");

    let mut told = Vec::new();
    let rows = copy(&from, &to, |progress| told.push(progress)).await.expect("copied");
    assert!(rows > 400, "{rows}");
    let users: Vec<_> = told
        .iter()
        .filter(|one| one.table == "users" && !one.is_check)
        .collect();
    assert_eq!(users.iter().map(|one| one.done).collect::<Vec<_>>(), [100, 200, 252]);
    assert!(users.iter().all(|one| one.total == 252));

    let target = crate::open(&to).await.expect("open");
    assert_eq!(
        target.execution(run).await.expect("there"),
        source.execution(run).await.expect("there")
    );
    assert_eq!(target.session(fork.id).await.expect("there"), fork);
    assert_eq!(target.user(gina.id).await.expect("there"), gina);
    account(&source, "late").await;
    assert_eq!(copy(&from, &to, |_| {}).await.expect("gone on with"), rows + 1);

    account(&target, "stranger").await;
    let differs = copy(&from, &to, |_| {}).await.expect_err("other data");
    assert!(differs.to_string().contains("users"), "{differs}");
}

#[tokio::test]
async fn a_source_without_a_schema_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let refused = copy(&at(folder.path(), "from.db"), &at(folder.path(), "to.db"), |_| {}).await;
    assert!(refused.expect_err("empty").to_string().contains("codecrafter migrate"));
}
