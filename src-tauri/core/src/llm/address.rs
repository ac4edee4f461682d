//! Ollama's address in the forms that Ollama itself accepts for OLLAMA_HOST (envconfig.Host in its source).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Url;

/// Where Ollama listens unless told otherwise.
pub const OLLAMA_DEFAULT: &str = "http://127.0.0.1:11434";

const PORT: u16 = 11434;

/// The URL to reach Ollama at: `host`, `host:port`, `:port`, `[IPv6]:port`, with or without scheme, quotes or path.
///
/// An address to listen on everywhere (0.0.0.0, [::]) is one to call on this machine. What cannot be a host gives the
/// default, and a bad port the default port, as with Ollama.
#[must_use]
pub fn ollama_address(text: &str) -> Url {
    let text = text.trim().trim_matches(['"', '\'']).trim();
    let (scheme, rest, default_port) = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest, 443),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest, 80),
        Some((_, rest)) => ("http", rest, PORT),
        None if text == "ollama.com" => ("https", text, 443),
        None => ("http", text, PORT),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = host_and_port(authority, default_port);
    let path = path.trim_end_matches('/');
    let slash = if path.is_empty() { "" } else { "/" };
    Url::parse(&format!("{scheme}://{host}:{port}/{path}{slash}"))
        .or_else(|_| Url::parse(OLLAMA_DEFAULT))
        .expect("the default is a URL")
}

fn host_and_port(authority: &str, default_port: u16) -> (String, u16) {
    // A bare IPv6 address is full of colons and has no port.
    let bare = authority.trim_matches(['[', ']']).parse::<IpAddr>();
    let (host, port) = match (bare, authority.rsplit_once(':')) {
        (Err(_), Some((host, port))) => (host, port.parse().unwrap_or(default_port)),
        _ => (authority, default_port),
    };
    let host = host.trim_matches(['[', ']']);
    let host = match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(Ipv4Addr::UNSPECIFIED)) => "127.0.0.1".to_owned(),
        Ok(IpAddr::V6(Ipv6Addr::UNSPECIFIED)) => "[::1]".to_owned(),
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        _ if host.is_empty() => "127.0.0.1".to_owned(),
        _ => host.to_owned(),
    };
    (host, port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_ollama_accepts() {
        // The first block is from Ollama's own test of OLLAMA_HOST, with addresses to listen on turned into ones to call.
        let forms = [
            ("", "http://127.0.0.1:11434/"),
            ("1.2.3.4", "http://1.2.3.4:11434/"),
            (":1234", "http://127.0.0.1:1234/"),
            ("1.2.3.4:1234", "http://1.2.3.4:1234/"),
            ("example.com", "http://example.com:11434/"),
            ("example.com:1234", "http://example.com:1234/"),
            (":0", "http://127.0.0.1:0/"),
            (":66000", "http://127.0.0.1:11434/"),
            (":-1", "http://127.0.0.1:11434/"),
            ("[::1]", "http://[::1]:11434/"),
            ("[::]", "http://[::1]:11434/"),
            ("::1", "http://[::1]:11434/"),
            ("[::1]:1337", "http://[::1]:1337/"),
            (" 1.2.3.4 ", "http://1.2.3.4:11434/"),
            ("\"1.2.3.4\"", "http://1.2.3.4:11434/"),
            ("' 1.2.3.4 '", "http://1.2.3.4:11434/"),
            ("http://1.2.3.4", "http://1.2.3.4/"),
            ("http://1.2.3.4:1234", "http://1.2.3.4:1234/"),
            ("https://1.2.3.4", "https://1.2.3.4/"),
            ("https://example.com/ollama", "https://example.com/ollama/"),
            ("example.com/ollama/", "http://example.com:11434/ollama/"),
            ("0.0.0.0", "http://127.0.0.1:11434/"),
            ("http://0.0.0.0:9000/", "http://127.0.0.1:9000/"),
            ("ollama.com", "https://ollama.com/"),
            ("not a host", OLLAMA_DEFAULT),
        ];
        for (form, expected) in forms {
            assert_eq!(ollama_address(form), Url::parse(expected).expect("a URL"), "{form:?}");
        }
    }
}
