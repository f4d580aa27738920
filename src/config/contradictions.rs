//! What each section may say alone, but not beside another; and what is allowed but probably not meant.
//!
//! Refused is what could never work, or would work only by giving something away.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{
    route::Route,
    section::{Reader, Written},
    settings::Whole,
};
use crate::{
    access::Rule,
    oidc::{Issuer, Tenants},
    provider,
    proxy::Upstream,
    web::{Origin, Target},
};

/// Notes every contradiction in `whole`.
pub(super) fn find(reader: &Reader<'_>, whole: &Whole) {
    origins_repeated(reader, &whole.origins);
    for origin in &whole.origins {
        scheme_unknowable(reader, whole, origin);
        http_beyond_loopback(reader, whole, origin);
    }
    providers_of_one_name(reader, whole);
    for (at, route) in whole.routes.iter().enumerate() {
        host_not_served(reader, whole, route);
        routes_repeated(reader, &whole.routes[..at], route);
        route_on_own_paths(reader, whole, route);
        for upstream in &route.upstreams {
            upstream_is_the_gateway(reader, whole, upstream);
        }
        public_around_protected(reader, &whole.routes, route);
        open_registration(reader, whole, route);
        claims_of_strangers(reader, whole, route);
    }
}

fn origins_repeated(reader: &Reader<'_>, origins: &[Written<Origin>]) {
    for (at, origin) in origins.iter().enumerate() {
        let is_neighbour =
            |other: &Written<Origin>| other.value != origin.value && other.value.host() == origin.value.host();
        if origins[..at].iter().any(is_neighbour) {
            let wrong = "is another port of a host that is listed already, and browsers send the cookies of one port to the other";
            reader.wrong(&origin.spot, wrong, "give each a host name of its own");
        }
        if origins[..at].iter().any(|other| other.value == origin.value) {
            reader.wrong(&origin.spot, "is named twice", "leave one out");
        }
    }
}

/// The scheme comes from the connection or a trusted peer only: with neither, every request would seem to be plain http.
fn scheme_unknowable(reader: &Reader<'_>, whole: &Whole, origin: &Written<Origin>) {
    if origin.value.is_https() && !whole.listen.speaks_tls && !whole.trust.names_proxies {
        reader.wrong(
            &origin.spot,
            "is https, but nothing here could tell that a request came by https",
            "set listen.tls = { certificate = \"…\", key = \"…\" }, or name the proxies that end TLS: trust.proxies = [\"…\"]",
        );
    }
    if !origin.value.is_https() && whole.listen.speaks_tls {
        reader.wrong(
            &origin.spot,
            "is http, but listen.tls answers https only",
            "write https://…, or leave listen.tls out",
        );
    }
}

fn http_beyond_loopback(reader: &Reader<'_>, whole: &Whole, origin: &Written<Origin>) {
    if origin.value.is_https() {
        return;
    }
    for address in whole.listen.addresses.iter().filter(|address| !address.value.ip().to_canonical().is_loopback()) {
        let wrong = "can be reached from the network, but public_url is plain http";
        reader.wrong(&address.spot, wrong, "listen on 127.0.0.1 or [::1], or write public_url as https://…");
    }
}

fn providers_of_one_name(reader: &Reader<'_>, whole: &Whole) {
    for (at, provider) in whole.providers.iter().enumerate() {
        let name = &provider.value.client.name;
        if whole.providers[..at].iter().any(|other| other.value.client.name == *name) {
            reader.wrong(&provider.spot, "is the name of another provider", "give each a name of its own");
        }
    }
}

fn host_not_served(reader: &Reader<'_>, whole: &Whole, route: &Route) {
    let Some(host) = &route.settings.host else { return };
    if !whole.origins.is_empty() && !whole.origins.iter().any(|origin| origin.value.host() == host) {
        let hosts: Vec<_> = whole.origins.iter().map(|origin| origin.value.host()).collect();
        let mend = format!("write one of {}, without port, or add the host to public_url", hosts.join(", "));
        reader.wrong(&route.host, "is no host of public_url", mend);
    }
}

fn routes_repeated(reader: &Reader<'_>, before: &[Route], route: &Route) {
    let same =
        |other: &&Route| other.settings.host == route.settings.host && other.settings.path == route.settings.path;
    if before.iter().any(|other| same(&other)) {
        let wrong = format!("is the path of another route to the same host (\"{}\")", route.settings.path);
        reader.wrong(&route.path, wrong, "leave one out, or give it another host or path");
    }
}

fn route_on_own_paths(reader: &Reader<'_>, whole: &Whole, route: &Route) {
    let below = Target::parse(&route.settings.path).is_ok_and(|path| path.below(&whole.prefix.value).is_some());
    if below {
        let wrong = format!("lies among the gateway's own paths below \"{}\"", whole.prefix.value);
        reader.wrong(&route.path, wrong, "move the application, or set another prefix");
    }
}

