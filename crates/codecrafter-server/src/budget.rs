//! How often something may be asked for: windows, counted in this process and shared through the Ephemeral port.

mod shared;
pub(crate) mod spent;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use codecrafter_bus::Ephemeral;
use codecrafter_domain::id::{ApiKeyId, UserId};
use http::StatusCode;

use crate::error::ApiError;
use crate::seats::network_of;
use crate::state::RateLimits;
use shared::Shared;

const MINUTE: Duration = Duration::from_mins(1);
const QUARTER: Duration = Duration::from_mins(15);
const HOUR: Duration = Duration::from_hours(1);
/// How long an address is known as one from which an account was signed in to.
const KNOWN: Duration = Duration::from_hours(24 * 30);

/// How many requests a minute, each budget its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetLimits {
    /// New accounts from one address.
    pub registrations_per_address: u64,
    /// Logins and refreshes from one address.
    pub logins_per_address: u64,
    /// All requests from one address, those of nobody included.
    pub requests_per_address: u64,
    /// Everything that one user asks for, by page and keys together.
    pub requests_per_user: u64,
    /// Everything that is asked for with one API key.
    pub requests_per_key: u64,
    /// Programs that one user runs.
    pub executions_per_user: u64,
    /// Messages that one user sends and edits.
    pub messages_per_user: u64,
}

impl Default for BudgetLimits {
    /// A class of some hundred behind one address fits in.
    fn default() -> Self {
        Self {
            registrations_per_address: 120,
            logins_per_address: 300,
            requests_per_address: 30_000,
            requests_per_user: 3_000,
            requests_per_key: 3_000,
            executions_per_user: 1_200,
            messages_per_user: 120,
        }
    }
}

/// Logins to one account from one address, in a minute.
const LOGINS_PER_ACCOUNT_AND_ADDRESS: u64 = 20;
/// Logins to one account from all unknown addresses together, in an hour.
const LOGINS_PER_ACCOUNT: u64 = 200;
/// Second factors that are tried for one account, in a quarter of an hour. Trying one takes the password.
const SECOND_FACTORS_PER_ACCOUNT: u64 = 10;
/// Mails to one address, in a minute.
const MAILS_PER_ADDRESS: u64 = 5;

/// What is counted, and for whom.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Budget<'a> {
    /// New accounts from one address.
    Register(IpAddr),
    /// Logins and refreshes from one address.
    Login(IpAddr),
    /// Logins to one account from one address: guessing stops, the owner elsewhere gets in.
    Account(IpAddr, &'a str),
    /// Mails to one address.
    Mail(&'a str),
    /// Logins to one account from addresses that it was not signed in to from: guessing from many addresses stops.
    Strangers(&'a str),
    /// Second factors that are tried for one account, by whoever knows its password.
    SecondFactor(UserId),
    /// Everything from one address.
    Address(IpAddr),
    /// Everything that one user asks for.
    General(UserId),
    /// Everything that is asked for with one key.
    Key(ApiKeyId),
    /// Programs that one user runs.
    Execute(UserId),
    /// Messages that one user sends and edits.
    Chat(UserId),
}

/// How exactly a budget is kept when several nodes share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counting {
    /// Each request waits for the shared counter.
    Exact,
    /// Decided here at once; what other nodes have counted is known a moment later.
    Soon,
}

impl Budget<'_> {
    /// Its name in headers.
    fn name(self) -> &'static str {
        match self {
            Self::Register(_) => "register",
            Self::Login(_) => "login",
            Self::Account(..) => "account",
            Self::Strangers(_) => "strangers",
            Self::SecondFactor(_) => "second-factor",
            Self::Mail(_) => "mail",
            Self::Address(_) => "address",
            Self::General(_) => "general",
            Self::Key(_) => "key",
            Self::Execute(_) => "execute",
            Self::Chat(_) => "chat",
        }
    }

    /// Requests per window.
    fn limit(self, limits: &BudgetLimits) -> u64 {
        match self {
            Self::Register(_) => limits.registrations_per_address,
            Self::Login(_) => limits.logins_per_address,
            Self::Account(..) => LOGINS_PER_ACCOUNT_AND_ADDRESS,
            Self::Strangers(_) => LOGINS_PER_ACCOUNT,
            Self::SecondFactor(_) => SECOND_FACTORS_PER_ACCOUNT,
            Self::Mail(_) => MAILS_PER_ADDRESS,
            Self::Address(_) => limits.requests_per_address,
            Self::General(_) => limits.requests_per_user,
            Self::Key(_) => limits.requests_per_key,
            Self::Execute(_) => limits.executions_per_user,
            Self::Chat(_) => limits.messages_per_user,
        }
    }

    fn window(self) -> Duration {
        match self {
            Self::Strangers(_) => HOUR,
            Self::SecondFactor(_) => QUARTER,
            _ => MINUTE,
        }
    }

    fn counting(self) -> Counting {
        match self {
            // Each is followed by work that takes far longer than counting.
            Self::Register(_)
            | Self::Login(_)
            | Self::Account(..)
            | Self::Strangers(_)
            | Self::SecondFactor(_)
            | Self::Mail(_) => Counting::Exact,
            _ => Counting::Soon,
        }
    }

    fn key(self) -> String {
        let name = self.name();
        match self {
            Self::Register(address) | Self::Login(address) | Self::Address(address) => {
                format!("{name}:{}", network_of(address))
            }
            Self::Account(address, login) => format!("{name}:{}:{}", network_of(address), login.to_lowercase()),
            Self::Strangers(login) => format!("{name}:{}", login.to_lowercase()),
            Self::General(user) | Self::Execute(user) | Self::Chat(user) | Self::SecondFactor(user) => {
                format!("{name}:{user}")
            }
            Self::Key(key) => format!("{name}:{key}"),
            Self::Mail(email) => format!("{name}:{email}"),
        }
    }
}

