//! Who calls, as far as the connection and the headers tell.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use codecrafter_domain::account::Device;
use http::header;
use http::request::Parts;

use crate::state::App;

/// Who calls, whether signed in or not.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// Where the connection comes from.
    pub(crate) address: IpAddr,
    /// With what, and from where: kept with the login.
    pub(crate) device: Device,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = connection.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip());
        let agent = parts.headers.get(header::USER_AGENT);
        let agent = agent.map_or_else(String::new, |agent| {
            String::from_utf8_lossy(agent.as_bytes()).into_owned()
        });
        Ok(Self {
            address,
            device: Device::new(&agent, &address.to_canonical()),
        })
    }
}
