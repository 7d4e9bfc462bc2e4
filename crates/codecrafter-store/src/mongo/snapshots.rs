//! Snapshots: one shelf for each session, with what each snapshot has; texts are documents of their own, each kept
//! once per session. A text that has left the shelf never comes back to it: whoever needs the same one adds it anew.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use codecrafter_domain::id::{ExecutionId, SessionId, SnapshotId};
use codecrafter_domain::snapshot::{FileText, Snapshot};
use codecrafter_domain::user::Person;
use mongodb::bson::{Binary, doc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::engine::{Engine, Stored, TRIES, crowded, hex, id, key, pause};
use super::people::binary;
use super::{Mongo, people, sessions};
use crate::convert;
use crate::error::StoreError;
use crate::page::{Key, assemble, check};
use crate::types::{NewSnapshot, Page, PageRequest};
use crate::{Result, SnapshotStore};

/// A session's snapshots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ShelfDocument {
    #[serde(rename = "_id")]
    pub(super) session: String,
    pub(super) version: i64,
    pub(super) snapshots: Vec<SnapshotPart>,
}

/// A snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SnapshotPart {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) automatic: bool,
    pub(super) name: Option<String>,
    pub(super) by: Option<String>,
    pub(super) execution: Option<String>,
    pub(super) digest: String,
    pub(super) bytes: i64,
    pub(super) created_at: i64,
    pub(super) files: Vec<FilePart>,
}

/// A file of a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FilePart {
    pub(super) path: String,
    pub(super) hash: String,
    /// The document that has its text.
    pub(super) text: String,
}

/// A text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TextDocument {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) session: String,
    pub(super) bytes: i64,
    pub(super) content: Binary,
}

impl Stored for ShelfDocument {
    const COLLECTION: &'static str = "snapshots";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

impl Stored for TextDocument {
    const COLLECTION: &'static str = "snapshot_texts";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

#[async_trait]
impl SnapshotStore for Mongo {
    async fn create_snapshot(&self, new: &NewSnapshot) -> Result<Option<Snapshot>> {
        let mut part = SnapshotPart::new(new)?;
        sessions::require(&self.engine, new.session).await?;
        let author = match new.by {
            Some(by) => Some(Person::from(&people::require(&self.engine, by).await?.to_user()?)),
            None => None,
        };
        let session = key(new.session.0);
        let _turn = self.engine.turn::<ShelfDocument>(&session).await;
        let mut added = BTreeMap::new();
        for tried in 0..TRIES {
            let before: Option<ShelfDocument> = self.engine.find(&session).await?;
            let mut after = before.clone().unwrap_or_else(|| ShelfDocument::new(&session));
            if !after.make_room(&part, new)? {
                return Ok(None);
            }
            let texts = after.texts();
            self.add_texts(&session, &mut part, new, &texts, &mut added).await?;
            after.snapshots.push(part.clone());
            let dropped = after.dropped_since(before.as_ref());
            if self.engine.put(&session, before, after).await? {
                self.forget_texts(dropped).await?;
                return part.to_snapshot(new.session, author).map(Some);
            }
            pause(tried).await;
        }
        Err(crowded())
    }

    async fn snapshots(&self, session: SessionId, page: &PageRequest) -> Result<Page<Snapshot>> {
        check(page)?;
        sessions::require(&self.engine, session).await?;
        let all = shelf(&self.engine, session).await?;
        let mut rows = all.snapshots.into_iter().map(|part| {
            let id = id(&part.id)?;
            Ok((
                Key {
                    at: part.created_at,
                    id,
                },
                part,
            ))
        });
        let mut rows: Vec<(Key, SnapshotPart)> = rows.by_ref().collect::<Result<_>>()?;
        rows.sort_by_key(|(key, _)| std::cmp::Reverse((key.at, key.id)));
        if let Some(cursor) = &page.cursor {
            let last = Key::from_cursor(cursor)?;
            rows.retain(|(key, _)| (key.at, key.id) < (last.at, last.id));
        }
        let authors = people::people(&self.engine, rows.iter().filter_map(|(_, part)| part.by.as_ref())).await?;
        let by = |part: &SnapshotPart| part.by.as_ref().and_then(|by| authors.get(by));
        assemble(
            rows,
            page,
            |(key, _)| *key,
            |(_, part)| part.to_snapshot(session, by(&part)),
        )
    }

