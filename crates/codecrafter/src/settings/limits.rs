//! How much of everything there may be.

use anyhow::bail;
use codecrafter_domain::admin::{Allowance, MOST_BYTES, MOST_COUNTED};
use codecrafter_server::{BudgetLimits, ConnectionLimits, HttpConnections};

use super::Switch;
use super::typed::Typed;

/// HTTP connections unless set.
const HTTP_CONNECTIONS: usize = 10_000;
/// The same from one address.
const HTTP_CONNECTIONS_PER_ADDRESS: usize = 1_000;

impl Typed {
    pub(super) fn budgets(&self) -> anyhow::Result<BudgetLimits> {
        let defaults = BudgetLimits::default();
        let limit = |key: &str, typed: Option<u64>, default| match typed {
            Some(0) => bail!("{key} must be at least 1"),
            typed => Ok(typed.unwrap_or(default)),
        };
        Ok(BudgetLimits {
            requests_per_address: limit(
                "requests_per_address",
                self.requests_per_address,
                defaults.requests_per_address,
            )?,
            requests_per_user: limit("requests_per_user", self.requests_per_user, defaults.requests_per_user)?,
            requests_per_key: limit("requests_per_key", self.requests_per_key, defaults.requests_per_key)?,
            executions_per_user: limit(
                "executions_per_user",
                self.executions_per_user,
                defaults.executions_per_user,
            )?,
            messages_per_user: limit("messages_per_user", self.messages_per_user, defaults.messages_per_user)?,
            logins_per_address: limit(
                "logins_per_address",
                self.logins_per_address,
                defaults.logins_per_address,
            )?,
            registrations_per_address: limit(
                "registrations_per_address",
                self.registrations_per_address,
                defaults.registrations_per_address,
            )?,
        })
    }

    pub(super) fn http_connections(&self) -> anyhow::Result<HttpConnections> {
        if self.http_connections == Some(0) || self.http_connections_per_address == Some(0) {
            bail!("http_connections and http_connections_per_address must be at least 1");
        }
        let per_address = self
            .http_connections_per_address
            .unwrap_or(HTTP_CONNECTIONS_PER_ADDRESS);
        Ok(HttpConnections {
            most: self.http_connections.unwrap_or(HTTP_CONNECTIONS),
            per_address: (self.rate_limits != Some(Switch::Off)).then_some(per_address),
        })
    }

    pub(super) fn allowance(&self) -> anyhow::Result<Allowance> {
        let defaults = Allowance::default();
        let allowance = Allowance {
            executions: self.quota_executions.unwrap_or(defaults.executions),
            sessions: self.quota_sessions.unwrap_or(defaults.sessions),
            storage_bytes: self.quota_storage_bytes.unwrap_or(defaults.storage_bytes),
        };
        for (key, count) in [
            ("quota_executions", allowance.executions),
            ("quota_sessions", allowance.sessions),
        ] {
            if count == 0 || count > MOST_COUNTED {
                bail!("{key} must be from 1 to {MOST_COUNTED}");
            }
        }
        if allowance.storage_bytes == 0 || allowance.storage_bytes > MOST_BYTES {
            bail!("quota_storage_bytes must be from 1 to {MOST_BYTES}");
        }
        Ok(allowance)
    }

    pub(super) fn connections(&self) -> anyhow::Result<ConnectionLimits> {
        let defaults = ConnectionLimits::default();
        let limits = ConnectionLimits {
            per_user: self.connections_per_user.unwrap_or(defaults.per_user),
            per_address: self.connections_per_address.unwrap_or(defaults.per_address),
        };
        for (key, limit) in [
            ("connections_per_user", limits.per_user),
            ("connections_per_address", limits.per_address),
        ] {
            if limit == 0 {
                bail!("{key} must be at least 1");
            }
        }
        Ok(limits)
    }
}
