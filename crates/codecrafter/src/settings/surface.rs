//! Lists about who may reach the server, and how.

use anyhow::{Context as _, bail};
use codecrafter_server::TrustedProxies;
use http::HeaderValue;
use ipnet::IpNet;
use url::Url;

/// Networks as CIDR, or single addresses.
pub(super) fn trusted_proxies(words: &[String]) -> anyhow::Result<TrustedProxies> {
    let networks = words
        .iter()
        .map(|word| network(word))
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(TrustedProxies(networks.into()))
}

fn network(word: &str) -> anyhow::Result<IpNet> {
    let network: IpNet = match word.parse::<std::net::IpAddr>() {
        Ok(address) => address.into(),
        Err(_) => word.parse().with_context(|| {
            format!("trusted_proxies: {word:?} is neither an address nor a network such as 10.0.0.0/8")
        })?,
    };
    if network.prefix_len() == 0 {
        bail!("trusted_proxies: {word:?} is everybody, who could then pretend to be anybody");
    }
    Ok(network)
}

/// Origins, each a scheme and a host, perhaps with a port.
pub(super) fn cors_origins(words: &[String]) -> anyhow::Result<Vec<HeaderValue>> {
    words.iter().map(|word| origin(word)).collect()
}

fn origin(word: &str) -> anyhow::Result<HeaderValue> {
    let wrong = || format!("cors_origins: {word:?} is no origin such as https://code.example");
    let url: Url = word.parse().with_context(wrong)?;
    let origin = url.origin().ascii_serialization();
    // An origin is compared as it is: a pattern would never fit, and looks as if it did.
    let is_pattern = origin.contains('*');
    if !matches!(url.scheme(), "http" | "https") || word.trim_end_matches('/') != origin || is_pattern {
        bail!(wrong());
    }
    HeaderValue::try_from(origin).with_context(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_no_proxy() {
        let read = |word: &str| trusted_proxies(&[word.to_owned()]);
        for right in ["127.0.0.1", "10.0.0.0/8", "fd00::/8", "::1"] {
            assert!(read(right).is_ok(), "{right}");
        }
        for wrong in ["", "*", "0.0.0.0/0", "::/0", "10.0.0.0/33", "proxy.example"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_origin_is_no_more_than_one() {
        let read = |word: &str| cors_origins(&[word.to_owned()]);
        for right in ["https://code.example", "http://localhost:3000", "https://code.example/"] {
            assert!(read(right).is_ok(), "{right}");
        }
        for wrong in [
            "*",
            "null",
            "",
            "code.example",
            "https://code.example/path",
            "file:///x",
            "https://*.example",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
