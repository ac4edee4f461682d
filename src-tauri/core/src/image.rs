//! Pictures that an answer names, fetched from the internet once the person has asked for them.
//!
//! An answer is written by a model and may name any address; so nothing is fetched but pictures, from nowhere but the
//! public internet: not from this machine nor from the person's own network, whatever a name or a redirect says. The
//! check is made on the very addresses that are connected to, after names are looked up. No cookies go along, and not
//! where the address was found. SVG is left out: it is a program more than a picture.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{
    Client, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header, redirect,
};
use tokio::time::timeout;
use url::{Host, Url};

use crate::{Error, Result};

/// The largest picture, bytes.
const LARGEST: usize = 10 * 1024 * 1024;
const LONGEST_ADDRESS: usize = 4_096;
const MOST_REDIRECTS: usize = 5;
const CONNECT: Duration = Duration::from_secs(10);
/// For all of it, redirects included.
const WHOLE: Duration = Duration::from_secs(30);

/// Which addresses may be connected to.
pub trait Reach: Send + Sync + 'static {
    fn may(&self, address: IpAddr) -> bool;
}

/// Those of the public internet: the one rule that the program uses.
pub struct PublicAddresses;

impl Reach for PublicAddresses {
    fn may(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => is_public_v4(address),
            IpAddr::V6(address) => is_public_v6(address),
        }
    }
}

/// The picture at `address` as a `data:` URL.
///
/// # Errors
/// `InvalidInput` with why it cannot be shown.
pub async fn load(address: &str, reach: Arc<dyn Reach>) -> Result<String> {
    let picture = timeout(WHOLE, fetch(address, reach)).await.unwrap_or(Err(Refused::Slow));
    let (bytes, kind) = picture.map_err(|why| Error::InvalidInput(why.to_string()))?;
    Ok(format!("data:{kind};base64,{}", STANDARD.encode(bytes)))
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("This is no address of a picture on the web. It has to begin with https:// or http://.")]
    Address,
    #[error(
        "This picture lies on this computer or in its own network, and an answer has no business there. It was not loaded."
    )]
    Private,
    #[error("This picture could not be loaded: its server sends from one address to the next.")]
    Redirects,
    #[error("This picture could not be loaded: {0}. Open its address in the browser instead.")]
    Unreachable(String),
    #[error("This picture could not be loaded: its server answered with status {0}. It may not be there any more.")]
    Status(u16),
    #[error("This picture is larger than 10 MB. Open its address in the browser instead.")]
    TooLarge,
    #[error(
        "What is at this address is no picture that can be shown (PNG, JPEG, GIF, WebP or AVIF). Open it in the browser instead."
    )]
    NoPicture,
    #[error("This picture did not come within {} seconds. Try again later.", WHOLE.as_secs())]
    Slow,
}

async fn fetch(address: &str, reach: Arc<dyn Reach>) -> Result<(Vec<u8>, &'static str), Refused> {
    let mut url = Url::parse(address).ok().filter(|_| address.len() <= LONGEST_ADDRESS).ok_or(Refused::Address)?;
    for _ in 0..=MOST_REDIRECTS {
        let response = get(&url, &reach).await?;
        if response.status().is_redirection() {
            url = target(&url, &response)?;
            continue;
        }
        if !response.status().is_success() {
            return Err(Refused::Status(response.status().as_u16()));
        }
        let bytes = body(response).await?;
        let kind = kind(&bytes).ok_or(Refused::NoPicture)?;
        return Ok((bytes, kind));
    }
    Err(Refused::Redirects)
}

/// Asks once, following nothing.
async fn get(url: &Url, reach: &Arc<dyn Reach>) -> Result<Response, Refused> {
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::Address);
    }
    let name = match url.host().ok_or(Refused::Address)? {
        Host::Ipv4(address) => checked(address.into(), reach)?,
        Host::Ipv6(address) => checked(address.into(), reach)?,
        Host::Domain(name) => name.trim_end_matches('.').to_ascii_lowercase(),
    };
    if leads_inside(&name, reach).await {
        return Err(Refused::Private);
    }
    let client = client(Guard { name, reach: Arc::clone(reach) }).map_err(|error| unreachable(&error))?;
    let request =
        client.get(url.clone()).header(header::ACCEPT, "image/avif,image/webp,image/png,image/jpeg,image/gif");
    request.send().await.map_err(|error| unreachable(&error))
}

/// Behind a proxy the name is looked up there and the guard never sees it: so it is looked up here first. Where only the
/// proxy can look names up nothing is found, and it is left to the proxy.
async fn leads_inside(name: &str, reach: &Arc<dyn Reach>) -> bool {
    // Never names of the internet, whatever is found for them.
    let local = name == "localhost" || [".localhost", ".local", ".internal"].iter().any(|end| name.ends_with(end));
    if local && !reach.may(Ipv4Addr::LOCALHOST.into()) {
        return true;
    }
    let found = tokio::net::lookup_host((name, 0)).await;
    found.is_ok_and(|mut found| found.any(|address| !reach.may(address.ip())))
}

fn checked(address: IpAddr, reach: &Arc<dyn Reach>) -> Result<String, Refused> {
    if reach.may(address) { Ok(address.to_string()) } else { Err(Refused::Private) }
}

