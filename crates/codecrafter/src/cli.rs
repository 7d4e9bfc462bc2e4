//! The command line: what may be typed.

#![expect(
    clippy::doc_markdown,
    reason = "help texts are shown as they are, backticks included"
)]

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand};
use codecrafter_store::StoreConfig;

const EXAMPLES: &str = "\
Examples:
  codecrafter serve                             start on http://127.0.0.1:8080
  codecrafter serve --listen 0.0.0.0:8080       take connections from other machines
  codecrafter run hello.py                      run a local file in the sandbox
  codecrafter run sum.c --stdin '1 2' -- -v     with standard input and arguments
  codecrafter doctor                            what is present, what is missing

Every setting also has a key in codecrafter.toml and an environment variable:
  CODECRAFTER_LISTEN=127.0.0.1:9000 codecrafter serve";

/// Write code together in real time and run it safely.
#[derive(Debug, Parser)]
#[command(name = "codecrafter", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Settings that are given as flags; they come before the environment and the file.
#[derive(Debug, Default, Args)]
pub(crate) struct SettingsArgs {
    /// Settings file [default: codecrafter.toml where there is one]
    #[arg(long, global = true, value_name = "FILE", env = "CODECRAFTER_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Where data and secrets are kept [default: ~/.local/share/codecrafter] [env: CODECRAFTER_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// How programs are isolated, for example native: [env: CODECRAFTER_SANDBOX]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) sandbox: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the platform: web app, API and workers
    Serve(ServeArgs),
    /// Run a local file in the sandbox and exit with its code
    Run(RunArgs),
    /// Say what is present, which isolation is in force and what is missing
    Doctor(DoctorArgs),
    /// Bring the store's schema up to date, or say whether it is, without serving
    Migrate(MigrateArgs),
    /// Move all data to another store
    #[command(subcommand)]
    Store(StoreCommand),
    /// Look after executions that were given up
    #[command(subcommand)]
    Executions(ExecutionsCommand),
    /// Look after accounts
    #[command(subcommand)]
    User(UserCommand),
    /// Read the audit log: who did what to whom, from where
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Print the secret that signs webhooks
    WebhookSecret,
    /// Print the API's OpenAPI document
    Openapi,
    /// Print the AsyncAPI document of the API's WebSockets
    Asyncapi,
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  codecrafter store copy --to postgres://codecrafter@db.example.org/codecrafter")]
pub(crate) enum StoreCommand {
    /// Copy everything to an empty store, then compare both; made again, it goes on where it was interrupted
    ///
    /// From any engine to any other, or the same: SQLite, PostgreSQL, MongoDB. Stop all nodes first. Files beside the store
    /// (token.key, webhook.key) are not part of it.
    #[command(after_help = "\
Examples:
  codecrafter store copy --to postgres://codecrafter@db.example.org/codecrafter
  codecrafter store copy --to mongodb://codecrafter@db.example.org/codecrafter
  codecrafter store copy --from postgres://codecrafter@db.example.org/codecrafter --to sqlite:/backup/codecrafter.db")]
    Copy {
        /// Where the data is [default: the store of the settings]
        #[arg(long, value_name = "URL")]
        from: Option<StoreConfig>,
        /// Where it is to be; a password is better kept in the environment
        #[arg(long, value_name = "URL", env = "CODECRAFTER_COPY_TO", hide_env_values = true)]
        to: StoreConfig,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  codecrafter migrate             before nodes of a new version are started
  codecrafter migrate --check     fails where something is to be done")]
pub(crate) struct MigrateArgs {
    /// Change nothing; exit with 1 if the schema is older or newer than this executable's
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  codecrafter executions dead
  codecrafter executions requeue 0190b0a4-7c33-7c1e-8f52-2f6f7a1d9a10")]
pub(crate) enum ExecutionsCommand {
    /// List executions of which workers died three times, the latest first
    Dead {
        /// For programs: a JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Queue dead executions again, as if they were new
    Requeue {
        /// Their ids
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  codecrafter user create-admin ada --email ada@example.org
  codecrafter user list --query example.org
  codecrafter user deactivate ada")]
pub(crate) enum UserCommand {
    /// Make an account that administers the platform; prints a password for its first login
    CreateAdmin {
        /// User name
        name: String,
        /// Email address
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        /// Read the password from the first line of standard input instead of making one
        #[arg(long)]
        password_stdin: bool,
    },
    /// Let an account administer the platform
    Promote {
        /// User name or email address
        name: String,
    },
    /// Let an account administer the platform no more
    Demote {
        /// User name or email address
        name: String,
    },
    /// List accounts, the newest first
    List {
        /// Text in names or the address
        #[arg(long, short, value_name = "TEXT")]
        query: Option<String>,
        /// For programs: a JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Show an account with what it uses and may use, as JSON
    Show {
        /// User name or email address
        name: String,
    },
    /// End somebody's logins and let them sign in no more
    Deactivate {
        /// User name or email address
        name: String,
    },
    /// Let somebody sign in again
    Activate {
        /// User name or email address
        name: String,
    },
    /// Take the second factor of somebody who has lost it away, passkeys included
    ResetSecondFactor {
        /// User name or email address
        name: String,
    },
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  codecrafter audit export --since 2026-01-01T00:00:00Z >audit.jsonl")]
pub(crate) enum AuditCommand {
    /// Print the audit log as JSON lines, the latest entry first
    Export {
        /// Not before this moment
        #[arg(long, value_name = "TIME")]
        since: Option<DateTime<Utc>>,
        /// Before this moment
        #[arg(long, value_name = "TIME")]
        until: Option<DateTime<Utc>>,
    },
}

#[derive(Debug, Default, Args)]
#[command(after_help = "Example:\n  codecrafter serve --listen 127.0.0.1:9000 --data-dir /srv/codecrafter")]
pub(crate) struct ServeArgs {
    /// Address and port to listen on [default: 127.0.0.1:8080] [env: CODECRAFTER_LISTEN]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// What this process does: api, worker or both, comma-separated [default: api,worker] [env: CODECRAFTER_ROLES]
    #[arg(long, value_name = "ROLES", value_delimiter = ',')]
    pub(crate) roles: Option<Vec<String>>,
    /// Address that people type, for links and cookies [default: http://<listen>] [env: CODECRAFTER_PUBLIC_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: the program's own; 128 + n when signal n ended it; 124 when it ran out of time, 137 out of
memory, 125 when it wrote too much; 65 when it does not compile; 64 when what was typed cannot be run
(no such file, no such language); 70 when the platform failed.

Examples:
  codecrafter run hello.py
  echo 3 4 | codecrafter run add.rs
  codecrafter run Main.java Helper.java --stdin 'one line' -- first second
  codecrafter run loop.c --cpu-ms 500 --memory-mib 64")]
pub(crate) struct RunArgs {
    /// Source files; the first one is started
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Language [default: by the first file's ending]
    #[arg(long, short, value_name = "ID")]
    pub(crate) language: Option<String>,
    /// What the program reads from standard input [default: what is piped in]
    #[arg(long, value_name = "TEXT", conflicts_with = "stdin_file")]
    pub(crate) stdin: Option<String>,
    /// File that the program reads as standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) stdin_file: Option<PathBuf>,
    /// Processor time in ms
    #[arg(long, value_name = "MS")]
    pub(crate) cpu_ms: Option<u64>,
    /// Time on the clock in ms
    #[arg(long, value_name = "MS")]
    pub(crate) wall_ms: Option<u64>,
    /// Memory in MiB
    #[arg(long, value_name = "MIB")]
    pub(crate) memory_mib: Option<u64>,
    /// The program's arguments
    #[arg(last = true, value_name = "ARGS")]
    pub(crate) args: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// For programs: JSON on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn arguments_after_the_dashes_are_the_programs() {
        let cli = Cli::parse_from([
            "codecrafter",
            "run",
            "a.c",
            "b.c",
            "--stdin",
            "x",
            "--",
            "-v",
            "--stdin",
        ]);
        let Command::Run(run) = cli.command else {
            panic!("run was typed")
        };
        assert_eq!(run.files.len(), 2);
        assert_eq!(run.args, ["-v", "--stdin"]);
    }
}
