//! What somebody may have meant who mistyped a name.

/// The one of `known` that `given` is most probably a misspelling of.
pub(super) fn meant<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let given = given.to_lowercase().replace('-', "_");
    let near = known.iter().map(|name| (distance(&given, &name.replace('-', "_")), *name)).min()?;
    // A third of the letters may be wrong, and one in the shortest names.
    (near.0 <= (near.1.len() / 3).max(1)).then_some(near.1)
}

/// How many letters must be put in, left out, exchanged or swapped with their neighbour (optimal string alignment).
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let differs = usize::from(from[i - 1] != to[j - 1]);
            let mut least = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + differs);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn a_slip_finds_the_name_and_a_stranger_finds_none() {
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
            assert_eq!(meant(given, KNOWN), expected, "{given}");
        }
    }
}
