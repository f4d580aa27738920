//! Return paths that try to leave the origin: published open redirect payloads, and harmless ones that look similar.

use std::collections::BTreeSet;

/// Every prefix with every suffix, every spelling of the own paths, each escaped once and twice more, and the remaining payloads.
pub(super) fn hostile() -> Vec<String> {
    let pairs = STARTS.iter().flat_map(|start| ENDS.iter().map(move |end| format!("{start}{end}")));
    let own = OWN.iter().map(|&text| text.to_owned());
    let plain: BTreeSet<String> = pairs.chain(own).chain(odd()).collect();
    let few: Vec<_> = plain.iter().filter(|text| text.len() < 18).cloned().collect();
    let nested = few.iter().flat_map(|text| {
        [percent_encoded(text), percent_encoded(&percent_encoded(text)), format!("/{}", percent_encoded(text))]
    });
    plain.iter().cloned().chain(nested).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The text with every character but letters and digits percent-encoded.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |out, byte| match byte {
        b'a'..=b'z' | b'0'..=b'9' => out + char::from(byte).encode_utf8(&mut [0; 4]),
        _ => format!("{out}%{byte:02x}"),
    })
}

fn odd() -> Vec<String> {
    let long = ["/", "//", "/a/../", "/%2e", "/.", "\\", "/\u{2028}", "?", "/?x=//evil.example&"];
    let mut odd: Vec<String> =
        long.iter().flat_map(|piece| [340, 1024, 3000].map(|times| piece.repeat(times / piece.len()))).collect();
    // One control or invisible character before, inside and after the part that makes another host.
    let invisible = (0..0x20)
        .chain([0x7f, 0x80, 0x85, 0xa0, 0xad, 0x200b, 0x200e, 0x2028, 0x2029, 0x202e, 0x2060, 0x3000, 0xfeff, 0xfffd]);
    for character in invisible.filter_map(char::from_u32) {
        odd.extend([
            format!("{character}//evil.example"),
            format!("/{character}/evil.example"),
            format!("/{character}\\evil.example"),
        ]);
        odd.extend([
            format!("//{character}evil.example"),
            format!("java{character}script:alert(1)"),
            format!("https{character}://evil.example"),
        ]);
    }
    // Characters that look like a slash, a dot, an at sign or a colon, and characters that parsers convert to one.
    for character in [
        '\u{ff0f}', '\u{2044}', '\u{2215}', '\u{29f8}', '\u{ff3c}', '\u{2216}', '\u{ff0e}', '\u{3002}', '\u{2024}',
        '\u{ff20}', '\u{ff1a}', '\u{2100}', '\u{2105}', '\u{12f}',
    ] {
        odd.extend([
            format!("{character}{character}evil.example"),
            format!("/{character}evil.example"),
            format!("/{character}{character}/evil.example"),
        ]);
        odd.extend([
            format!("https:{character}{character}evil.example"),
            format!("/evil{character}example"),
            format!("//site{character}evil.example"),
        ]);
    }
    odd
}

/// Own paths, to which no sign-in may lead.
const OWN: &[&str] = &[
    "/.auth",
    "/.auth/",
    "/.auth?x",
    "/.auth/logout",
    "/.auth//logout",
    "/.auth/./logout",
    "//.auth/logout",
    "/./.auth/logout",
    "/x/../.auth/logout",
    "/x/%2e%2e/.auth/logout",
    "/../.auth/logout",
    "/.auth/x/../logout",
    "/.auth/logout/../login",
    "/%2eauth/logout",
    "/%2Eauth/logout",
    "/.%61uth/logout",
    "/%2e%61%75%74%68/logout",
    "/.auth%2flogout",
    "/.auth%5clogout",
    "/.auth\\logout",
    "/.auth;x=1/logout",
    "/.;/.auth/logout",
    "/..;/.auth/logout",
    "/x/..;/.auth/logout",
    "/.auth/login?return_to=//evil.example",
    "/.auth/login?return_to=%2F%2Fevil.example",
    "/.auth/login/idp/continue?t=AAAAAAAAAAAAAAAA",
    "/.auth/login/idp/callback?code=x&state=y",
    "/.auth#/",
    "/\t.auth/logout",
    "/.auth\t/logout",
    "/.auth%09/logout",
    "/.auth%20/logout",
    "/.auth%00/logout",
    ".auth/logout",
    "./.auth/logout",
    "?/.auth/logout",
];

const STARTS: &[&str] = &[
    "//",
    "///",
    "////",
    "/\\",
    "\\\\",
    "\\/",
    "/\\/",
    "\\",
    "/\t/",
    "/\n/",
    "/\r/",
    "/\r\n/",
    "/ /",
    "/\u{b}/",
    "/\0/",
    "/%09/",
    "/%0a/",
    "/%0d/",
    "/%0d%0aLocation:%20https://",
    "/%20/",
    "/%00/",
    "/%2f/",
    "/%2F",
    "%2f%2f",
    "/%5c",
    "/%5C%5C",
    "%5c%5c",
    "/./",
    "/.//",
    "/./\\",
    "/../",
    "/..//",
    "/..\\",
    "/..//..//",
    "/%2e/",
    "/%2e%2e//",
    "/%2e%2e%2f",
    "/;//",
    "/..;//",
    "/x/..//",
    "/.auth/..//",
    "/.auth/../\\",
    "http:",
    "http:/",
    "http://",
    "http:///",
    "http:\\\\",
    "https:",
    "https://",
    "hTTps://",
    "https:///",
    "https:/\\",
    "ftp://",
    "javascript:",
    "data:text/html,",
    "vbscript:",
    "file://",
    "ws://",
    " //",
    "\t//",
    "\n//",
    "\u{a0}//",
    "\u{3000}//",
    "\u{ff0f}\u{ff0f}",
    "/\u{ff0f}",
    "/\u{2044}",
    "\u{feff}//",
    "\u{202e}//",
    "?//",
    "#//",
    "&//",
    "@",
    ".",
    "..",
    "",
];

const ENDS: &[&str] = &[
    "evil.example",
    "evil.example:443/x?y#z",
    "evil.example/%2e%2e",
    "evil.example/../..",
    "evil%E3%80%82example",
    "evil\u{3002}example",
    "\u{ff45}vil.example",
    "xn--vil-example-9fa.example",
    "127.0.0.1@evil.example",
    "127.0.0.1:80\\@evil.example",
    "127.0.0.1.evil.example",
    "user:pass@evil.example",
    "2130706433",
    "0x7f.1",
    "[::1]",
    "[::ffff:7f00:1]:80",
];