fn upstream_is_the_gateway(reader: &Reader<'_>, whole: &Whole, upstream: &Written<Upstream>) {
    let admin = whole.listen.admin.iter();
    let listens = whole.listen.addresses.iter().chain(admin).any(|own| leads_to(&upstream.value, own.value));
    let public = whole.origins.iter().any(|origin| origin.value.serves(upstream.value.authority()));
    if listens || public {
        let mend = "write the address of the application behind the gateway";
        reader.wrong(&upstream.spot, "is the gateway itself: every request would go round in a circle", mend);
    }
}

/// Whether a connection to `upstream` ends at the listener `own` of this machine.
fn leads_to(upstream: &Upstream, own: SocketAddr) -> bool {
    let own_ip = own.ip().to_canonical();
    let reaches = |ip: IpAddr| {
        // To connect to the unspecified address is to connect to this machine.
        let here = ip.is_loopback() || ip.is_unspecified();
        ip == own_ip || (here && own_ip.is_unspecified()) || (ip.is_unspecified() && own_ip.is_loopback())
    };
    let addresses: Vec<IpAddr> = match upstream.host().parse::<IpAddr>() {
        Ok(address) => vec![address.to_canonical()],
        Err(_) if is_localhost(upstream.host()) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        Err(_) => Vec::new(),
    };
    upstream.port() == own.port() && addresses.into_iter().any(reaches)
}

/// RFC 6761 §6.3: the name and all below it.
fn is_localhost(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == "localhost" || host.ends_with(".localhost")
}

fn public_around_protected(reader: &Reader<'_>, routes: &[Route], route: &Route) {
    if !matches!(route.settings.rule, Rule::Anyone) {
        return;
    }
    let meets = |other: &Route| match (&route.settings.host, &other.settings.host) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    let inside = |other: &&Route| {
        !matches!(other.settings.rule, Rule::Anyone)
            && meets(other)
            && Target::parse(&other.settings.path).is_ok_and(|path| path.below(&route.settings.path).is_some())
    };
    if let Some(other) = routes.iter().find(inside) {
        let wrong = format!("lets anyone in around \"{}\", which is protected", other.settings.path);
        let mend = "check that the application answers for the protected path under no other name";
        reader.warn(&route.allow, wrong, mend);
    }
}

fn open_registration(reader: &Reader<'_>, whole: &Whole, route: &Route) {
    let open = |issuer: &Issuer| {
        OPEN_TO_EVERYBODY.iter().any(|known| issuer.as_str().starts_with(known))
            || issuer.as_str().split('/').any(|segment| segment == PERSONAL_ACCOUNTS)
            || match issuer.tenants() {
                Some(Tenants::Any) => true,
                Some(Tenants::Listed(tenants)) => tenants.iter().any(|tenant| tenant.as_str() == PERSONAL_ACCOUNTS),
                None => false,
            }
    };
    let lets_everybody = match &route.settings.rule {
        Rule::SignedIn => true,
        Rule::Meets(requirement) => requirement.is_for_everybody(),
        Rule::Anyone => false,
    };
    if lets_everybody
        && let Some(provider) = whole.providers.iter().find(|provider| open(&provider.value.client.issuer))
    {
        let wrong = format!(
            "asks for a sign-in alone, but everybody may have an account at \"{}\"",
            provider.value.client.name
        );
        reader.warn(&route.allow, wrong, "ask for a group, a role or a claim, unless the whole world is meant");
    }
}

/// Where every tenant is let in, whoever made one fills every claim of the accounts in it but who they are: groups, and the
/// roles that its administrator hands out for our application, as well as names and addresses.
fn claims_of_strangers(reader: &Reader<'_>, whole: &Whole, route: &Route) {
    let any =
        |provider: &Written<provider::ProviderConfig>| provider.value.client.issuer.tenants() == Some(&Tenants::Any);
    let Rule::Meets(asked) = &route.settings.rule else { return };
    let names_somebody = asked.claims.iter().any(|(name, _)| GIVEN_BY_ENTRA.contains(&name.as_str()));
    if !asked.is_for_everybody() && !names_somebody && whole.providers.iter().any(any) {
        let wrong = "rests on what any stranger can give himself: with tenants = \"any\" whoever makes a tenant hands out its groups, roles and names";
        reader.wrong(
            &route.allow,
            wrong,
            "name the tenants; or let the route ask for claims = { tid = […] } or { oid = […] } as well",
        );
    }
}

/// Microsoft's tenant of personal accounts, the same in every cloud.
const PERSONAL_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Issuers that give an account to whoever asks.
const OPEN_TO_EVERYBODY: &[&str] = &[
    "https://accounts.google.com",
    "https://appleid.apple.com",
    "https://gitlab.com",
    "https://www.facebook.com",
    "https://www.linkedin.com",
];

/// Claims that no tenant fills: which it is, and which of its accounts.
const GIVEN_BY_ENTRA: &[&str] = &["oid", "tid"];
