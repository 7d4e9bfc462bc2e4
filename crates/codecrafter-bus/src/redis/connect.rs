//! Connecting to one server, to the master that Sentinels name, or to a cluster.

use std::time::Duration;

use redis::aio::{MultiplexedConnection, PubSub};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, FromRedisValue, IntoConnectionInfo as _,
    RedisConnectionInfo, RedisError, RedisResult,
};
use tokio::time::timeout;

use super::link::Trouble;
use crate::{BusError, RedisConfig, RedisServers};

/// How long an answer may take.
pub(super) const ANSWER: Duration = Duration::from_secs(1);
/// How long connecting may take, over all that it consists of.
const CONNECTING: Duration = Duration::from_secs(3);

/// Two connections: one for commands, one for what is subscribed to.
pub(super) struct Connected {
    pub(super) commands: Commands,
    pub(super) messages: PubSub,
}

/// A connection for commands. A cheap handle; commands share it without waiting for each other.
#[derive(Clone)]
pub(super) enum Commands {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Commands {
    /// Sends a command and waits for its answer, not for long.
    pub(super) async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Trouble> {
        let answer = async {
            match self.clone() {
                Self::One(mut connection) => command.query_async(&mut connection).await,
                Self::Cluster(mut connection) => command.query_async(&mut connection).await,
            }
        };
        in_time(answer).await
    }

    /// Sends several commands at once, which are carried out in their order.
    pub(super) async fn run_all(&self, commands: Vec<Cmd>) -> Result<Vec<RedisResult<u64>>, Trouble> {
        let mut pipeline = redis::pipe();
        pipeline.ignore_errors();
        for command in commands {
            pipeline.add_command(command);
        }
        let answer = async {
            match self.clone() {
                Self::One(mut connection) => pipeline.query_async(&mut connection).await,
                Self::Cluster(mut connection) => pipeline.query_async(&mut connection).await,
            }
        };
        in_time(answer).await
    }
}

async fn in_time<T>(answer: impl Future<Output = RedisResult<T>>) -> Result<T, Trouble> {
    match timeout(ANSWER, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Trouble::Lost("no answer in time".into())),
    }
}

/// Connects anew. Sentinels are asked each time: the master may be another one.
pub(super) async fn connect(config: &RedisConfig) -> Result<Connected, BusError> {
    let connecting = async {
        match &config.servers {
            RedisServers::One => one(&direct(config)?).await,
            RedisServers::Sentinel { master } => one(&master_client(config, master).await?).await,
            RedisServers::Cluster => cluster(config).await,
        }
    };
    match timeout(CONNECTING, connecting).await {
        Ok(connected) => connected.map_err(|error: RedisError| BusError::Unavailable(error.to_string())),
        Err(_) => Err(BusError::Unavailable("Redis does not answer in time".into())),
    }
}

async fn one(client: &Client) -> RedisResult<Connected> {
    let settings = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(ANSWER))
        .set_response_timeout(Some(ANSWER));
    let commands = client.get_multiplexed_async_connection_with_config(&settings).await?;
    Ok(Connected {
        commands: Commands::One(commands),
        messages: client.get_async_pubsub().await?,
    })
}

fn direct(config: &RedisConfig) -> RedisResult<Client> {
    if config.tls {
        // Other parts bring a second provider along, and rustls would not know which to take.
        // An error says that one has been chosen already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
    let (host, port) = &config.hosts[0];
    Client::open(server(config, host, *port)?)
}

fn server(config: &RedisConfig, host: &str, port: u16) -> RedisResult<ConnectionInfo> {
    let host = host.to_owned();
    let address = if config.tls {
        ConnectionAddr::TcpTls {
            host,
            port,
            insecure: false,
            tls_params: None,
        }
    } else {
        ConnectionAddr::Tcp(host, port)
    };
    Ok(address.into_connection_info()?.set_redis_settings(login(config)))
}

fn login(config: &RedisConfig) -> RedisConnectionInfo {
    let mut login = RedisConnectionInfo::default().set_db(config.database.into());
    if let Some(user) = &config.user {
        login = login.set_username(user);
    }
    if let Some(password) = &config.password {
        login = login.set_password(password);
    }
    login
}

async fn master_client(config: &RedisConfig, master: &str) -> RedisResult<Client> {
    let sentinels = config
        .hosts
        .iter()
        .map(|(host, port)| ConnectionAddr::Tcp(host.clone(), *port))
        .collect();
    let to_master = SentinelNodeConnectionInfo::default().set_redis_connection_info(login(config));
    SentinelClient::build(sentinels, master, Some(to_master), SentinelServerType::Master)?
        .async_get_client()
        .await
}

async fn cluster(config: &RedisConfig) -> RedisResult<Connected> {
    let mut nodes = Vec::new();
    for (host, port) in &config.hosts {
        nodes.push(server(config, host, *port)?);
    }
    let commands = ClusterClientBuilder::new(nodes.clone())
        .connection_timeout(ANSWER)
        .response_timeout(ANSWER)
        .overall_response_timeout(Some(ANSWER))
        .build()?
        .get_async_connection()
        .await?;
    Ok(Connected {
        commands: Commands::Cluster(commands),
        messages: any(nodes).await?,
    })
}

/// Every node of a cluster hears what is published at any.
async fn any(nodes: Vec<ConnectionInfo>) -> RedisResult<PubSub> {
    let mut last = None;
    for node in nodes {
        let connecting = async { Client::open(node)?.get_async_pubsub().await };
        match timeout(ANSWER, connecting).await {
            Ok(Ok(messages)) => return Ok(messages),
            Ok(Err(error)) => last = Some(error),
            Err(_) => {}
        }
    }
    Err(last.unwrap_or_else(|| std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
}
