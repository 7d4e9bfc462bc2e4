//! Zip files (PKWARE's APPNOTE 6.3.10), written as they are read.

use async_zip::tokio::write::{EntryStreamWriter, ZipFileWriter};
use async_zip::{Compression, ZipDateTime, ZipEntryBuilder};
use chrono::Utc;
use futures::AsyncWriteExt as _;
use serde::Serialize;
use tokio::io::DuplexStream;

use crate::error::ApiError;

/// What is written and not read yet, in bytes.
const BUFFER: usize = 64 * 1024;
/// Compressed in one go, in bytes: others wait no longer for the thread.
const CHUNK: usize = 64 * 1024;
/// Readable for whoever unpacks it.
const MODE: u16 = 0o644;

/// A file that is written.
pub(crate) type Entry<'a> = EntryStreamWriter<'a, DuplexStream>;

/// A zip that is written. Broken off it has no end, and no program takes it for whole.
pub(crate) struct Zip(ZipFileWriter<DuplexStream>);

impl Zip {
    /// Begins one; the other end is what is written.
    pub(crate) fn begin() -> (Self, DuplexStream) {
        let (reader, writer) = tokio::io::duplex(BUFFER);
        (Self(ZipFileWriter::with_tokio(writer)), reader)
    }

    /// Adds a value as JSON.
    pub(crate) async fn json(&mut self, name: &str, value: &impl Serialize) -> Result<(), ApiError> {
        let json = serde_json::to_vec_pretty(value).map_err(ApiError::internal)?;
        self.whole(name, &json).await
    }

    /// Adds a file. Whoever unpacks it follows its path: the caller has checked that.
    pub(crate) async fn whole(&mut self, name: &str, content: &[u8]) -> Result<(), ApiError> {
        let mut file = self.open(name).await?;
        for chunk in content.chunks(CHUNK) {
            file.write_all(chunk).await.map_err(ApiError::internal)?;
            tokio::task::yield_now().await;
        }
        file.close().await.map_err(ApiError::internal)
    }

    /// Begins a file.
    pub(crate) async fn open(&mut self, name: &str) -> Result<Entry<'_>, ApiError> {
        let entry = ZipEntryBuilder::new(name.to_owned().into(), Compression::Deflate)
            .last_modification_date(ZipDateTime::from_chrono(&Utc::now()))
            .unix_permissions(MODE);
        self.0.write_entry_stream(entry).await.map_err(ApiError::internal)
    }

    /// Writes the end.
    pub(crate) async fn close(self) -> Result<(), ApiError> {
        self.0.close().await.map(drop).map_err(ApiError::internal)
    }
}
