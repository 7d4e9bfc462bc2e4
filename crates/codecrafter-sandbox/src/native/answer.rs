//! Reading what a jail says. Its init is ours, but lives among strangers: nothing in it is believed.

use std::io;

use codecrafter_jail::protocol::{Answer, decode, frame_length};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::BoxFile;

/// The next frame.
pub(crate) async fn read_answer(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Answer> {
    let mut head = [0; 4];
    from.read_exact(&mut head).await?;
    let mut frame = vec![0; frame_length(head)?];
    from.read_exact(&mut frame).await?;
    decode(&frame)
}

/// The files that were asked for, of at most `most` bytes in all, and what could not be collected.
pub(crate) async fn collected(
    from: &mut (impl AsyncRead + Unpin),
    most: u64,
) -> io::Result<(Vec<BoxFile>, Option<String>)> {
    let Answer::Collected { files: heads, error } = read_answer(from).await? else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let bytes = heads.iter().fold(0_u64, |sum, head| sum.saturating_add(head.len));
    if bytes > most {
        return Err(io::Error::other("more was collected than asked for"));
    }
    let mut files = Vec::with_capacity(heads.len());
    for head in heads {
        let mut content = vec![0; usize::try_from(head.len).map_err(io::Error::other)?];
        from.read_exact(&mut content).await?;
        files.push(BoxFile {
            path: head.path,
            content: content.into(),
            executable: head.executable,
        });
    }
    Ok((files, error))
}