fn client(guard: Guard) -> reqwest::Result<Client> {
    crate::llm::install_tls();
    Client::builder()
        .dns_resolver(Arc::new(guard))
        .connect_timeout(CONNECT)
        .redirect(redirect::Policy::none())
        .referer(false)
        .pool_max_idle_per_host(0)
        .user_agent(concat!("MemoryLoop/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Where a redirect points. One from an encrypted connection to an open one is not followed.
fn target(from: &Url, response: &Response) -> Result<Url, Refused> {
    let location =
        response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).ok_or(Refused::Redirects)?;
    let to = from.join(location).map_err(|_| Refused::Redirects)?;
    if location.len() > LONGEST_ADDRESS || (from.scheme() == "https" && to.scheme() != "https") {
        return Err(Refused::Redirects);
    }
    Ok(to)
}

async fn body(mut response: Response) -> Result<Vec<u8>, Refused> {
    let told = response.content_length().unwrap_or_default();
    if usize::try_from(told).is_ok_and(|told| told > LARGEST) {
        return Err(Refused::TooLarge);
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err(Refused::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What the bytes themselves say they are; what a server calls them counts for nothing.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f' | b's', ..] => Some("image/avif"),
        _ => None,
    }
}

/// Looks names up, and knows of the asked one only the addresses that may be reached. Other names are the proxy's, which
/// the person has set and which is in their own network mostly.
struct Guard {
    name: String,
    reach: Arc<dyn Reach>,
}

/// That all addresses of a name were left out, to be told from a name that has none.
#[derive(Debug, thiserror::Error)]
#[error("its name leads into this computer's own network")]
struct NotPublic;

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let asked = name.as_str().trim_end_matches('.').eq_ignore_ascii_case(&self.name);
        let reach = Arc::clone(&self.reach);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let all: Vec<SocketAddr> = found.filter(|address| !asked || reach.may(address.ip())).collect();
            if all.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(all.into_iter()) as Addrs)
        })
    }
}

/// The innermost cause; the address is left out, which is on the screen already.
fn unreachable(error: &reqwest::Error) -> Refused {
    let first: &(dyn std::error::Error + 'static) = error;
    let causes: Vec<_> = std::iter::successors(Some(first), |&cause| cause.source()).collect();
    if causes.iter().any(|cause| cause.is::<NotPublic>()) {
        return Refused::Private;
    }
    let last = causes.last().filter(|_| causes.len() > 1);
    Refused::Unreachable(last.map_or_else(|| "its server cannot be reached".to_owned(), ToString::to_string))
}

/// As the registry of special addresses has it (IANA, RFC 6890): not this machine's, not a private network's, not shared
/// or reserved ones.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_unspecified()
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

/// Only global unicast (2000::/3), and of that none that leads to an IPv4 address inside (6to4, Teredo) or is for
/// documents. What maps an IPv4 address is judged by that.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [first, second, ..] = address.segments();
    let global = first & 0xe000 == 0x2000;
    let tunnelled = first == 0x2002 || (first == 0x2001 && second == 0);
    let documents = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second & 0xf000 == 0);
    global && !tunnelled && !documents
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(address: &str) -> bool {
        PublicAddresses.may(address.parse().expect("an address"))
    }

    #[test]
    fn only_the_public_internet_may_be_reached() {
        for inside in [
            "127.0.0.1",
            "127.8.8.8",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "0.1.2.3",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "203.0.113.9",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "2002:7f00:1::",
            "2001:0:1::1",
            "2001:db8::1",
            "64:ff9b::7f00:1",
            "fec0::1",
            "::127.0.0.1",
        ] {
            assert!(!public(inside), "{inside}");
        }
        for outside in
            ["8.8.8.8", "172.32.0.1", "100.128.0.1", "1.1.1.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"]
        {
            assert!(public(outside), "{outside}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_looked_up() {
        let found = |guarded: &str| {
            let guard = Guard { name: guarded.to_owned(), reach: Arc::new(PublicAddresses) };
            guard.resolve("localhost".parse().expect("a name"))
        };
        let error = found("localhost").await.err().expect("it leads inside");
        assert!(error.is::<NotPublic>(), "{error}");
        // The name of a proxy: not the one that was asked for.
        assert!(found("example.org").await.is_ok_and(|mut addresses| addresses.next().is_some()));
    }

    #[tokio::test]
    async fn a_name_is_looked_up_before_a_proxy_does() {
        struct Loopback4;
        impl Reach for Loopback4 {
            fn may(&self, address: IpAddr) -> bool {
                address == IpAddr::from(Ipv4Addr::LOCALHOST)
            }
        }
        let public: Arc<dyn Reach> = Arc::new(PublicAddresses);
        let own: Arc<dyn Reach> = Arc::new(Loopback4);
        // Addresses stand for names that are found: no test asks a name server.
        for (name, reach, inside) in [
            ("localhost", &public, true),
            ("printer.local", &public, true),
            ("10.0.0.1", &public, true),
            ("8.8.8.8", &public, false),
            ("127.0.0.1", &own, false),
            ("::1", &own, true),
        ] {
            assert_eq!(leads_inside(name, reach).await, inside, "{name}");
        }
    }

    #[test]
    fn a_picture_is_known_by_its_first_bytes() {
        for (bytes, expected) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"GIF89a...", Some("image/gif")),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"\0\0\0\x1cftypavif", Some("image/avif")),
            (b"RIFF\x10\0\0\0WAVEfmt ", None),
            (b"\0\0\0\x1cftypheic", None),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", None),
            (b"<html>", None),
            (b"\x89PNG", None),
            (b"", None),
        ] {
            assert_eq!(kind(bytes), expected, "{bytes:?}");
        }
    }
}
