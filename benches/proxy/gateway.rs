//! The gateway with one session, from a sign-in at the test provider.

use std::{fs, future::pending, net::SocketAddr, thread};

use tokio::runtime::{Builder, Handle};
use vestibule_harness::{
    browser::Browser,
    idp::{Provider, ProviderOptions},
};

use crate::{
    Outcome, Proxy,
    load::Target,
    process::{self, Folder, Process},
};

/// Starts the gateway in front of the application at `upstream` and signs a user in. The access log is on and goes to a file.
pub(crate) fn start(upstream: SocketAddr, wrapper: &[&str]) -> Outcome<Proxy> {
    let runtime = runtime()?;
    let _entered = runtime.enter();
    let folder = Folder::new("vestibule")?;
    let address = process::free_address()?;
    let provider = Provider::start(ProviderOptions {
        redirect_uris: vec![format!("http://{address}/.auth/login/idp/callback")],
        ..ProviderOptions::default()
    });
    let secret = folder.path().join("client-secret");
    fs::write(&secret, provider.client_secret())?;
    let file = folder.path().join("vestibule.toml");
    fs::write(
        &file,
        format!(
            "public_url = \"http://{address}\"\n[listen]\naddress = \"{address}\"\n[[provider]]\nname = \"idp\"\nissuer = \"{}\"\n\
             client_id = \"{}\"\nclient_secret = {{ file = \"{}\" }}\n[[route]]\nupstream = \"http://{upstream}\"\n",
            provider.issuer(),
            provider.client_id(),
            secret.display(),
        ),
    )?;
    let file = file.display().to_string();
    let process =
        Process::start(wrapper, &[env!("CARGO_BIN_EXE_vestibule"), "run", "--config", &file], folder, address)?;
    let browser = Browser::new(None);
    let page = runtime.block_on(browser.sign_in(format!("http://{address}/"), "alice", "wonderland"));
    let session = browser.cookie("vestibule").ok_or_else(|| format!("the sign-in failed: {:?}", page.history()))?;
    Ok(Proxy {
        process,
        target: Target { address, host: address.to_string(), cookie: format!("vestibule={}", session.value) },
        adds: "x-forwarded-user: ",
        provider: Some(provider),
    })
}

/// A runtime for one provider. It runs on a thread of its own until the process ends.
fn runtime() -> Outcome<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::spawn(move || runtime.block_on(pending::<()>()));
    Ok(handle)
}