    async fn snapshot(&self, session: SessionId, id: SnapshotId) -> Result<(Snapshot, Vec<FileText>)> {
        sessions::require(&self.engine, session).await?;
        for tried in 0..TRIES {
            let all = shelf(&self.engine, session).await?;
            let part = all.find(id)?;
            // A text that is gone left with its snapshot, which the next look at the shelf tells.
            if let Some(files) = read_files(&self.engine, part).await? {
                return Ok((whole(&self.engine, session, part).await?, files));
            }
            pause(tried).await;
        }
        Err(StoreError::Unreadable("the text of a file is gone".into()))
    }

    async fn name_snapshot(&self, session: SessionId, id: SnapshotId, name: &str, most_named: u64) -> Result<Snapshot> {
        let name = convert::text("name", name)?;
        sessions::require(&self.engine, session).await?;
        let named = self.engine.change(key(session.0), |shelf: &mut ShelfDocument| {
            if shelf.find(id)?.automatic {
                shelf.require_room(most_named)?;
            }
            let this = key(id.0);
            let part = shelf.snapshots.iter_mut().find(|part| part.id == this);
            let part = part.ok_or(StoreError::NotFound)?;
            part.name = Some(name.clone());
            part.automatic = false;
            Ok(part.clone())
        });
        let named = named.await?;
        whole(&self.engine, session, &named).await
    }

    async fn delete_snapshot(&self, session: SessionId, id: SnapshotId) -> Result<bool> {
        let this = key(id.0);
        Ok(self.delete_snapshots(session, |part| part.id == this).await? > 0)
    }

    async fn delete_automatic_snapshots(&self, session: SessionId) -> Result<u64> {
        self.delete_snapshots(session, |part| part.automatic).await
    }
}

impl Mongo {
    /// Gives each file of a snapshot the document of its text, from the shelf or one that is added.
    async fn add_texts(
        &self,
        session: &str,
        part: &mut SnapshotPart,
        new: &NewSnapshot,
        known: &BTreeMap<String, String>,
        added: &mut BTreeMap<String, String>,
    ) -> Result<()> {
        for (file, text) in part.files.iter_mut().zip(&new.files) {
            if let Some(id) = known.get(&file.hash).or_else(|| added.get(&file.hash)) {
                file.text.clone_from(id);
                continue;
            }
            let text = TextDocument {
                id: key(Uuid::now_v7()),
                version: 0,
                session: session.to_owned(),
                bytes: convert::column(text.content.len()),
                content: binary(text.content.as_bytes()),
            };
            self.engine.insert(&text).await?;
            file.text.clone_from(&text.id);
            added.insert(file.hash.clone(), text.id);
        }
        Ok(())
    }

    async fn delete_snapshots(
        &self,
        session: SessionId,
        which: impl Fn(&SnapshotPart) -> bool + Send + Sync,
    ) -> Result<u64> {
        sessions::require(&self.engine, session).await?;
        let deleted = self.engine.change(key(session.0), |shelf: &mut ShelfDocument| {
            let before = shelf.clone();
            shelf.snapshots.retain(|part| !which(part));
            let deleted = before.snapshots.len() - shelf.snapshots.len();
            Ok((deleted as u64, shelf.dropped_since(Some(&before))))
        });
        let (deleted, dropped) = super::logins::or_nobody(deleted.await, (0, Vec::new()))?;
        self.forget_texts(dropped).await?;
        Ok(deleted)
    }

    async fn forget_texts(&self, dropped: Vec<String>) -> Result<()> {
        if !dropped.is_empty() {
            self.engine
                .remove_all::<TextDocument>(doc! { "_id": { "$in": dropped } })
                .await?;
        }
        Ok(())
    }
}

async fn shelf(engine: &Engine, session: SessionId) -> Result<ShelfDocument> {
    let session = key(session.0);
    let found = engine.find(&session).await?;
    Ok(found.unwrap_or_else(|| ShelfDocument::new(&session)))
}

/// A snapshot with its author.
async fn whole(engine: &Engine, session: SessionId, part: &SnapshotPart) -> Result<Snapshot> {
    let author = people::people(engine, part.by.iter()).await?;
    part.to_snapshot(session, part.by.as_ref().and_then(|by| author.get(by)))
}

/// The files of a snapshot by path; `None` where a text is not there any more.
async fn read_files(engine: &Engine, part: &SnapshotPart) -> Result<Option<Vec<FileText>>> {
    let ids: Vec<&String> = part.files.iter().map(|file| &file.text).collect();
    let texts: Vec<TextDocument> = engine.list(doc! { "_id": { "$in": ids } }, doc! { "_id": 1 }).await?;
    let texts: BTreeMap<_, _> = texts.into_iter().map(|text| (text.id, text.content.bytes)).collect();
    let mut files = Vec::with_capacity(part.files.len());
    for file in &part.files {
        let Some(content) = texts.get(&file.text) else {
            return Ok(None);
        };
        let content = String::from_utf8(content.clone());
        files.push(FileText {
            path: file.path.clone(),
            content: content.map_err(|_| StoreError::Unreadable(format!("{} is no text", file.path)))?,
        });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Some(files))
}

impl ShelfDocument {
    fn new(session: &str) -> Self {
        Self {
            session: session.to_owned(),
            version: 0,
            snapshots: Vec::new(),
        }
    }

