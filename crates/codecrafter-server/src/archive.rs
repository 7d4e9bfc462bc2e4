//! Zip files (PKWARE's APPNOTE 6.3.10), made in memory.

use std::io::{Cursor, Write};

use bytes::Bytes;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::error::ApiError;

/// Packs files by path, off the threads that serve. Whoever calls has bounded their sizes, and checked their paths: what
/// unpacks follows them.
pub(crate) async fn zip(files: Vec<(String, Bytes)>) -> Result<Bytes, ApiError> {
    let packed = tokio::task::spawn_blocking(move || pack(&files)).await;
    let packed = packed.map_err(std::io::Error::other).flatten();
    packed.map_err(|error| ApiError::internal(&error))
}

fn pack(files: &[(String, Bytes)]) -> std::io::Result<Bytes> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .unix_permissions(0o644);
    for (path, content) in files {
        writer.start_file(path.as_str(), options)?;
        writer.write_all(content)?;
    }
    Ok(writer.finish()?.into_inner().into())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[tokio::test]
    async fn holds_what_was_put_in() {
        let files = vec![
            ("main.py".to_owned(), Bytes::from("print(1)\n".repeat(1_000))),
            ("données/été.txt".to_owned(), Bytes::from("été")),
            ("empty".to_owned(), Bytes::new()),
        ];
        let packed = zip(files.clone()).await.unwrap();
        assert!(packed.len() < 2_000, "packed: {}", packed.len());
        let mut archive = zip::ZipArchive::new(Cursor::new(packed)).unwrap();
        assert_eq!(archive.len(), files.len());
        for (path, content) in files {
            let mut read = Vec::new();
            archive.by_name(&path).unwrap().read_to_end(&mut read).unwrap();
            assert_eq!(read, content);
        }
    }
}
