//! The jail's `/etc`: a few synthetic files and copies of what programs need to start.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::error::{Result, Step};
use crate::user;

/// Copied from the host where present: the linker's cache, the alternatives' links, time zone, Java's configuration.
const COPIED: [&str; 8] = [
    "alternatives",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "protocols",
    "services",
];

/// Prefix of folders that Debian's Java packages link to.
const JAVA: &str = "java-";

/// Files larger than this are no configuration.
const COPIED_BYTES_MAX: u64 = 1 << 20;

/// Something below `/etc`.
enum Entry {
    Folder,
    File(Vec<u8>),
    Link(PathBuf),
}

/// What goes into `/etc`, read before the host is out of sight.
pub(crate) struct Etc(Vec<(PathBuf, Entry)>);

impl Etc {
    /// Reads what there is; only what everybody may read, so that no secret gets in.
    pub(crate) fn read() -> Self {
        let mut entries = Vec::new();
        let host = Path::new("/etc");
        let java = fs::read_dir(host)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name.starts_with(JAVA));
        for name in COPIED.into_iter().map(str::to_owned).chain(java) {
            // What is missing or odd on this host is missing inside; the toolchain's check tells.
            let _ = read_into(&mut entries, host, Path::new(&name));
        }
        Self(entries)
    }

    /// Writes it below `/etc` of the jail's root.
    pub(crate) fn write(&self) -> Result<()> {
        let etc = Path::new("/etc");
        for (path, entry) in &self.0 {
            let to = etc.join(path);
            match entry {
                Entry::Folder => fs::create_dir_all(&to),
                Entry::File(content) => fs::write(&to, content),
                Entry::Link(target) => symlink(target, &to),
            }
            .step(format!("copy {}", to.display()))?;
        }
        for (name, content) in synthetic() {
            let to = etc.join(name);
            fs::write(&to, content)
                .and_then(|()| fs::set_permissions(&to, Permissions::from_mode(0o644)))
                .step(format!("write {}", to.display()))?;
        }
        Ok(())
    }
}

fn synthetic() -> [(&'static str, String); 5] {
    let id = user::PROGRAM;
    [
        (
            "passwd",
            format!("root:x:0:0:root:/:/bin/sh\nuser:x:{id}:{id}:user:/box:/bin/sh\n"),
        ),
        ("group", format!("root:x:0:\nuser:x:{id}:\n")),
        (
            "nsswitch.conf",
            "passwd: files\ngroup: files\nhosts: files\n".to_owned(),
        ),
        ("hostname", "codecrafter\n".to_owned()),
        ("hosts", "127.0.0.1 localhost codecrafter\n::1 localhost\n".to_owned()),
    ]
}

fn read_into(entries: &mut Vec<(PathBuf, Entry)>, host: &Path, path: &Path) -> io::Result<()> {
    let from = host.join(path);
    let kind = fs::symlink_metadata(&from)?;
    if kind.is_symlink() {
        entries.push((path.to_owned(), Entry::Link(fs::read_link(&from)?)));
    } else if kind.is_dir() {
        entries.push((path.to_owned(), Entry::Folder));
        for child in fs::read_dir(&from)? {
            read_into(entries, host, &path.join(child?.file_name()))?;
        }
    } else if kind.is_file() && kind.len() <= COPIED_BYTES_MAX && kind.permissions().mode() & 0o004 != 0 {
        entries.push((path.to_owned(), Entry::File(fs::read(&from)?)));
    }
    Ok(())
}
