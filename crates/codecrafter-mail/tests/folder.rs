//! The folder adapter: whole mails, in files for their owner only.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use codecrafter_mail::{Mail, MailConfig, Mailer, conformance, open};
use mail_parser::MessageParser;

fn mailer(path: &Path) -> Arc<dyn Mailer> {
    let config = MailConfig::Folder { path: path.to_owned() };
    let sender = "CodeCrafter <noreply@example.org>".parse().expect("a sender");
    open(&config, sender).expect("opened")
}

fn read(path: &Path) -> Mail {
    let bytes = fs::read(path).expect("a file");
    let message = MessageParser::default().parse(&bytes).expect("a mail");
    let to = message.to().and_then(|to| to.first()).and_then(|to| to.address());
    Mail {
        to: to.expect("a recipient").to_owned(),
        subject: message.subject().expect("a subject").to_owned(),
        text: message.body_text(0).expect("a text").into_owned(),
    }
}

#[tokio::test]
async fn mails_arrive_whole() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("mail");
    let sent = async || {
        let files = fs::read_dir(&path)
            .expect("made")
            .map(|entry| entry.expect("read").path());
        files.map(|path| read(&path)).collect()
    };
    conformance::mails_arrive_whole(mailer(&path), sent).await;
}

#[tokio::test]
async fn only_the_owner_reads_them() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("mail");
    mailer(&path).send(&conformance::awkward()).await.expect("sent");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    let file = fs::read_dir(&path)
        .expect("made")
        .next()
        .expect("one")
        .expect("read")
        .path();
    assert_eq!(mode(&file), 0o600);
    assert_eq!(file.extension().and_then(|name| name.to_str()), Some("eml"));
}