    fn find(&self, id: SnapshotId) -> Result<&SnapshotPart> {
        let this = key(id.0);
        self.snapshots
            .iter()
            .find(|part| part.id == this)
            .ok_or(StoreError::NotFound)
    }

    /// The documents of the texts on it, by hash.
    fn texts(&self) -> BTreeMap<String, String> {
        let files = self.snapshots.iter().flat_map(|part| &part.files);
        files.map(|file| (file.hash.clone(), file.text.clone())).collect()
    }

    /// Texts that stood on it before and do not any more.
    fn dropped_since(&self, before: Option<&Self>) -> Vec<String> {
        let kept: BTreeSet<String> = self.texts().into_values().collect();
        let before = before.map(Self::texts).unwrap_or_default();
        before.into_values().filter(|text| !kept.contains(text)).collect()
    }

    /// Makes room for one more; whether it is to be added. `Full("snapshots")`.
    fn make_room(&mut self, part: &SnapshotPart, new: &NewSnapshot) -> Result<bool> {
        if self.snapshots.iter().any(|known| known.id == part.id) {
            return Err(StoreError::Conflict("id"));
        }
        if !part.automatic {
            self.require_room(new.most_named)?;
            return Ok(true);
        }
        self.snapshots
            .sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        if self.snapshots.last().is_some_and(|latest| latest.digest == part.digest) {
            return Ok(false);
        }
        let most = usize::try_from(new.most_automatic.saturating_sub(1)).unwrap_or(usize::MAX);
        let automatic = self.snapshots.iter().filter(|part| part.automatic).count();
        let mut beyond = automatic.saturating_sub(most);
        self.snapshots.retain(|part| {
            let goes = part.automatic && beyond > 0;
            beyond -= usize::from(goes);
            !goes
        });
        Ok(true)
    }

    fn require_room(&self, most: u64) -> Result<()> {
        let named = self.snapshots.iter().filter(|part| !part.automatic).count() as u64;
        if named >= most {
            return Err(StoreError::Full("snapshots"));
        }
        Ok(())
    }
}

impl SnapshotPart {
    /// One whose texts are not stored yet.
    fn new(new: &NewSnapshot) -> Result<Self> {
        let hashes: Vec<Vec<u8>> = new
            .files
            .iter()
            .map(|file| Sha256::digest(&file.content).to_vec())
            .collect();
        let file = |(file, hash): (&FileText, &Vec<u8>)| {
            Ok(FilePart {
                path: convert::text("path", &file.path)?,
                hash: hex(hash),
                text: String::new(),
            })
        };
        let files: Vec<FilePart> = new.files.iter().zip(&hashes).map(file).collect::<Result<_>>()?;
        let paths = new.files.iter().map(|file| file.path.as_str());
        Ok(Self {
            id: key(new.id.0),
            kind: convert::word(new.kind),
            automatic: new.kind.is_automatic(),
            name: new
                .name
                .as_deref()
                .map(|name| convert::text("name", name))
                .transpose()?,
            by: new.by.map(|user| key(user.0)),
            execution: new.execution.map(|execution| key(execution.0)),
            digest: hex(&convert::digest(paths.zip(hashes.iter().map(Vec::as_slice)))),
            bytes: convert::column(new.files.iter().map(|file| file.content.len()).sum::<usize>()),
            created_at: convert::micros(new.created_at),
            files,
        })
    }

    fn to_snapshot(&self, session: SessionId, by: Option<Person>) -> Result<Snapshot> {
        Ok(Snapshot {
            id: SnapshotId(id(&self.id)?),
            session_id: session,
            kind: convert::from_word(self.kind.clone())?,
            name: self.name.clone(),
            by,
            execution_id: self.execution.as_deref().map(id).transpose()?.map(ExecutionId),
            files: convert::number(convert::column(self.files.len()))?,
            bytes: convert::number(self.bytes)?,
            created_at: convert::time(self.created_at)?,
        })
    }
}
