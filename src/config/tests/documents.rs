//! The example configurations and the snippets of the documentation are valid, and every key is documented.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::Duration,
};

use super::fixture::Fixture;
use crate::{
    access::Allow,
    config::{
        allow, client_auth, document, limits, listen, log, pages, provider, route, secret, session,
        settings::Settings,
        shutdown,
        source::{Node, Source, Value},
        trust,
    },
    identity::HeaderSet,
    oidc::{ClientAuthentication, Flow, SecretMethod},
};

const MINIMAL: &str = include_str!("../../../config/minimal.toml");
const FULL: &str = include_str!("../../../config/full.toml");
const ENTRA: &str = include_str!("../../../config/entra.toml");
const DOCUMENT: &str = include_str!("../../../docs/configuration.md");

/// Every table and its keys.
const TABLES: [(&str, &[&str]); 14] = [
    ("", document::KEYS),
    ("listen", listen::KEYS),
    ("listen.tls", listen::TLS_KEYS),
    ("limits", limits::KEYS),
    ("log", log::KEYS),
    ("trust", trust::KEYS),
    ("provider", provider::KEYS),
    ("provider.client_assertion", client_auth::ASSERTION_KEYS),
    ("session", session::KEYS),
    ("shutdown", shutdown::KEYS),
    ("route", route::KEYS),
    ("route.allow", allow::KEYS),
    ("pages", pages::KEYS),
    ("secret reference", secret::KEYS),
];

fn example(text: &str) -> Settings {
    let fixture = Fixture::new();
    let directory = fixture.path().to_string_lossy().into_owned();
    let variables = [("PARTNERS_CLIENT_SECRET", "0123456789abcdef"), ("CREDENTIALS_DIRECTORY", &directory)];
    let (settings, warnings) = fixture.read(text, &variables).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(warnings.count(), 0, "{warnings}");
    settings
}

#[test]
fn the_minimal_example_has_safe_defaults() {
    let settings = example(MINIMAL);
    assert_eq!(settings.prefix, "/.auth");
    assert_eq!(settings.listen.addresses, ["127.0.0.1:4180".parse().expect("an address")]);
    assert!(settings.listen.tls.is_none() && settings.admin.is_none() && settings.session.keys.is_none());
    let session = &settings.session;
    assert_eq!((session.capacity, session.idle, session.lifetime), (100_000, HOUR, 12 * HOUR));
    let client = &settings.providers[0].client;
    assert_eq!((client.flow, client.scopes.join(" ").as_str()), (Flow::CodeIdToken, "openid profile email"));
    assert_eq!(client.client_authentication, ClientAuthentication::Secret(SecretMethod::Basic));
    let route = &settings.routes[0];
    assert_eq!((route.host.as_deref(), route.path.as_str(), route.service_worker), (None, "/", false));
    assert!(matches!(route.rule.allow, Allow::SignedIn) && matches!(route.headers, HeaderSet::Standard));
    let upstream = route.upstream.as_ref().expect("an upstream");
    assert_eq!((upstream.connect_timeout, upstream.response_timeout), (HOUR / 720, HOUR / 60));
}

#[test]
fn the_examples_are_valid() {
    let full = example(FULL);
    assert_eq!((full.origins.len(), full.providers.len(), full.routes.len()), (2, 4, 2));
    assert!(
        full.listen.tls.is_some()
            && full.session.keys.is_some()
            && full.routes[0].upstream.as_ref().is_some_and(|upstream| upstream.tls.is_some())
    );
    let entra = example(ENTRA);
    assert_eq!(entra.providers[0].client.flow, Flow::CodeIdToken);
}

#[test]
fn the_full_example_has_every_key() {
    let Ok(root) = Source::new("full.toml", FULL).parse() else { panic!("invalid TOML") };
    let mut found = BTreeSet::new();
    collect(&root, "", &mut found);
    for (table, keys) in TABLES {
        for key in keys {
            assert!(found.contains(&dotted(table, key)), "{table}.{key} is not in full.toml");
        }
    }
}

