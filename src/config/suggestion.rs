//! "Did you mean" for misspelt names.

/// The help text for the unknown name `given`: it suggests the most similar of `known`, or is `otherwise`.
pub(super) fn help(given: &str, known: &[&str], otherwise: impl Into<String>) -> String {
    did_you_mean(given, known).map_or_else(|| otherwise.into(), |name| format!("did you mean \"{name}\"?"))
}

/// The most similar of `known`, if it differs from `given` in at most a third of its characters, or in one character.
pub(super) fn did_you_mean<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let given = given.to_lowercase().replace('-', "_");
    let distance = |name: &str| strsim::osa_distance(&given, &name.replace('-', "_"));
    let (distance, name) = known.iter().map(|name| (distance(name), *name)).min()?;
    (distance <= (name.len() / 3).max(1)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn misspelt_names_are_found() {
        const KNOWN: &[&str] = &["client_id", "client_secret", "issuer", "idle", "name"];
        for (given, expected) in [
            ("client_ID", Some("client_id")),
            ("client-id", Some("client_id")),
            ("clientsecret", Some("client_secret")),
            ("isuser", Some("issuer")),
            ("idel", Some("idle")),
            ("timeout", None),
            ("", None),
        ] {
            assert_eq!(did_you_mean(given, KNOWN), expected, "{given}");
        }
    }
}
