//! The executable: parses the command line and hands over to one module per subcommand.

mod audit;
mod cli;
mod control;
mod doctor;
mod engines;
mod executions;
mod migrate;
mod run;
mod secrets;
mod serve;
mod settings;
mod store;
mod toolchain_cache;
mod users;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use cli::{Cli, Command, ServeArgs};
use settings::Settings;

/// A run makes and frees some thousand small things, most of them in another thread than they were made in.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // The jail's launcher forks, so it must come before any thread.
    if std::env::args().nth(1).as_deref() == Some(codecrafter_jail::ARGUMENT) {
        return codecrafter_jail::main();
    }
    match start(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("codecrafter: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn start(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve(args) => serve::serve(Settings::read(&cli.settings, &args)?).await,
        Command::Run(args) => run::run(&Settings::read(&cli.settings, &ServeArgs::default())?, args).await,
        Command::Doctor(args) => doctor::doctor(&Settings::read(&cli.settings, &ServeArgs::default())?, &args).await,
        Command::Migrate(args) => migrate::migrate(&Settings::read(&cli.settings, &ServeArgs::default())?, &args).await,
        Command::Store(command) => store::store(&Settings::read(&cli.settings, &ServeArgs::default())?, command).await,
        Command::Executions(command) => {
            executions::executions(&Settings::read(&cli.settings, &ServeArgs::default())?, command).await
        }
        Command::Audit(command) => audit::audit(&Settings::read(&cli.settings, &ServeArgs::default())?, command).await,
        Command::User(command) => users::users(&Settings::read(&cli.settings, &ServeArgs::default())?, &command).await,
        Command::WebhookSecret => print_webhook_secret(&Settings::read(&cli.settings, &ServeArgs::default())?),
        Command::Openapi => print_openapi(),
        Command::Asyncapi => print_asyncapi(),
    }
}

fn print_webhook_secret(settings: &Settings) -> anyhow::Result<ExitCode> {
    secrets::make_data_dir(&settings.data_dir)?;
    print(secrets::webhook_secret(&settings.data_dir)?.reveal())?;
    Ok(ExitCode::SUCCESS)
}

fn print_openapi() -> anyhow::Result<ExitCode> {
    print(&codecrafter_server::openapi_document().to_pretty_json()?)?;
    Ok(ExitCode::SUCCESS)
}

fn print_asyncapi() -> anyhow::Result<ExitCode> {
    print(&serde_json::to_string_pretty(&codecrafter_server::asyncapi_document())?)?;
    Ok(ExitCode::SUCCESS)
}

/// A line of results on standard output. Whoever closes it has seen enough.
fn print(line: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