#[test]
fn the_documentation_has_exactly_the_keys() {
    let mut documented: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut table = String::new();
    for line in DOCUMENT.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            table = heading.trim_matches(['`', '[', ']']).to_owned();
        }
        if let Some((key, _)) = line.strip_prefix("| `").and_then(|rest| rest.split_once('`')) {
            documented.entry(table.clone()).or_default().insert(key);
        }
    }
    let known = TABLES.map(|(table, keys)| {
        let heading = match table {
            "" => "Top of the file",
            "secret reference" => "Secrets",
            table => table,
        };
        (heading.to_owned(), keys.iter().copied().collect())
    });
    assert_eq!(documented, BTreeMap::from(known));
}

#[test]
fn the_snippets_of_the_documentation_are_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = fs::read_dir(root.join("docs")).expect("docs").map(|entry| entry.expect("an entry").path());
    let pages = entries.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let fixture = Fixture::new();
    let mut count = 0;
    for path in pages.chain([root.join("README.md")]) {
        let page = fs::read_to_string(&path).expect("a page");
        for (line, info, snippet) in snippets(&page) {
            let place = format!("{}:{line}", path.display());
            match (info, fixture.read(&completed(snippet), &[])) {
                ("toml", Err(errors)) => panic!("{place}:\n{errors}"),
                ("toml,invalid", Ok(_)) => panic!("{place}: the snippet is valid"),
                ("toml" | "toml,invalid", _) => count += 1,
                (other, _) => panic!("{place}: `{other}`, expected `toml` or `toml,invalid`"),
            }
        }
    }
    assert!(count >= 3, "{count} snippets");
}

/// The line, the info string and the text of every fenced block in a language that begins with `toml`.
fn snippets(page: &str) -> Vec<(usize, &str, &str)> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("\n```toml") {
        let start = page.len() - after.len() - "toml".len();
        let (info, body) = page[start..].split_once('\n').expect("a line after the fence");
        let (snippet, after) = body.split_once("\n```").expect("the end of the fence");
        found.push((page[..start].lines().count(), info.trim(), snippet));
        rest = after;
    }
    found
}

/// A fragment with the keys that it lacks from the minimal example; a complete configuration as it is. Placeholders for
/// IDs (`<tenant id>`) become IDs.
fn completed(snippet: &str) -> String {
    let ids = snippet.replace("<tenant id>", ID).replace("<application id>", ID);
    let mut table: toml::Table = ids.parse().expect("TOML");
    if table.contains_key("public_url") {
        return ids;
    }
    let minimal: toml::Table = MINIMAL.parse().expect("TOML");
    for (key, value) in minimal {
        table.entry(key).or_insert(value);
    }
    table.to_string()
}

/// No key accepts a date, so a key whose date causes no error is not read.
#[test]
fn every_key_is_read() {
    let fixture = Fixture::new();
    for (table, keys) in TABLES.iter().filter(|(table, _)| *table != "secret reference") {
        for key in *keys {
            let text = match *table {
                "" => format!("{key} = 1979-05-27"),
                "provider" | "route" => format!("[[{table}]]\n{key} = 1979-05-27"),
                "provider.client_assertion" => format!("[[provider]]\nclient_assertion.{key} = 1979-05-27"),
                "route.allow" => format!("[[route]]\nallow.{key} = 1979-05-27"),
                table => format!("[{table}]\n{key} = 1979-05-27"),
            };
            let errors = fixture.errors(&text, &[]);
            let said = |key: &str| {
                errors
                    .list
                    .iter()
                    .any(|one| one.span.key.as_str().replace("[0]", "") == key && !one.message.contains("missing"))
            };
            assert!(said(&dotted(table, key)), "{table}.{key}: {errors}");
        }
    }
}

fn collect(node: &Node, path: &str, found: &mut BTreeSet<String>) {
    match &node.value {
        Value::Table(table) => {
            for (name, inner) in table {
                let path = if secret::KEYS.contains(&name.as_str()) {
                    dotted("secret reference", name)
                } else {
                    dotted(path, name)
                };
                collect(inner, &path, found);
                found.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, path, found)),
        _ => {}
    }
}

fn dotted(table: &str, key: &str) -> String {
    if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") }
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const ID: &str = "00000000-0000-0000-0000-000000000000";
