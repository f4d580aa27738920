//! A test identity provider, a small legacy application and the gateway in front of the application, in one process.
//!
//! Run `cargo run --release --example demo` and open the printed address. Needs no installation, network or root.
//! The gateway is at 127.0.0.1 and the provider at localhost. These are two sites, so the provider's response is
//! cross-site, as with a real provider.

use std::{error::Error, fs, io, io::Write, path::PathBuf, sync::Arc};

use clap::Parser;
use vestibule::{
    app::{self, Dependencies},
    config::{self, Environment, Settings},
    server::ListenSettings,
    telemetry::{LogSettings, start_logging},
};
use vestibule_harness::{
    app::LegacyApp,
    ca::TestCa,
    idp::{Provider, ProviderOptions},
};

/// Run a gateway, a test identity provider and a test application.
#[derive(Parser)]
struct Options {
    /// The port of the gateway.
    #[arg(long, default_value_t = 4180)]
    gateway_port: u16,
    /// The port of the provider. Browsers block some ports, such as 4190.
    #[arg(long, default_value_t = 4280)]
    provider_port: u16,
    /// The port of the application.
    #[arg(long, default_value_t = 4380)]
    app_port: u16,
    /// Serve https, with certificates of a CA that is created for this run.
    #[arg(long)]
    https: bool,
    /// Write the certificate of the CA to this file.
    #[arg(long, value_name = "FILE")]
    ca_out: Option<PathBuf>,
}

/// The provider, the application and the files of the gateway.
struct Demo {
    folder: PathBuf,
    ca: TestCa,
    provider: Provider,
    app: LegacyApp,
    url: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let filter = std::env::var("VESTIBULE_LOG").unwrap_or_else(|_| "warn".to_owned());
    let _log = start_logging(&filter, LogSettings::default(), &Arc::default())?;
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(&options))
}

async fn serve(options: &Options) -> Result<(), Box<dyn Error>> {
    let listen = ListenSettings { addresses: vec![([127, 0, 0, 1], options.gateway_port).into()], tls: None };
    let port =
        app::bind(&listen, None, 1)?.addresses().first().map_or(options.gateway_port, std::net::SocketAddr::port);
    let demo = Demo::build(options, port)?;
    let settings = demo.settings(port, options.https)?;
    let bound = app::bind(&settings.listen, settings.admin, 1)?;
    let gateway = app::start(settings, bound, Dependencies::system())?;
    demo.welcome(&gateway.admin().map(|admin| admin.to_string()).unwrap_or_default())?;
    let stopped = gateway.run_until(async { drop(tokio::signal::ctrl_c().await) }).await;
    fs::remove_dir_all(&demo.folder)?;
    Ok(stopped?)
}

impl Demo {
    fn build(options: &Options, port: u16) -> Result<Self, Box<dyn Error>> {
        let folder = std::env::temp_dir().join(format!("vestibule-demo-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let ca = TestCa::new();
        if let Some(path) = &options.ca_out {
            fs::write(path, ca.pem())?;
        }
        let url = format!("{}://127.0.0.1:{port}", if options.https { "https" } else { "http" });
        let tls = options.https.then(|| ca.server_config(&["localhost", "127.0.0.1"]));
        let provider = Provider::start(ProviderOptions {
            port: Some(options.provider_port),
            tls: tls.as_ref().map(Arc::clone),
            redirect_uris: vec![format!("{url}/.auth/login/demo/callback")],
            post_logout_redirect_uris: vec![format!("{url}/.auth/logout/done")],
            ..ProviderOptions::default()
        });
        Ok(Self { folder, ca, provider, app: LegacyApp::start(Some(options.app_port)), url })
    }

    /// Loads the settings from a configuration file, as an operator does.
    fn settings(&self, port: u16, https: bool) -> Result<Settings, Box<dyn Error>> {
        let file = |name: &str, text: &str| -> io::Result<String> {
            let path = self.folder.join(name);
            fs::write(&path, text)?;
            Ok(path.display().to_string())
        };
        let (mut tls, mut ca_file) = (String::new(), String::new());
        if https {
            let certificate = self.ca.issue(&["127.0.0.1"]);
            let (chain, key) = (file("tls.crt", &certificate.chain_pem)?, file("tls.key", &certificate.key_pem)?);
            tls = format!("tls     = {{ certificate = \"{chain}\", key = \"{key}\" }}");
            ca_file = format!("ca_file       = \"{}\"", file("ca.pem", &self.ca.pem())?);
        }
        let secret = file("client-secret", self.provider.client_secret())?;
        let (url, issuer, client, app) = (&self.url, self.provider.issuer(), self.provider.client_id(), self.app.url());
        let config = file(
            "vestibule.toml",
            &format!(
                r#"
public_url = "{url}"

[listen]
address = "127.0.0.1:{port}"
admin   = "127.0.0.1:0"
{tls}

[[provider]]
name          = "demo"
issuer        = "{issuer}"
client_id     = "{client}"
client_secret = {{ file = "{secret}" }}
{ca_file}

[[route]]
upstream = "{app}"

[[route]]
path     = "/public"
upstream = "{app}"
allow    = "anyone"

[[route]]
path     = "/sales"
upstream = "{app}"
allow    = {{ groups = ["sales"] }}

[[route]]
path     = "/down"
upstream = "http://127.0.0.1:9"
"#
            ),
        )?;
        let (settings, _warnings) =
            config::load(config.as_ref(), &Environment::of_process()).map_err(|problems| problems.to_string())?;
        Ok(settings)
    }

    fn welcome(&self, admin: &str) -> io::Result<()> {
        let Self { url, provider, app, folder, .. } = self;
        let (issuer, app, config) = (provider.issuer(), app.url(), folder.join("vestibule.toml").display().to_string());
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "
gateway  {url}
provider {issuer}
app      {app}
admin    http://{admin}
config   {config}

Open the gateway's address in a browser. Users:
  alice  password: wonderland  groups staff, sales
  bob    password: builder     groups staff

What to try:
  {url}/               the application, which receives your identity
  {url}/public         open to anyone
  {url}/sales          only for the group sales: bob gets an error page
  {url}/down           an application that is not running
  {url}/.auth/me       who is signed in
  {url}/.auth/logout   sign out, here and at the provider

Stop with Ctrl-C."
        )?;
        out.flush()
    }
}