/// Counts requests and refuses those beyond a budget.
pub(crate) struct Budgets {
    ephemeral: Arc<dyn Ephemeral>,
    shared: Shared,
    rate_limits: RateLimits,
    limits: BudgetLimits,
}

impl Budgets {
    pub(crate) fn new(ephemeral: Arc<dyn Ephemeral>, rate_limits: RateLimits, limits: BudgetLimits) -> Self {
        Self {
            shared: Shared::new(Arc::clone(&ephemeral)),
            ephemeral,
            rate_limits,
            limits,
        }
    }

    /// Takes one from a budget. Counters that are away refuse nobody: they protect speed, not rights.
    pub(crate) async fn take(&self, budget: Budget<'_>) -> Result<(), ApiError> {
        if self.rate_limits == RateLimits::Off {
            return Ok(());
        }
        let (key, window) = (budget.key(), budget.window());
        let counted = match budget.counting() {
            Counting::Soon => self.shared.count(&key, window),
            Counting::Exact => match self.ephemeral.count(&key, 1, window).await {
                Ok(counted) => counted,
                Err(error) => {
                    tracing::warn!(%error, "requests are not counted");
                    return Ok(());
                }
            },
        };
        let limit = budget.limit(&self.limits);
        spent::note(spent::Spent {
            name: budget.name(),
            limit,
            window,
            left: limit.saturating_sub(counted.total),
            resets_in: counted.resets_in,
        });
        if counted.total <= limit {
            return Ok(());
        }
        metrics::counter!("codecrafter_http_refused_total", "status" => StatusCode::TOO_MANY_REQUESTS.as_str())
            .increment(1);
        let per = match window {
            HOUR => "an hour",
            QUARTER => "a quarter of an hour",
            _ => "a minute",
        };
        Err(ApiError::too_many(
            format!("At most {limit} of these {per}."),
            counted.resets_in.as_secs() + 1,
        ))
    }

    /// Takes a login to an account from what it may be tried. Whoever guesses from one address is stopped there;
    /// guessing from many stops for addresses that the account was not signed in to from, so that its owner still
    /// gets in from where they usually do.
    pub(crate) async fn take_login(&self, address: IpAddr, login: &str) -> Result<(), ApiError> {
        self.take(Budget::Login(address)).await?;
        self.take(Budget::Account(address, login)).await?;
        match self.take(Budget::Strangers(login)).await {
            Err(_) if self.is_known(address, login).await => Ok(()),
            taken => taken,
        }
    }

    /// Remembers that an account was signed in to from an address.
    pub(crate) async fn know(&self, address: IpAddr, login: &str) {
        if let Err(error) = self.ephemeral.count(&known_key(address, login), 1, KNOWN).await {
            tracing::warn!(%error, "an address is not remembered");
        }
    }

    async fn is_known(&self, address: IpAddr, login: &str) -> bool {
        let counted = self.ephemeral.count(&known_key(address, login), 0, KNOWN).await;
        counted.is_ok_and(|counted| counted.total > 0)
    }
}

fn known_key(address: IpAddr, login: &str) -> String {
    format!("known:{}:{}", network_of(address), login.to_lowercase())
}

#[cfg(test)]
mod tests {
    use codecrafter_bus::in_process::InProcessEphemeral;

    use super::*;

    fn budgets(ephemeral: &Arc<InProcessEphemeral>) -> Budgets {
        let ephemeral: Arc<dyn Ephemeral> = Arc::clone(ephemeral) as _;
        Budgets::new(ephemeral, RateLimits::On, BudgetLimits::default())
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[tokio::test(start_paused = true)]
    async fn guessing_from_everywhere_locks_nobody_out_at_home() {
        let budgets = budgets(&Arc::default());
        let home = address("192.0.2.1");
        budgets.take_login(home, "ada").await.expect("the first");
        budgets.know(home, "ada").await;
        for index in 0..LOGINS_PER_ACCOUNT {
            let _ = budgets.take_login(address(&format!("198.51.100.{index}")), "Ada").await;
        }
        assert!(budgets.take_login(address("203.0.113.9"), "ada").await.is_err());
        budgets.take_login(home, "ada").await.expect("known");
        budgets
            .take_login(address("203.0.113.9"), "bob")
            .await
            .expect("another account");
        tokio::time::advance(HOUR).await;
        budgets
            .take_login(address("203.0.113.9"), "ada")
            .await
            .expect("an hour later");
    }

    #[tokio::test(start_paused = true)]
    async fn one_network_of_version_6_is_one_address() {
        let budgets = budgets(&Arc::default());
        let mut refused = 0;
        for index in 0..30 {
            let from = address(&format!("2001:db8::{index:x}"));
            refused += u64::from(budgets.take_login(from, "ada").await.is_err());
        }
        assert_eq!(refused, 30 - LOGINS_PER_ACCOUNT_AND_ADDRESS);
        budgets
            .take_login(address("2001:db8:0:1::1"), "ada")
            .await
            .expect("another network");
    }

    #[tokio::test(start_paused = true)]
    async fn nodes_count_together() {
        let engine = Arc::default();
        let (one, two) = (budgets(&engine), budgets(&engine));
        let budget = Budget::Chat(UserId::new());
        for _ in 0..60 {
            one.take(budget).await.expect("within the budget");
            two.take(budget).await.expect("within the budget");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        // Each learns of the other's with what it shares next.
        let _ = (one.take(budget).await, two.take(budget).await);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(one.take(budget).await.is_err() && two.take(budget).await.is_err());
        tokio::time::sleep(MINUTE).await;
        one.take(budget).await.expect("a minute later");
    }
}
