//! Snapshots: rows that name texts, each text kept once per session.

use std::collections::BTreeMap;

use async_trait::async_trait;
use codecrafter_domain::id::{ExecutionId, SessionId, SnapshotId};
use codecrafter_domain::snapshot::{FileText, Snapshot, SnapshotKind};
use sea_orm::sea_query::{Expr, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use sha2::{Digest, Sha256};

use super::engine::Durability;
use super::entities::snapshot::{Column, Entity, Model};
use super::entities::{snapshot_file, snapshot_text, user};
use super::{Sql, convert, page, sessions};
use crate::error::StoreError;
use crate::types::{NewSnapshot, Page, PageRequest};
use crate::{Result, SnapshotStore};

#[async_trait]
impl SnapshotStore for Sql {
    async fn create_snapshot(&self, new: &NewSnapshot) -> Result<Option<Snapshot>> {
        let (row, files) = rows(new)?;
        let tx = self.engine.write(Durability::Disk).await?;
        // Whoever adds next waits, and counts this one.
        sessions::lock(&*tx, new.session).await?;
        if new.kind.is_automatic() {
            if latest_digest(&*tx, new.session).await?.as_ref() == Some(&row.digest) {
                return Ok(None);
            }
            make_room(&*tx, new.session, new.most_automatic).await?;
        } else {
            require_room(&*tx, new.session, new.most_named).await?;
        }
        Entity::insert(row.into_active_model())
            .exec_without_returning(&*tx)
            .await?;
        insert_texts(&*tx, new).await?;
        if !files.is_empty() {
            snapshot_file::Entity::insert_many(files.into_iter().map(IntoActiveModel::into_active_model))
                .exec_without_returning(&*tx)
                .await?;
        }
        let snapshot = find(&*tx, new.session, new.id).await?;
        tx.commit().await?;
        Ok(Some(snapshot))
    }

    async fn snapshots(&self, session: SessionId, page: &PageRequest) -> Result<Page<Snapshot>> {
        sessions::require(&self.engine.read, session).await?;
        let of_session = Entity::find().filter(Column::SessionId.eq(session.0));
        let rows = page::narrow(of_session, Column::CreatedAt, Column::Id, page)?
            .find_also_related(user::Entity)
            .all(&self.engine.read)
            .await?;
        let key = |(row, _): &(Model, Option<user::Model>)| page::Key {
            at: row.created_at,
            id: row.id,
        };
        page::assemble(rows, page, key, into_snapshot)
    }

    async fn snapshot(&self, session: SessionId, id: SnapshotId) -> Result<(Snapshot, Vec<FileText>)> {
        let tx = self.engine.snapshot().await?;
        sessions::require(&tx, session).await?;
        let snapshot = find(&tx, session, id).await?;
        let files = read_files(&tx, session, id).await?;
        tx.commit().await?;
        Ok((snapshot, files))
    }

    async fn name_snapshot(&self, session: SessionId, id: SnapshotId, name: &str, most_named: u64) -> Result<Snapshot> {
        let name = convert::text("name", name)?;
        let tx = self.engine.write(Durability::Disk).await?;
        sessions::lock(&*tx, session).await?;
        if find_row(&*tx, session, id).await?.automatic {
            require_room(&*tx, session, most_named).await?;
        }
        Entity::update_many()
            .col_expr(Column::Name, Expr::value(name))
            .col_expr(Column::Automatic, Expr::value(false))
            .filter(Column::Id.eq(id.0))
            .exec(&*tx)
            .await?;
        let snapshot = find(&*tx, session, id).await?;
        tx.commit().await?;
        Ok(snapshot)
    }

    async fn delete_snapshot(&self, session: SessionId, id: SnapshotId) -> Result<bool> {
        let this = Condition::all().add(Column::Id.eq(id.0));
        Ok(self.delete_snapshots(session, this).await? > 0)
    }

    async fn delete_automatic_snapshots(&self, session: SessionId) -> Result<u64> {
        let automatic = Condition::all().add(Column::Automatic.eq(true));
        self.delete_snapshots(session, automatic).await
    }
}

impl Sql {
    async fn delete_snapshots(&self, session: SessionId, which: Condition) -> Result<u64> {
        let tx = self.engine.write(Durability::Disk).await?;
        sessions::lock(&*tx, session).await?;
        let deleted = Entity::delete_many()
            .filter(Column::SessionId.eq(session.0))
            .filter(which)
            .exec(&*tx)
            .await?;
        sweep_texts(&*tx, session).await?;
        tx.commit().await?;
        Ok(deleted.rows_affected)
    }
}

fn rows(new: &NewSnapshot) -> Result<(Model, Vec<snapshot_file::Model>)> {
    let files = new.files.iter().map(|file| {
        Ok(snapshot_file::Model {
            snapshot_id: new.id.0,
            path: convert::text("path", &file.path)?,
            hash: hash(file),
        })
    });
    let files = files.collect::<Result<Vec<_>>>()?;
    let row = Model {
        id: new.id.0,
        session_id: new.session.0,
        kind: convert::word(new.kind),
        automatic: new.kind.is_automatic(),
        name: new
            .name
            .as_deref()
            .map(|name| convert::text("name", name))
            .transpose()?,
        user_id: new.by.map(|user| user.0),
        execution_id: new.execution.map(|execution| execution.0),
        digest: convert::digest(files.iter().map(|file| (file.path.as_str(), file.hash.as_slice()))),
        files: convert::column(new.files.len()),
        bytes: convert::column(new.files.iter().map(|file| file.content.len()).sum::<usize>()),
        created_at: convert::micros(new.created_at),
    };
    Ok((row, files))
}

fn hash(file: &FileText) -> Vec<u8> {
    Sha256::digest(&file.content).to_vec()
}

async fn latest_digest(tx: &impl ConnectionTrait, session: SessionId) -> Result<Option<Vec<u8>>> {
    let latest = Entity::find()
        .filter(Column::SessionId.eq(session.0))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .one(tx)
        .await?;
    Ok(latest.map(|row| row.digest))
}

/// Deletes the oldest automatic snapshots, so that with one more there are `most`.
async fn make_room(tx: &impl ConnectionTrait, session: SessionId, most: u64) -> Result<()> {
    let beyond: Vec<uuid::Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::SessionId.eq(session.0))
        .filter(Column::Automatic.eq(true))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .offset(convert::bound(most.saturating_sub(1)))
        .limit(convert::bound(u64::MAX))
        .into_tuple()
        .all(tx)
        .await?;
    if !beyond.is_empty() {
        Entity::delete_many().filter(Column::Id.is_in(beyond)).exec(tx).await?;
        sweep_texts(tx, session).await?;
    }
    Ok(())
}

