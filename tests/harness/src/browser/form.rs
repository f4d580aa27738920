//! Forms, links and refresh of a page, parsed as a browser would, as far as the test pages need.

use bytes::Bytes;
use url::Url;

use crate::encoding::{form_text, unescape_html};

/// A form of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The action URL, resolved against the page's URL.
    pub action: Url,
    /// `GET` or `POST`.
    pub method: String,
    /// The encoding of the body.
    pub enctype: String,
    /// Names and values of its fields, in order, with character references resolved; buttons only if they have a name.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The first value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The form filled in: each named field gets its value; missing fields are added.
    pub(crate) fn filled(&self, values: &[(&str, &str)]) -> Self {
        let mut form = self.clone();
        for (name, value) in values {
            match form.fields.iter_mut().find(|(known, _)| known == name) {
                Some(field) => (*value).clone_into(&mut field.1),
                None => form.fields.push(((*name).to_owned(), (*value).to_owned())),
            }
        }
        form
    }

    /// The URL to request, and the body with its type if there is one.
    pub(crate) fn encode(&self) -> (Url, Option<(String, Bytes)>) {
        let mut action = self.action.clone();
        if self.method == "GET" {
            action.set_query(Some(&form_text(&self.fields)));
            return (action, None);
        }
        let lines = |format: &dyn Fn(&str, &str) -> String| -> String {
            self.fields.iter().map(|(name, value)| format(name, value)).collect()
        };
        let (kind, body) = match self.enctype.as_str() {
            "multipart/form-data" => {
                let part = |name: &str, value: &str| {
                    format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                };
                (format!("multipart/form-data; boundary={BOUNDARY}"), format!("{}--{BOUNDARY}--\r\n", lines(&part)))
            }
            "text/plain" => ("text/plain".to_owned(), lines(&|name, value| format!("{name}={value}\r\n"))),
            _ => ("application/x-www-form-urlencoded".to_owned(), form_text(&self.fields)),
        };
        (action, Some((kind, Bytes::from(body))))
    }
}

/// The forms of a page.
pub(crate) fn forms(html: &str, page: &Url) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut inside = false;
    for tag in tags(html) {
        match tag.name.as_str() {
            "form" => {
                let method = tag.attribute("method").unwrap_or_default().to_uppercase();
                forms.push(Form {
                    action: page.join(&tag.attribute("action").unwrap_or_default()).unwrap_or_else(|_| page.clone()),
                    method: if method == "POST" { method } else { "GET".to_owned() },
                    enctype: tag.attribute("enctype").unwrap_or_default(),
                    fields: Vec::new(),
                });
                inside = true;
            }
            "/form" => inside = false,
            "input" | "button" | "textarea" | "select" if inside => {
                let unchecked = matches!(tag.attribute("type").as_deref(), Some("checkbox" | "radio"))
                    && tag.attribute("checked").is_none();
                if let (Some(form), Some(name), false) = (forms.last_mut(), tag.attribute("name"), unchecked) {
                    form.fields.push((name, tag.attribute("value").unwrap_or_default()));
                }
            }
            _ => {}
        }
    }
    forms
}

/// The URLs of a page's links, resolved against its own, in order.
pub(crate) fn links(html: &str, page: &Url) -> Vec<Url> {
    let links = tags(html).into_iter().filter(|tag| tag.name == "a");
    links.filter_map(|tag| page.join(&tag.attribute("href")?).ok()).collect()
}

/// An attribute of the tag with that id.
pub(crate) fn attribute_of(html: &str, id: &str, attribute: &str) -> Option<String> {
    tags(html).iter().find(|tag| tag.attribute("id").as_deref() == Some(id))?.attribute(attribute)
}

/// Seconds and URL of `<meta http-equiv="refresh">`.
pub(crate) fn meta_refresh(html: &str, page: &Url) -> Option<(u32, Url)> {
    let is_refresh = |tag: &Tag| {
        tag.name == "meta" && tag.attribute("http-equiv").is_some_and(|kind| kind.eq_ignore_ascii_case("refresh"))
    };
    let content = tags(html).iter().find(|tag| is_refresh(tag))?.attribute("content")?;
    let (seconds, rest) = content.split_once([';', ',']).unwrap_or((&content, ""));
    let rest = rest.trim();
    let target = rest.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("url"));
    let target = target.map_or(rest, |(_, target)| target).trim().trim_matches(['\'', '"']);
    Some((seconds.trim().parse().ok()?, page.join(target).ok()?))
}

