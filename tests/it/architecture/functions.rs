//! How long a function may be, and how many parameters it may have. Tests are left out.
//!
//! A table, for example a `match` with one arm for each message, may be longer and says so:
//! `#[expect(clippy::too_many_lines, reason = "a table: …")]`.

use super::reader::{Finding, Source};

/// The most lines of a function, from `fn` to its closing brace.
pub(super) const LINES: usize = 45;
/// The most parameters of a function, without `self`.
pub(super) const PARAMETERS: usize = 4;

/// A function of the code that ships.
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    pub(super) line: usize,
    /// From `fn` to the closing brace; 1 without a body.
    pub(super) lines: usize,
    /// Without `self`.
    pub(super) parameters: usize,
    /// It says that it is a table.
    pub(super) table: bool,
}

/// Functions that are too long.
pub(super) fn too_long(file: &Source) -> Vec<Finding> {
    let long = |function: &Function<'_>| function.lines > LINES && !function.table;
    findings(file, long, |function| format!("`{}` has {} lines, more than {LINES}", function.name, function.lines))
}

/// Functions with too many parameters.
pub(super) fn too_many_parameters(file: &Source) -> Vec<Finding> {
    let many = |function: &Function<'_>| function.parameters > PARAMETERS;
    findings(file, many, |function| {
        format!("`{}` has {} parameters, more than {PARAMETERS}", function.name, function.parameters)
    })
}

fn findings(
    file: &Source,
    wrong: impl Fn(&Function<'_>) -> bool,
    why: impl Fn(&Function<'_>) -> String,
) -> Vec<Finding> {
    let wrong = functions(file).into_iter().filter(wrong);
    wrong.map(|function| Finding { line: function.line, why: why(&function) }).collect()
}

/// The functions of a file that are no tests.
pub(super) fn functions(file: &Source) -> Vec<Function<'_>> {
    if !file.is_product() {
        return Vec::new();
    }
    let begins = (0..file.tokens.len()).filter(|at| file.token(*at) == "fn" && !file.tokens[*at].test);
    begins.filter_map(|at| function(file, at)).collect()
}

/// The function whose `fn` is at `at`; `fn(…)` is a type.
fn function(file: &Source, at: usize) -> Option<Function<'_>> {
    let name = file.token(at + 1);
    if !name.starts_with(|first: char| first.is_alphabetic() || first == '_') {
        return None;
    }
    let open = skip_generics(file, at + 2);
    let close = closing(file, open);
    let body = (close..file.tokens.len()).find(|at| matches!(file.token(*at), "{" | ";"))?;
    let end = if file.token(body) == "{" { closing(file, body) } else { body };
    let line = file.tokens[at].line;
    let last = file.tokens.get(end).map_or(line, |token| token.line);
    let parameters = parameters(file, open, close);
    Some(Function { name, line, lines: last + 1 - line, parameters, table: is_table(file, line) })
}

/// The opening parenthesis behind `<…>`.
fn skip_generics(file: &Source, mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < file.tokens.len() {
        match file.token(at) {
            "<" => depth += 1,
            ">" => depth = depth.saturating_sub(1),
            "(" if depth == 0 => break,
            _ => {}
        }
        at += 1;
    }
    at
}

/// The bracket that closes the one at `open`.
fn closing(file: &Source, open: usize) -> usize {
    let mut depth = 0_usize;
    for at in open..file.tokens.len() {
        match file.token(at) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" if depth == 1 => return at,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
    }
    file.tokens.len().saturating_sub(1)
}

/// The parameters between two parentheses, without `self`.
fn parameters(file: &Source, open: usize, close: usize) -> usize {
    let (mut depth, mut count, mut first) = (0_usize, 0, None);
    for at in open + 1..=close {
        match file.token(at) {
            "," if depth == 0 => first = None,
            _ if at == close => {}
            text => {
                match text {
                    "(" | "[" | "{" | "<" => depth += 1,
                    ")" | "]" | "}" | ">" => depth = depth.saturating_sub(1),
                    _ => {}
                }
                // `&`, `mut` and attributes do not say yet whether this is `self`.
                if first.is_none() && !matches!(text, "&" | "mut" | "#") {
                    first = Some(text);
                    count += usize::from(text != "self");
                }
            }
        }
    }
    count
}

/// Whether the attributes above `line` say that the function is a table.
fn is_table(file: &Source, line: usize) -> bool {
    let above: Vec<&str> = file.text.lines().take(line - 1).collect();
    let attributes = above.iter().rev().take_while(|text| !text.trim().is_empty() && text.trim() != "}");
    let attributes: String = attributes.copied().collect::<Vec<_>>().join("\n");
    attributes.contains("clippy::too_many_lines") && attributes.contains("reason = \"a table")
}

#[cfg(test)]
mod tests {
    use super::{LINES, Source, functions, too_long, too_many_parameters};

    fn source(text: &str) -> Source {
        Source::new("src/web/form.rs", text)
    }

    #[test]
    fn a_long_function_is_refused_unless_it_is_a_table() {
        let text = |lines: usize| format!("fn f() {{\n{}}}\nfn g() {{}}\n", "    x();\n".repeat(lines - 2));
        assert_eq!(too_long(&source(&text(LINES))), []);
        assert_eq!(too_long(&source(&text(LINES + 1)))[0].line, 1);
        let mark = |reason: &str| format!("#[expect(clippy::too_many_lines, reason = \"{reason}\")]\n");
        assert_eq!(too_long(&source(&(mark("a table: an arm for each message") + &text(LINES + 1)))), []);
        assert_eq!(too_long(&source(&(mark("it is long") + &text(LINES + 1)))).len(), 1);
        let in_tests = format!("#[cfg(test)]\nmod tests {{\n{}}}", text(LINES + 1));
        assert_eq!(too_long(&source(&in_tests)), []);
        assert_eq!(too_long(&Source::new("src/jose/testing.rs", &text(LINES + 1))), []);
        assert_eq!(too_long(&Source::new("tests/it/login.rs", &text(LINES + 1))), []);
    }

    #[test]
    fn parameters_are_counted_without_self() {
        for (text, count) in [
            ("fn f() {}", 0),
            ("fn f(&self) {}", 0),
            ("fn f(&mut self, a: u8) {}", 1),
            ("fn f(self: Arc<Self>, a: u8,) {}", 1),
            ("fn f<A: Fn(u8, u8), B>(a: A, b: HashMap<u8, u8>, (c, d): (u8, u8)) -> u8 where A: X {}", 3),
            ("fn f<'a>(&'a self, mut a: &'a mut [u8; 2], b: impl Fn(u8, u8) -> u8) -> Vec<(u8, u8)>;", 2),
            ("type F = fn(u8, u8) -> u8; fn f(a: fn(u8, u8)) {}", 1),
        ] {
            let source = source(text);
            assert_eq!(
                functions(&source).iter().map(|function| function.parameters).collect::<Vec<_>>(),
                [count],
                "{text}"
            );
        }
    }

    #[test]
    fn a_fifth_parameter_is_refused() {
        let four = "fn f(&self, a: u8, b: u8, c: u8, d: u8) {}";
        assert_eq!(too_many_parameters(&source(four)), []);
        assert_eq!(too_many_parameters(&source(&four.replace("&self", "e: u8"))).len(), 1);
        assert_eq!(
            too_many_parameters(&source(&format!("#[cfg(test)] mod t {{ {} }}", four.replace("&self", "e: u8")))),
            []
        );
    }
}
