//! Where results are posted to: which addresses may be named.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::bounds::CALLBACK_URL_BYTES;

/// Which addresses results are posted to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Targets {
    /// Those of the public internet.
    #[default]
    Public,
    /// All: for tests, and for networks where everybody who runs programs may reach everything.
    Any,
}

impl Targets {
    /// Whether results may be posted to this address.
    pub fn allow(self, address: IpAddr) -> bool {
        self == Self::Any || is_public(address)
    }

    /// Whether the host of `url` may be asked for its address, or is one that results may be posted to.
    ///
    /// # Errors
    /// Says what is wrong with it, for a person.
    pub fn check(self, url: &Url) -> Result<(), String> {
        let allowed = match url.host() {
            None => false,
            Some(Host::Ipv4(address)) => self.allow(address.into()),
            Some(Host::Ipv6(address)) => self.allow(address.into()),
            Some(Host::Domain(name)) => self == Self::Any || !is_local(name),
        };
        allowed
            .then_some(())
            .ok_or_else(|| "must be a public address: not loopback, private, link-local or multicast".into())
    }
}

/// Checks an address as far as that needs no setting.
///
/// # Errors
/// Says what is wrong with it, for a person.
pub fn check(address: &str) -> Result<Url, String> {
    if address.len() > CALLBACK_URL_BYTES {
        return Err(format!("must have at most {CALLBACK_URL_BYTES} bytes"));
    }
    let url = Url::parse(address).map_err(|error| format!("must be a URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must begin with http:// or https://".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a name or password".into());
    }
    if url.port() == Some(0) {
        return Err("must not have port 0".into());
    }
    Ok(url)
}

/// Names that never leave the machine or its network.
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    matches!(last, "localhost" | "local" | "internal" | "localdomain" | "") || !name.contains('.')
}

/// Whether an address is one of the public internet: not of this machine, its network, or any special use
/// (IANA's registries of special-purpose addresses), whichever way it is written.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// IPv4 networks that are not the public internet: address and length.
const SPECIAL_V4: [(Ipv4Addr, u32); 17] = [
    // This network, private, shared by carriers, loopback, link-local (where clouds keep secrets).
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Protocol assignments, 6to4 relays, benchmarks, documentation.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, reserved, broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    // Answer metadata requests in single clouds, and are public by their numbers only.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(192, 0, 0, 192), 32),
];

/// Networks within `2000::/3`, the global unicast addresses, that are not the public internet. Outside of it nothing is.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    // Protocol assignments (Teredo among them), documentation, 6to4.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// IPv4 in other clothes, its address in the last 32 bits: mapped, and translated (NAT64, RFC 6052).
const EMBEDDING: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0),
    Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let within = |(network, length): &(Ipv4Addr, u32)| (address.to_bits() ^ network.to_bits()) >> (32 - length) == 0;
    !SPECIAL_V4.iter().any(within)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let within = |network: Ipv6Addr, length: u32| (bits ^ network.to_bits()) >> (128 - length) == 0;
    if EMBEDDING.iter().any(|network| within(*network, 96)) {
        let [.., one, two, three, four] = address.octets();
        return is_public_v4(Ipv4Addr::new(one, two, three, four));
    }
    within(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)
        && !SPECIAL_V6.iter().any(|(network, length)| within(*network, *length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_web_address_is_refused() {
        let long = format!("https://example.org/{}", "x".repeat(CALLBACK_URL_BYTES));
        for wrong in [
            "",
            "example.org",
            "/path",
            "ftp://example.org",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "gopher://example.org",
            "http://",
            "http://user@example.org",
            "http://user:secret@example.org",
            "http://example.org:0",
            "http://example.org:99999",
            &long,
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
        assert!(check("https://example.org:8443/a?b=c").is_ok());
    }

    #[test]
    fn addresses_within_are_refused_however_they_are_written() {
        for inside in [
            "http://127.0.0.1",
            "http://127.1:8080",
            "http://2130706433",
            "http://0x7f.0.0.1",
            "http://0177.0.0.1",
            "http://0.0.0.0",
            "http://10.1.2.3",
            "http://172.16.0.1",
            "http://172.31.255.255",
            "http://192.168.1.1",
            "http://169.254.169.254/latest/meta-data",
            "http://168.63.129.16",
            "http://100.64.0.1",
            "http://224.0.0.1",
            "http://255.255.255.255",
            "http://192.0.2.1",
            "http://[::1]",
            "http://[::]",
            "http://[::ffff:127.0.0.1]",
            "http://[::ffff:a9fe:a9fe]",
            "http://[::127.0.0.1]",
            "http://[64:ff9b::7f00:1]",
            "http://[64:ff9b:1::1]",
            "http://[fe80::1]",
            "http://[fc00::1]",
            "http://[fd00:ec2::254]",
            "http://[ff02::1]",
            "http://[2002:7f00:1::]",
            "http://[2001:db8::1]",
            "http://localhost",
            "http://LOCALHOST.",
            "http://a.localhost:80",
            "http://metadata.google.internal",
            "http://printer.local",
            "http://intranet",
        ] {
            let url = check(inside).unwrap_or_else(|error| panic!("{inside}: {error}"));
            assert!(Targets::Public.check(&url).is_err(), "{inside}");
            assert!(Targets::Any.check(&url).is_ok(), "{inside}");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for outside in [
            "https://example.org",
            "https://93.184.216.34",
            "https://172.32.0.1",
            "https://[2606:2800:220:1::]",
            "https://[::ffff:93.184.216.34]",
            "https://[64:ff9b::5db8:d822]",
        ] {
            let url = check(outside).expect(outside);
            assert_eq!(Targets::Public.check(&url), Ok(()), "{outside}");
        }
    }
}
