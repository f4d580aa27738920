//! Microsoft Entra ID as a client sees it: many paths, one issuer for each tenant, keys with an issuer, and tokens dated back.

use serde_json::{Map, Value, json};

use super::{
    authorize::Answer,
    dialect::{Authority, Bases, Dialect, Endpoint, Minting},
    fault::FaultPoint,
    keys::{KeyRing, SigningKey},
    options::User,
    reply::Reply,
    world::Grant,
};
use crate::encoding::{base64, base64url, random_name, sha256};

/// The tenant of a company.
pub const TENANT_1: &str = "11111111-aaaa-4000-8000-00000000000a";
/// The tenant of another company.
pub const TENANT_2: &str = "22222222-bbbb-4000-8000-00000000000b";
/// The tenant of all personal accounts.
pub const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
/// The placeholder for a tenant in common metadata.
const PLACEHOLDER: &str = "{tenantid}";

/// Paths begin with the tenant; `contoso.example` is a domain of the first tenant.
pub(crate) const ENTRA: Dialect = Dialect {
    authorities: |bases, _| {
        SEGMENTS.iter().flat_map(|segment| [second(bases, segment), first(bases, segment)]).collect()
    },
    more_keys: |bases| {
        let issuer = |tenant: &str| format!("{}/{tenant}/v2.0", bases.base);
        let keys = [
            json!({"issuer": issuer(PERSONAL)}),
            json!({"issuer": issuer(PLACEHOLDER), "cloud_instance_name": OTHER_CLOUD}),
            json!({"appid": true}),
        ];
        keys.into_iter().filter_map(|key| key.as_object().cloned()).collect()
    },
    admits: |authority, user| account(authority, user).is_some(),
    document,
    jwk,
    claims,
    signer,
    answer,
    access_token,
    tokens,
};

/// Entra ID for an application whose tokens are signed with its own key, which is published to clients that request it with
/// the application's id.
pub(crate) const OWN_KEY: Dialect =
    Dialect { signer: |keys, _| keys.marked("appid").unwrap_or_else(|| keys.current().clone()), ..ENTRA };

/// The metadata are below the tenant's name; the issuer has its id, on another host.
pub(crate) const CIAM: Dialect = Dialect {
    authorities: |bases, _| {
        let segment = Segment { name: "contoso.onmicrosoft.com", tenant: Some(TENANT_1) };
        vec![Authority { issuer: format!("{}/{TENANT_1}/v2.0", bases.other), ..second(bases, &segment) }]
    },
    more_keys: |_| Vec::new(),
    ..ENTRA
};

/// A first segment of the path.
struct Segment {
    name: &'static str,
    tenant: Option<&'static str>,
}

const SEGMENTS: [Segment; 7] = [
    Segment { name: TENANT_1, tenant: Some(TENANT_1) },
    Segment { name: TENANT_2, tenant: Some(TENANT_2) },
    Segment { name: PERSONAL, tenant: Some(PERSONAL) },
    Segment { name: "consumers", tenant: Some(PERSONAL) },
    Segment { name: "contoso.example", tenant: Some(TENANT_1) },
    Segment { name: "common", tenant: None },
    Segment { name: "organizations", tenant: None },
];

/// Version 2. Only the metadata are below the path of a name; all other URLs have the tenant's id.
fn second(bases: &Bases, segment: &Segment) -> Authority {
    let inside = segment.tenant.unwrap_or(segment.name);
    Authority {
        issuer: format!("{}/{}/v2.0", bases.base, segment.tenant.unwrap_or(PLACEHOLDER)),
        tenant: segment.tenant,
        version: "2.0",
        base: bases.base.clone(),
        paths: vec![
            (Endpoint::Discovery, format!("/{}/v2.0/.well-known/openid-configuration", segment.name)),
            (Endpoint::Jwks, format!("/{inside}/discovery/v2.0/keys")),
            (Endpoint::Authorize, format!("/{inside}/oauth2/v2.0/authorize")),
            (Endpoint::Token, format!("/{inside}/oauth2/v2.0/token")),
            (Endpoint::EndSession, format!("/{inside}/oauth2/v2.0/logout")),
            (Endpoint::Userinfo, "/oidc/userinfo".to_owned()),
            (Endpoint::Login, "/login".to_owned()),
        ],
    }
}

/// Version 1: the issuer is on another host and ends in a slash.
fn first(bases: &Bases, segment: &Segment) -> Authority {
    let inside = segment.tenant.unwrap_or(segment.name);
    Authority {
        issuer: format!("{}/{}/", bases.other, segment.tenant.unwrap_or(PLACEHOLDER)),
        version: "1.0",
        paths: vec![
            (Endpoint::Discovery, format!("/{}/.well-known/openid-configuration", segment.name)),
            (Endpoint::Jwks, format!("/{inside}/discovery/keys")),
            (Endpoint::Authorize, format!("/{inside}/oauth2/authorize")),
            (Endpoint::Token, format!("/{inside}/oauth2/token")),
            (Endpoint::EndSession, format!("/{inside}/oauth2/logout")),
            (Endpoint::Userinfo, "/oidc/userinfo".to_owned()),
            (Endpoint::Login, "/login".to_owned()),
        ],
        ..second(bases, segment)
    }
}