/// The policy of `<meta name="referrer">`.
pub(crate) fn meta_referrer(html: &str) -> Option<String> {
    let tags = tags(html);
    let tag = tags.iter().find(|tag| tag.name == "meta" && tag.attribute("name").as_deref() == Some("referrer"))?;
    tag.attribute("content")
}

/// Whether a script submits a form of the page as soon as it is loaded.
pub(crate) fn posts_itself(html: &str) -> bool {
    let onload = tags(html)
        .iter()
        .any(|tag| tag.name == "body" && tag.attribute("onload").is_some_and(|code| code.contains("submit()")));
    let scripted = html
        .split("<script")
        .skip(1)
        .any(|rest| rest.split("</script").next().is_some_and(|code| code.contains(".submit()")));
    onload || scripted
}

struct Tag {
    /// The tag name in lower case; with a leading slash for an end tag.
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<String> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }
}

/// Every tag of a page, outside comments, scripts and styles.
fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let (tag, after) = tag(rest);
        rest = after;
        // Scripts are enabled, so `<noscript>` is no part of the page.
        if matches!(tag.name.as_str(), "script" | "style" | "noscript") {
            let end = format!("</{}", tag.name);
            rest = rest.find(&end).map_or("", |at| &rest[at..]);
        }
        tags.push(tag);
    }
    tags
}

/// The tag at the start of the text, and the rest.
fn tag(text: &str) -> (Tag, &str) {
    let end = text.find(|character: char| character.is_whitespace() || character == '>').unwrap_or(text.len());
    let mut tag = Tag { name: text[..end].trim_end_matches('/').to_ascii_lowercase(), attributes: Vec::new() };
    let mut rest = &text[end..];
    loop {
        rest = rest.trim_start_matches(|character: char| character.is_whitespace() || character == '/');
        if rest.is_empty() {
            return (tag, rest);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (tag, after);
        }
        let stop = |character: char| character.is_whitespace() || matches!(character, '=' | '>' | '/');
        let end = rest.find(stop).unwrap_or(rest.len()).max(1);
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = attribute_value(after.trim_start());
        }
        tag.attributes.push((name, unescape_html(value)));
    }
}

fn attribute_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    text.split_at(text.find(|character: char| character.is_whitespace() || character == '>').unwrap_or(text.len()))
}

const BOUNDARY: &str = "----boundary-of-the-test-browser";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_with_character_references_resolved() {
        let page = Url::parse("https://a.test/x/y").expect("a URL");
        let html = r#"<!-- <form action="/no"> --><script>"<form>"</script>
            <FORM Method=post action="/cb?a=1&amp;b=2"><input type=hidden name="s" value="&lt;&quot;&#39;&#x41;">
            <input name='empty'/><input type="checkbox" name="off" value="1"><input type="checkbox" name="on" value="1" checked></form>
            <form><button name="b" value="v">x</button></form><input name="outside">"#;
        let forms = forms(html, &page);
        assert_eq!(forms.len(), 2);
        assert_eq!(forms[0].action.as_str(), "https://a.test/cb?a=1&b=2");
        assert_eq!(forms[0].method, "POST");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(forms[0].fields, [pair("s", "<\"'A"), pair("empty", ""), pair("on", "1")]);
        assert_eq!((forms[1].method.as_str(), forms[1].action.as_str()), ("GET", "https://a.test/x/y"));
        assert_eq!(forms[1].filled(&[("q", "a b")]).encode().0.as_str(), "https://a.test/x/y?b=v&q=a+b");
    }

    #[test]
    fn a_refresh_is_found() {
        let page = Url::parse("https://a.test/x").expect("a URL");
        let html = r#"<meta charset="utf-8"><meta http-equiv="Refresh" content="0; url='/continue?t=1&amp;again=1'">"#;
        let (seconds, target) = meta_refresh(html, &page).expect("a refresh");
        assert_eq!((seconds, target.as_str()), (0, "https://a.test/continue?t=1&again=1"));
    }
}
