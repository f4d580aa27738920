//! Nginx with a configuration that only forwards: one worker, keep-alive connections on both sides, no access log.

use std::{fs, net::SocketAddr};

use crate::{
    Outcome, Proxy,
    load::Target,
    process::{self, Folder, Process},
};

/// Starts nginx in front of the application at `upstream`.
pub(crate) fn start(upstream: SocketAddr, wrapper: &[&str]) -> Outcome<Proxy> {
    let folder = Folder::new("nginx")?;
    let address = process::free_address()?;
    let directory = folder.path().display().to_string();
    let file = folder.path().join("nginx.conf");
    fs::write(&file, configuration(&directory, address, upstream))?;
    let file = file.display().to_string();
    let command = ["nginx", "-c", &file, "-p", &directory, "-e", "stderr"];
    let process = Process::start(wrapper, &command, folder, address)?;
    // As long as the gateway's session cookie, so requests to both proxies have the same size.
    let cookie = format!("session={}", "A".repeat(43));
    Ok(Proxy {
        process,
        target: Target { address, host: address.to_string(), cookie },
        adds: "x-forwarded-proto: http\r\n",
        provider: None,
    })
}

fn configuration(directory: &str, address: SocketAddr, upstream: SocketAddr) -> String {
    format!(
        "daemon off;\nmaster_process off;\npid {directory}/pid;\nerror_log stderr;\nevents {{ worker_connections 1024; }}\n\
         http {{\n  access_log off;\n  keepalive_requests 1000000000;\n  client_body_temp_path {directory}/body;\n  proxy_temp_path {directory}/proxy;\n\
         \x20 fastcgi_temp_path {directory}/fastcgi;\n  uwsgi_temp_path {directory}/uwsgi;\n  scgi_temp_path {directory}/scgi;\n\
         \x20 upstream application {{ server {upstream}; keepalive 128; keepalive_requests 1000000000; }}\n\
         \x20 server {{\n    listen {address};\n    location / {{\n      proxy_pass http://application;\n      proxy_http_version 1.1;\n\
         \x20     proxy_set_header Connection \"\";\n      proxy_set_header Host $http_host;\n\
         \x20     proxy_set_header X-Forwarded-For $remote_addr;\n      proxy_set_header X-Forwarded-Proto $scheme;\n    }}\n  }}\n}}\n"
    )
}
