//! The command line. Exit codes: 0 success, 1 an error of the configuration or of the gateway, 2 a usage error.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::{Args, Parser, Subcommand};

use crate::{
    base::chain,
    config::{self, Environment, Settings},
    process::Process,
    telemetry::start_logging,
};

/// Parses the command line, runs the command and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Run(file) => run(&file.config),
        Command::Check(file) => check(&file.config),
    }
}

/// An OpenID Connect gateway for web applications that do not implement OpenID Connect.
#[derive(Parser)]
#[command(version = LONG_VERSION, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until stopped.
    Run(ConfigFile),
    /// Check the configuration and report every problem in it. Makes no network connection.
    Check(ConfigFile),
}

#[derive(Args)]
struct ConfigFile {
    #[arg(
        long,
        value_name = "FILE",
        help = "The configuration file; environment variables named VESTIBULE__SECTION__KEY override its values"
    )]
    config: PathBuf,
}

fn run(file: &Path) -> ExitCode {
    // First of all, so that no signal ends a gateway that is starting.
    let process = match Process::start() {
        Ok(process) => process,
        Err(error) => {
            print(io::stderr(), &chain(&error));
            return ExitCode::FAILURE;
        }
    };
    let Some(settings) = load(file) else { return ExitCode::FAILURE };
    let (filter, metrics) = (std::env::var("VESTIBULE_LOG").unwrap_or_else(|_| "info".to_owned()), Arc::default());
    // Dropped last: it waits for the lines of the log.
    let log = match start_logging(&filter, settings.log, &metrics) {
        Ok(log) => log,
        Err(error) => {
            print(io::stderr(), &format!("cannot start the thread of the log: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match process.run(settings, file, metrics) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not written directly: the reader of standard error may have stalled.
            log.print(&chain(&error));
            ExitCode::FAILURE
        }
    }
}

fn check(file: &Path) -> ExitCode {
    let Some(settings) = load(file) else { return ExitCode::FAILURE };
    print(io::stdout(), &format!("{}: ok: {}", file.display(), summary(&settings)));
    ExitCode::SUCCESS
}

/// Loads the configuration file and prints its warnings. If it has errors, prints them and returns `None`.
fn load(file: &Path) -> Option<Settings> {
    match config::load(file, &Environment::of_process()) {
        Ok((settings, warnings)) => {
            print(io::stderr(), &warnings.to_string());
            Some(settings)
        }
        Err(problems) => {
            let count = match problems.count() {
                1 => "1 problem".to_owned(),
                count => format!("{count} problems"),
            };
            print(io::stderr(), &format!("{problems}{}: {count}", file.display()));
            None
        }
    }
}

fn summary(settings: &Settings) -> String {
    let origins: Vec<_> = settings.origins.iter().map(|origin| origin.as_str()).collect();
    let providers: Vec<_> = settings.providers.iter().map(|provider| provider.client.name.as_str()).collect();
    let routes = settings.routes.len();
    let plural = if routes == 1 { "route" } else { "routes" };
    format!("{} with {routes} {plural}, sign-in at {}", origins.join(", "), providers.join(", "))
}

/// Prints `text` with one newline at its end, unless it is empty. A closed output is not an error.
fn print(mut out: impl Write, text: &str) {
    if !text.is_empty() {
        let _closed = writeln!(out, "{}", text.trim_end());
    }
}

const LONG_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("VESTIBULE_COMMIT"), ")");

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_defined() {
        super::Arguments::command().debug_assert();
    }
}