/// Tenant and object id of a user at an authority: at a common authority, those of the home tenant.
fn account<'a>(authority: &Authority, user: &'a User) -> Option<&'a (String, String)> {
    match authority.tenant {
        Some(tenant) => user.accounts.iter().find(|(its, _)| its == tenant),
        None => user.accounts.first(),
    }
}

/// The `sub` of a user in a tenant: another GUID in each tenant.
pub(crate) fn object_id(name: &str, tenant: &str) -> String {
    let digest = sha256(format!("{name} of {tenant}").as_bytes());
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let hex: String = digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]].join("-")
}

/// The metadata do not mention PKCE, RFC 9207, revocation or back-channel logout.
fn document(authority: &Authority, document: &mut Value) {
    let is_kept = |name: &str| {
        ["issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "end_session_endpoint", "jwks_uri"]
            .contains(&name)
    };
    let Some(members) = document.as_object_mut() else { return };
    members.retain(|name, _| is_kept(name));
    let own = json!({
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "request_uri_parameter_supported": false,
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "claims_supported": ["sub", "iss", "cloud_instance_name", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email"],
        "tenant_region_scope": authority.tenant.map(|_| "EU"),
        "cloud_instance_name": CLOUD,
        "msgraph_host": "graph.example",
    });
    members.extend(own.as_object().cloned().unwrap_or_default());
}

/// No `alg`; a certificate; and in version 2 the issuer of the key.
fn jwk(authority: &Authority, jwk: &mut Value) {
    let Some(members) = jwk.as_object_mut() else { return };
    members.remove("alg");
    members.insert("x5t".to_owned(), members["kid"].clone());
    members.insert("x5c".to_owned(), json!([base64("a certificate that is never read")]));
    if authority.version == "1.0" {
        members.remove("issuer");
        members.remove("cloud_instance_name");
    } else {
        members.entry("issuer").or_insert(json!(authority.issuer));
    }
}

/// Tokens of personal accounts are signed with the key of personal accounts.
fn signer(keys: &KeyRing, claims: &Map<String, Value>) -> SigningKey {
    let personal = claims.get("tid").is_some_and(|tid| tid == PERSONAL);
    keys.marked("issuer").filter(|_| personal).unwrap_or_else(|| keys.current().clone())
}

fn claims(minting: &Minting<'_>, claims: &mut Map<String, Value>) {
    let Minting { authority, user, now, .. } = *minting;
    let Some((tid, oid)) = account(authority, user) else { return };
    let is_old = authority.version == "1.0";
    // `sid` must be requested in the registration; `email_verified` does not exist.
    for name in ["sid", "at_hash", "name", "preferred_username", "email", "email_verified", "groups"] {
        claims.remove(name);
    }
    let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    set("iss", json!(authority.issuer.replace(PLACEHOLDER, tid)));
    set("tid", json!(tid));
    set("sub", json!(base64url(sha256(format!("{}/{tid}/{oid}", minting.client_id).as_bytes()))));
    set("ver", json!(authority.version));
    set("iat", json!(now - BACKDATED));
    set("nbf", json!(now - BACKDATED));
    set("exp", json!(now - BACKDATED + 3900));
    set("aio", json!(random_name()));
    set("rh", json!("0.AAAA"));
    set("uti", json!(random_name()));
    if minting.asked("profile") {
        set("oid", json!(oid));
        set("name", json!(user.full_name));
        set(if is_old { "unique_name" } else { "preferred_username" }, json!(user.name));
    }
    // Omitted unless the domain is verified; old registrations get it all the same, by a claim of the user.
    if minting.asked("email") && user.email_verified && !user.email.is_empty() {
        set("email", json!(user.email));
    }
    let home = &user.accounts[0].0;
    if home != tid {
        let idp = if home == PERSONAL { "live.com".to_owned() } else { format!("https://sts.example/{home}/") };
        set("idp", json!(idp));
    }
    for (name, value) in groups(minting) {
        set(name, value);
    }
    claims.extend(user.claims.clone());
}

/// In the front channel six groups are too many, at the token endpoint two hundred.
fn groups(minting: &Minting<'_>) -> Vec<(&'static str, Value)> {
    let groups = &minting.user.groups;
    let source = json!({"src1": {"endpoint": "https://graph.example/getMemberObjects"}});
    match groups.len() {
        0 => Vec::new(),
        6.. if minting.point == FaultPoint::Front => vec![("hasgroups", json!(true))],
        201.. => vec![("_claim_names", json!({"groups": "src1"})), ("_claim_sources", source)],
        _ => vec![("groups", json!(groups))],
    }
}

/// No `iss`; and parameters that were not requested.
fn answer(answer: &mut Answer) {
    answer.remove("iss");
    answer.add("session_state", "0000aaaa-11bb-cccc-dd22-eeeeee333333");
    answer.add("client_info", &base64url(r#"{"uid":"u","utid":"t"}"#));
}

/// For Microsoft Graph a token that only Graph can verify; for personal accounts an opaque token.
fn access_token(grant: &Grant) -> String {
    let personal = grant.session.user.accounts.first().is_some_and(|(tenant, _)| tenant == PERSONAL);
    if personal {
        return format!("EwB{}", random_name());
    }
    let header = json!({"typ": "JWT", "nonce": random_name(), "alg": "RS256", "kid": "graph"});
    let claims = json!({"aud": "https://graph.example", "scp": "openid profile email", "uti": random_name()});
    format!("{}.{}.{}", base64url(header.to_string()), base64url(claims.to_string()), base64url(random_name()))
}

/// Numbers are strings in version 1; the granted scope differs from the requested one.
fn tokens(grant: &Grant, reply: &mut Reply) {
    reply.set("ext_expires_in", json!(3599));
    reply.set("scope", json!("email openid profile https://graph.example/User.Read"));
    reply.set("client_info", json!("e30"));
    if grant.request.authority.version == "1.0" {
        for (name, value) in
            [("expires_in", "3599"), ("ext_expires_in", "3599"), ("not_before", "1"), ("expires_on", "2")]
        {
            reply.set(name, json!(value));
        }
        reply.set("resource", json!("00000002-0000-0000-c000-000000000000"));
    }
    if grant.session.user.accounts.first().is_some_and(|(tenant, _)| tenant == PERSONAL) {
        reply.set("scope", json!("openid profile"));
    }
}

/// The cloud of this provider.
const CLOUD: &str = "cloud.example";
const OTHER_CLOUD: &str = "government.example";

/// The allowance for slow clocks.
const BACKDATED: i64 = 300;

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{PERSONAL, TENANT_1};
    use crate::{
        browser::{Browser, Call},
        ca::TestCa,
        idp::{Profile, Provider, ProviderOptions},
    };

    #[tokio::test]
    async fn published_keys_depend_on_the_authority() {
        let ca = TestCa::new();
        let provider = Provider::start(ProviderOptions { profile: Profile::ENTRA, ..ProviderOptions::tls(&ca) });
        let browser = Browser::new(Some(&ca));
        let base = provider.base().to_owned();
        let other = base.replacen("localhost", "127.0.0.1", 1);
        let get = async |url: String| browser.request(Call::new("GET", &url)).await.json();
        for (segment, issuer, inside) in [
            ("common/v2.0", format!("{base}/{{tenantid}}/v2.0"), "common"),
            ("organizations/v2.0", format!("{base}/{{tenantid}}/v2.0"), "organizations"),
            ("consumers/v2.0", format!("{base}/{PERSONAL}/v2.0"), PERSONAL),
            ("contoso.example/v2.0", format!("{base}/{TENANT_1}/v2.0"), TENANT_1),
            ("common", format!("{other}/{{tenantid}}/"), "common"),
            (TENANT_1, format!("{other}/{TENANT_1}/"), TENANT_1),
        ] {
            let document = get(format!("{base}/{segment}/.well-known/openid-configuration")).await;
            assert_eq!(document["issuer"], issuer.as_str(), "{segment}");
            let endpoint = document["token_endpoint"].as_str().expect("an endpoint");
            assert!(endpoint.starts_with(&format!("{base}/{inside}/oauth2/")), "{segment}: {endpoint}");
            assert!(document.get("code_challenge_methods_supported").is_none(), "{document}");
            let keys = get(document["jwks_uri"].as_str().expect("an address").to_owned()).await;
            let keys = keys["keys"].as_array().expect("keys").clone();
            assert!(keys.len() == 3 && keys.iter().all(|key| key.get("alg").is_none() && key["x5c"].is_array()));
            let issuers: Vec<_> = keys.iter().map(|key| key.get("issuer").and_then(Value::as_str)).collect();
            let personal = format!("{base}/{PERSONAL}/v2.0");
            let all = format!("{base}/{{tenantid}}/v2.0");
            let named = [Some(issuer.as_str()), Some(personal.as_str()), Some(all.as_str())];
            let expected = if segment.contains("v2.0") { named } else { [None; 3] };
            assert_eq!(issuers, expected, "{segment}");
        }
        let own = get(format!("{base}/common/v2.0/.well-known/openid-configuration?appid=vestibule")).await;
        let keys = get(own["jwks_uri"].as_str().expect("an address").to_owned()).await;
        assert_eq!(keys["keys"].as_array().map(Vec::len), Some(4));
    }
}
