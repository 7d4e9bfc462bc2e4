//! How often something may be asked for: windows of a minute, counted through the Ephemeral port.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use codecrafter_bus::Ephemeral;
use codecrafter_domain::id::UserId;
use http::StatusCode;

use crate::error::ApiError;
use crate::state::RateLimits;

const WINDOW: Duration = Duration::from_mins(1);

/// What is counted, and for whom.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Budget<'a> {
    /// New accounts from one address.
    Register(IpAddr),
    /// Logins and refreshes from one address.
    Login(IpAddr),
    /// Logins to one account from one address: guessing stops, the owner elsewhere gets in.
    Account(IpAddr, &'a str),
    /// Everything that one user asks for.
    General(UserId),
    /// Programs that one user runs.
    Execute(UserId),
    /// Messages that one user sends and edits.
    Chat(UserId),
}

impl Budget<'_> {
    /// Requests per window.
    fn limit(self) -> u64 {
        match self {
            Self::Register(_) | Self::Chat(_) => 120,
            Self::Login(_) => 300,
            Self::Account(..) => 20,
            Self::General(_) => 3_000,
            Self::Execute(_) => 1_200,
        }
    }

    fn key(self) -> String {
        match self {
            Self::Register(address) => format!("register:{address}"),
            Self::Login(address) => format!("login:{address}"),
            Self::Account(address, login) => format!("account:{address}:{}", login.to_lowercase()),
            Self::General(user) => format!("general:{user}"),
            Self::Execute(user) => format!("execute:{user}"),
            Self::Chat(user) => format!("chat:{user}"),
        }
    }
}

/// Counts requests and refuses those beyond a budget.
pub(crate) struct Budgets {
    ephemeral: Arc<dyn Ephemeral>,
    rate_limits: RateLimits,
}

impl Budgets {
    pub(crate) fn new(ephemeral: Arc<dyn Ephemeral>, rate_limits: RateLimits) -> Self {
        Self { ephemeral, rate_limits }
    }

    /// Takes one from a budget. Counters that are away refuse nobody: they protect speed, not rights.
    pub(crate) async fn take(&self, budget: Budget<'_>) -> Result<(), ApiError> {
        if self.rate_limits == RateLimits::Off {
            return Ok(());
        }
        let counted = match self.ephemeral.count(&budget.key(), 1, WINDOW).await {
            Ok(counted) => counted,
            Err(error) => {
                tracing::warn!(%error, "requests are not counted");
                return Ok(());
            }
        };
        let limit = budget.limit();
        if counted.total <= limit {
            return Ok(());
        }
        metrics::counter!("codecrafter_http_refused_total", "status" => StatusCode::TOO_MANY_REQUESTS.as_str())
            .increment(1);
        Err(ApiError::too_many(
            format!("At most {limit} of these a minute."),
            counted.resets_in.as_secs() + 1,
        ))
    }
}
