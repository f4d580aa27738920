//! The commands. Exit codes: 0 it is well, 1 the configuration or the gateway is not, 2 the command itself is wrong.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};

use crate::{
    app,
    base::chain,
    config::{self, Environment, Settings},
};

/// Does what the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Run(file) => run(&file.config),
        Command::Check(file) => check(&file.config),
    }
}

/// An OpenID Connect gateway for web applications that know nothing of OpenID Connect.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until stopped.
    Run(ConfigFile),
    /// Say whether the configuration is sound, and if not, all that is wrong with it. Connects to nothing.
    Check(ConfigFile),
}

#[derive(Args)]
struct ConfigFile {
    #[arg(
        long,
        value_name = "FILE",
        help = "The configuration; environment variables named VESTIBULE__SECTION__KEY write over it"
    )]
    config: PathBuf,
}

fn run(file: &Path) -> ExitCode {
    let Some(settings) = load(file) else { return ExitCode::FAILURE };
    match app::run(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(io::stderr(), &chain(&error));
            ExitCode::FAILURE
        }
    }
}

fn check(file: &Path) -> ExitCode {
    let Some(settings) = load(file) else { return ExitCode::FAILURE };
    tell(io::stdout(), &format!("{}: ok: {}", file.display(), summary(&settings)));
    ExitCode::SUCCESS
}

/// The settings; without them all that is wrong has been told. Warnings are told either way.
fn load(file: &Path) -> Option<Settings> {
    match config::load(file, &Environment::of_process()) {
        Ok((settings, warnings)) => {
            tell(io::stderr(), &warnings.to_string());
            Some(settings)
        }
        Err(problems) => {
            let count = match problems.count() {
                1 => "1 problem".to_owned(),
                count => format!("{count} problems"),
            };
            tell(io::stderr(), &format!("{problems}{}: {count}", file.display()));
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

/// Writes lines for the person at the terminal. Whoever closed it does not want to read them.
fn tell(mut out: impl Write, text: &str) {
    if !text.is_empty() {
        let _closed = writeln!(out, "{}", text.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_sound() {
        super::Arguments::command().debug_assert();
    }
}