async fn require_room(tx: &impl ConnectionTrait, session: SessionId, most: u64) -> Result<()> {
    let named = Entity::find()
        .filter(Column::SessionId.eq(session.0))
        .filter(Column::Automatic.eq(false))
        .count(tx)
        .await?;
    if named >= most {
        return Err(StoreError::Full("snapshots"));
    }
    Ok(())
}

async fn insert_texts(tx: &impl ConnectionTrait, new: &NewSnapshot) -> Result<()> {
    for file in &new.files {
        let row = snapshot_text::Model {
            session_id: new.session.0,
            hash: hash(file),
            content: file.content.clone().into_bytes(),
        };
        snapshot_text::Entity::insert(row.into_active_model())
            .on_conflict(
                OnConflict::columns([snapshot_text::Column::SessionId, snapshot_text::Column::Hash])
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Deletes the texts that no snapshot of the session has any more.
async fn sweep_texts(tx: &impl ConnectionTrait, session: SessionId) -> Result<()> {
    snapshot_text::Entity::delete_many()
        .filter(snapshot_text::Column::SessionId.eq(session.0))
        .filter(snapshot_text::Column::Hash.not_in_subquery(hashes_of(session)))
        .exec(tx)
        .await?;
    Ok(())
}

fn hashes_of(session: SessionId) -> SelectStatement {
    let own = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::SessionId.eq(session.0))
        .to_owned();
    Query::select()
        .column(snapshot_file::Column::Hash)
        .from(snapshot_file::Entity)
        .and_where(snapshot_file::Column::SnapshotId.in_subquery(own))
        .to_owned()
}

async fn find_row(db: &impl ConnectionTrait, session: SessionId, id: SnapshotId) -> Result<Model> {
    let row = Entity::find_by_id(id.0)
        .filter(Column::SessionId.eq(session.0))
        .one(db)
        .await?;
    row.ok_or(StoreError::NotFound)
}

async fn find(db: &impl ConnectionTrait, session: SessionId, id: SnapshotId) -> Result<Snapshot> {
    let row = Entity::find_by_id(id.0)
        .filter(Column::SessionId.eq(session.0))
        .find_also_related(user::Entity)
        .one(db)
        .await?;
    into_snapshot(row.ok_or(StoreError::NotFound)?)
}

async fn read_files(db: &impl ConnectionTrait, session: SessionId, id: SnapshotId) -> Result<Vec<FileText>> {
    let files = snapshot_file::Entity::find()
        .filter(snapshot_file::Column::SnapshotId.eq(id.0))
        .order_by_asc(snapshot_file::Column::Path)
        .all(db)
        .await?;
    let texts = snapshot_text::Entity::find()
        .filter(snapshot_text::Column::SessionId.eq(session.0))
        .filter(snapshot_text::Column::Hash.is_in(files.iter().map(|file| file.hash.clone())))
        .all(db)
        .await?;
    let texts: BTreeMap<_, _> = texts.into_iter().map(|text| (text.hash, text.content)).collect();
    let read = files.into_iter().map(|file| {
        let lost = || StoreError::Unreadable(format!("the text of {} is gone", file.path));
        let content = texts.get(&file.hash).ok_or_else(lost)?.clone();
        Ok(FileText {
            content: String::from_utf8(content).map_err(|_| lost())?,
            path: file.path,
        })
    });
    read.collect()
}

fn into_snapshot((row, user): (Model, Option<user::Model>)) -> Result<Snapshot> {
    let kind: SnapshotKind = convert::from_word(row.kind)?;
    Ok(Snapshot {
        id: SnapshotId(row.id),
        session_id: SessionId(row.session_id),
        kind,
        name: row.name,
        by: user.map(user::Model::into_person),
        execution_id: row.execution_id.map(ExecutionId),
        files: convert::number(row.files)?,
        bytes: convert::number(row.bytes)?,
        created_at: convert::time(row.created_at)?,
    })
}
