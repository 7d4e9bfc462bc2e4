//! Where a request comes from: the peer or, behind proxies that are trusted, whom they name.
//!
//! Each proxy adds the address that it was called from at the right of a list. Read from the right for as long as the
//! addresses are those of trusted proxies, the next one is the client's; whatever stands left of it anybody may have
//! written.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use http::header::{FORWARDED, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Proxies whose word is taken.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(pub Arc<[IpNet]>);

impl TrustedProxies {
    /// Whether this address is that of one.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who has sent a request that came from `peer`. Where the two headers name different clients, one of them is not
    /// from the proxy: then it is the peer.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.contains(peer) {
            return peer;
        }
        let usual = headers.contains_key(X_FORWARDED_FOR);
        let standard = headers.contains_key(FORWARDED);
        let usual = usual.then(|| self.walk(peer, values(headers, &X_FORWARDED_FOR).map(address)));
        let standard = standard.then(|| self.walk(peer, values(headers, &FORWARDED).map(forwarded_for)));
        match (usual, standard) {
            (Some(usual), Some(standard)) if usual != standard => peer,
            (Some(client), _) | (None, Some(client)) => client,
            (None, None) => peer,
        }
    }

    /// The last trusted address before one that cannot be read, or the first that is not trusted.
    fn walk(&self, peer: IpAddr, from_the_right: impl Iterator<Item = Option<IpAddr>>) -> IpAddr {
        let mut client = peer;
        for next in from_the_right {
            let Some(next) = next else { break };
            client = next.to_canonical();
            if !self.contains(client) {
                break;
            }
        }
        client
    }
}

/// The parts of a list that may come in several lines, from the right.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    let lines = lines.into_iter().rev().map(|line| line.to_str().unwrap_or_default());
    lines.flat_map(|line| line.rsplit(','))
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// The `for` of one element of `Forwarded` (RFC 7239).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut named = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for"));
    address(named.next()?.1.trim_matches('"'))
}

/// Has everything behind it see the client's address in place of the peer's.
pub(crate) async fn resolve(proxies: TrustedProxies, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let client = proxies.client(peer.ip(), request.headers());
        let client = SocketAddr::new(client, peer.port());
        request.extensions_mut().insert(ConnectInfo(client));
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "10.0.0.1";

    fn client(peer: &str, lines: &[(&'static str, &str)]) -> String {
        let networks = ["10.0.0.0/8", "fd00::/8"].map(|text| text.parse::<IpNet>().expect("a network"));
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().expect("a value"));
        }
        let proxies = TrustedProxies(Arc::new(networks));
        proxies.client(peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn only_trusted_peers_are_believed() {
        let forged = [("x-forwarded-for", "192.0.2.7"), ("forwarded", "for=192.0.2.7")];
        assert_eq!(client("198.51.100.1", &forged), "198.51.100.1");
        assert_eq!(client(PEER, &forged), "192.0.2.7");
        assert_eq!(client("::ffff:10.0.0.1", &forged), "192.0.2.7");
        assert_eq!(client(PEER, &[]), PEER);
    }

    #[test]
    fn the_list_is_read_from_the_right() {
        let usual = |value| client(PEER, &[("x-forwarded-for", value)]);
        assert_eq!(usual("203.0.113.9, 192.0.2.7"), "192.0.2.7");
        assert_eq!(usual("203.0.113.9, 192.0.2.7, 10.9.9.9"), "192.0.2.7");
        assert_eq!(usual("10.1.1.1, 10.2.2.2"), "10.1.1.1");
        assert_eq!(usual("192.0.2.7, nonsense, 10.2.2.2"), "10.2.2.2");
        assert_eq!(usual("192.0.2.7:443"), "192.0.2.7");
        assert_eq!(usual("2001:db8::7"), "2001:db8::7");
        assert_eq!(usual("[2001:db8::7]:443"), "2001:db8::7");
        let lines = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "192.0.2.7")];
        assert_eq!(client(PEER, &lines), "192.0.2.7");
    }

    #[test]
    fn the_standard_header_is_read_too() {
        let standard = |value| client(PEER, &[("forwarded", value)]);
        assert_eq!(standard(r#"for="[2001:db8::7]:47011";proto=https"#), "2001:db8::7");
        assert_eq!(standard("for=203.0.113.9, For=192.0.2.7;by=10.0.0.1"), "192.0.2.7");
        assert_eq!(standard("for=_hidden"), PEER);
        assert_eq!(standard("proto=https"), PEER);
    }

    #[test]
    fn headers_that_contradict_each_other_are_not_believed() {
        let lines = [("x-forwarded-for", "192.0.2.7"), ("forwarded", "for=203.0.113.9")];
        assert_eq!(client(PEER, &lines), PEER);
    }
}
