//! Rows become documents, and documents the same rows: of every table.

mod sample;

use super::*;
use crate::mongo::logins::TokenDocument;
use crate::sql::entities::document;
use sample::{ROOM, all};

/// The rows of documents made of rows.
fn there_and_back(rows: Rows) -> Result<Sums> {
    let mut sums = Sums::default();
    let of_users = Rows {
        refresh_token: rows.refresh_token.iter().filter(|row| !row.used).cloned().collect(),
        ceremony: rows
            .ceremony
            .iter()
            .filter(|row| row.user_id.is_some())
            .cloned()
            .collect(),
        ..rows.clone()
    };
    let users = accounts::users(of_users)?;
    let logins = users.iter().flat_map(|user| &user.logins);
    let unused = logins.map(|login| (login.id.clone(), login.token.clone())).collect();
    let tokens: Vec<TokenDocument> = tokens::tokens(rows.refresh_token.clone(), &rows.login);
    assert_eq!(accounts::claims(&users).len(), 2);
    sums.add(accounts::user_rows(users)?);
    sums.add(tokens::token_rows(tokens, &unused)?);
    let of_nobody = rows.ceremony.iter().filter(|row| row.user_id.is_none()).cloned();
    sums.add(tokens::ceremony_rows(tokens::ceremonies(of_nobody.collect()))?);
    sums.add(platform::entry_rows(platform::entries(rows.audit_entry.clone()))?);
    sums.add(platform::node_rows(platform::nodes(rows.node.clone())));
    let rooms = sessions::sessions(rows.clone());
    assert_eq!(sessions::claims(&rooms).len(), 1);
    sums.add(sessions::session_rows(rooms)?);
    sums.add(executions::execution_rows(executions::executions(rows.clone())?)?);
    sums.add(executions::key_rows(executions::keys(rows.idempotency_key.clone()))?);
    let log = logs::log(&rows.document[0], rows.clone());
    let marks = [(log.session.clone(), logs::Marks::from(&log))].into();
    let chunks = logs::chunks(rows.document_update.clone());
    assert_eq!(chunks.len(), 2, "neighbours are together");
    let last = chunks.iter().map(|chunk| chunk.last).max().unwrap_or_default();
    sums.add(Rows {
        document: vec![document::Model {
            session_id: ROOM,
            last_seq: last.max(log.purged.last()),
            base_version: log.base_version,
        }],
        ..Rows::default()
    });
    sums.add(logs::log_rows(vec![log])?);
    sums.add(logs::update_rows(chunks, &marks)?);
    sums.add(chats::message_rows(chats::messages(rows.message.clone())?)?);
    sums.add(chats::read_rows(chats::reads(rows.message_read.clone()))?);
    sums.add(chats::note_rows(chats::notes(rows.note.clone()))?);
    sums.add(shelves::shelf_rows(shelves::shelves(rows.clone()))?);
    sums.add(shelves::text_rows(shelves::texts(rows.snapshot_text))?);
    Ok(sums)
}

#[test]
fn rows_of_every_table_become_documents_and_the_same_rows_again() {
    let rows = all();
    let forgotten: Vec<_> = rows.count().into_iter().filter(|(_, rows)| *rows == 0).collect();
    assert_eq!(forgotten, [], "tables that nothing is known of");
    let back = there_and_back(rows.clone()).expect("readable");
    let here = rows.clone().sums();
    here.require_same(&back).expect("the same");
    let mut other = rows;
    other.ban[0].at += 1;
    let differs = other.sums().require_same(&back).expect_err("another row");
    assert!(differs.to_string().contains("bans"), "{differs}");
}
