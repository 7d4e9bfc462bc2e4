//! Where mails go, by URL scheme.

use std::fmt;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// Which way mails take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailConfig {
    /// `file:<folder>`: a file per mail, which only the server's user may read.
    Folder {
        /// Made when missing.
        path: PathBuf,
    },
    /// `smtp://` or `smtps://`.
    Smtp(SmtpConfig),
}

/// An SMTP server.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpConfig {
    /// Its name or address.
    pub host: String,
    /// Its port; the usual one for the encryption unless given.
    pub port: Option<u16>,
    /// How the connection is kept secret.
    pub encryption: Encryption,
    /// User name and password.
    pub credentials: Option<(String, String)>,
}

/// How a connection is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// TLS from the first byte (`smtps:`).
    Tls,
    /// TLS before anything is sent (`smtp:`); a server without is refused.
    StartTls,
    /// None: for this machine only.
    None,
}

/// Without the password.
impl fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpConfig({self})")
    }
}

impl fmt::Display for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.encryption == Encryption::Tls {
            "smtps"
        } else {
            "smtp"
        };
        write!(f, "{scheme}://{}", self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(match self.encryption {
            Encryption::None => " without encryption",
            Encryption::StartTls | Encryption::Tls => "",
        })
    }
}

/// The URL without what is secret in it.
impl fmt::Display for MailConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { path } => write!(f, "file:{}", path.display()),
            Self::Smtp(config) => config.fmt(f),
        }
    }
}

impl FromStr for MailConfig {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::Folder { path: path.into() }),
            Some(("smtp" | "smtps", _)) => smtp(text).map(Self::Smtp),
            // Not said back: what was mistyped may hold a password.
            _ => Err("use smtp://<host>, smtps://<host> or file:<folder>".into()),
        }
    }
}

fn smtp(text: &str) -> Result<SmtpConfig, String> {
    let url = Url::parse(text).map_err(|error| format!("not a URL: {error}"))?;
    let host = url.host().ok_or("a host is missing")?;
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err("nothing follows the host and port but ?tls=none".into());
    }
    let encryption = match (url.scheme(), url.query()) {
        ("smtps", None) => Encryption::Tls,
        ("smtp", None) => Encryption::StartTls,
        ("smtp", Some("tls=none")) if is_this_machine(&host) => Encryption::None,
        ("smtp", Some("tls=none")) => return Err("tls=none is for this machine only".into()),
        _ => return Err("after ? comes nothing but tls=none, with smtp:".into()),
    };
    Ok(SmtpConfig {
        host: host.to_string().trim_matches(['[', ']']).to_owned(),
        port: url.port(),
        encryption,
        credentials: credentials(&url)?,
    })
}

fn credentials(url: &Url) -> Result<Option<(String, String)>, String> {
    let decode = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        text.map(String::from)
            .map_err(|_| "user and password must be UTF-8".to_owned())
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (user, Some(password)) if !user.is_empty() => Ok(Some((decode(user)?, decode(password)?))),
        _ => Err("a user needs a password, and a password a user".into()),
    }
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        // Addresses of version 4 are read as such in web addresses only.
        Host::Domain(name) => *name == "localhost" || name.parse::<Ipv4Addr>().is_ok_and(|own| own.is_loopback()),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(text: &str) -> SmtpConfig {
        match text.parse() {
            Ok(MailConfig::Smtp(config)) => config,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn the_scheme_chooses() {
        assert_eq!("file:/a b".parse(), Ok(MailConfig::Folder { path: "/a b".into() }));
        let config = smtp("smtps://ada:p%40ss%3A@mail.example.org:4650");
        assert_eq!((config.host.as_str(), config.port), ("mail.example.org", Some(4650)));
        assert_eq!(config.encryption, Encryption::Tls);
        assert_eq!(config.credentials, Some(("ada".into(), "p@ss:".into())));
        assert_eq!(smtp("smtp://mail.example.org").encryption, Encryption::StartTls);
        assert_eq!(smtp("smtp://[::1]:25?tls=none").host, "::1");
        assert_eq!(smtp("smtp://127.0.0.1:2525?tls=none").encryption, Encryption::None);
    }

    #[test]
    fn what_is_not_secret_stays_refused() {
        for wrong in [
            "",
            "file:",
            "mail.example.org",
            "http://mail.example.org",
            "smtp://",
            "smtp://ada@mail.example.org",
            "smtp://mail.example.org/path",
            "smtp://mail.example.org?tls=none",
            "smtp://192.0.2.1?tls=none",
            "smtps://localhost?tls=none",
            "smtp://localhost?tls=off",
        ] {
            assert!(wrong.parse::<MailConfig>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        let config: MailConfig = "smtp://ada:secret@mail.example.org".parse().expect("a URL");
        let wrong = "stmp://ada:secret@mail.example.org".parse::<MailConfig>();
        for shown in [format!("{config:?}"), config.to_string(), format!("{wrong:?}")] {
            assert!(!shown.contains("secret"), "{shown}");
        }
    }
}
