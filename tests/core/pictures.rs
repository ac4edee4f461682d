//! Pictures that an answer names: only pictures, only from the public internet, only so large.

use std::{net::IpAddr, sync::Arc};

use memoryloop_core::{
    Error,
    image::{self, PublicAddresses, Reach},
};
use support::http::{Asked, Reply, Server, Speak, Step};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const PNG_URL: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==";

/// The stand-in's own address counts as the internet here. There is no such rule in the program.
struct StandIn;

impl Reach for StandIn {
    fn may(&self, address: IpAddr) -> bool {
        address == IpAddr::from([127, 0, 0, 1]) || PublicAddresses.may(address)
    }
}

struct Pictures;

impl Speak for Pictures {
    fn answer(&self, asked: &Asked) -> Reply {
        let to = |location: String| Reply::new(302, "text/plain", "").header("location", location);
        match asked.path.as_str() {
            // What a server calls it counts for nothing.
            "/a.png" => Reply::new(200, "text/plain", PNG),
            "/svg" => Reply::new(200, "image/svg+xml", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
            "/page" => Reply::page(),
            "/moved" => to("/a.png".into()),
            "/round" => to("/round".into()),
            "/nowhere" => Reply::new(302, "text/plain", ""),
            "/inside" => to(format!("http://{}/secret", asked.query)),
            "/scheme" => to("file:///etc/passwd".into()),
            "/told" => Reply::new(200, "image/png", PNG).header("content-length", "11000000").then(Step::Silence),
            "/large" => Reply::new(200, "image/png", PNG).then(Step::Endless(vec![0; 65_536])),
            "/cut" => Reply::new(200, "image/png", PNG).then(Step::Cut),
            _ => Reply::new(404, "text/plain", "not found"),
        }
    }
}

async fn load(url: &str) -> Result<String, String> {
    let reach: Arc<dyn Reach> = Arc::new(StandIn);
    image::load(url, reach).await.map_err(|error| match error {
        Error::InvalidInput(said) => said,
        other => panic!("{other:?}"),
    })
}

#[tokio::test]
async fn a_picture_comes_as_data_also_from_where_it_was_moved_to() {
    let server = Server::start(Pictures).await;
    for path in ["/a.png", "/moved"] {
        assert_eq!(load(&format!("{}{path}", server.url())).await.as_deref(), Ok(PNG_URL));
    }
    for asked in server.asked("/a.png") {
        for told in ["cookie", "referer", "origin", "authorization"] {
            assert_eq!(asked.header(told), None);
        }
    }
}

#[tokio::test]
async fn what_is_no_picture_is_not_shown() {
    let server = Server::start(Pictures).await;
    for (path, begins) in [
        ("/svg", "What is at this address is no picture"),
        ("/page", "What is at this address is no picture"),
        ("/missing", "This picture could not be loaded: its server answered with status 404."),
        ("/round", "This picture could not be loaded: its server sends from one address to the next."),
        ("/nowhere", "This picture could not be loaded: its server sends from one address to the next."),
        ("/scheme", "This is no address of a picture on the web."),
        ("/told", "This picture is larger than 10 MB."),
        ("/large", "This picture is larger than 10 MB."),
        ("/cut", "This picture could not be loaded: "),
    ] {
        let said = load(&format!("{}{path}", server.url())).await.unwrap_err();
        assert!(said.starts_with(begins), "{path}: {said}");
    }
    assert_eq!(server.asked("/round").len(), 6);
}

#[tokio::test]
async fn no_redirect_leads_into_the_persons_own_network() {
    let server = Server::start(Pictures).await;
    let port = server.url().rsplit(':').next().unwrap().to_owned();
    for inside in [
        "127.0.0.2",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "[::1]",
        "[::ffff:127.0.0.2]",
        "0.0.0.0",
        "2130706434",
        "0x7f.2",
    ] {
        let said = load(&format!("{}/inside?{inside}:{port}", server.url())).await.unwrap_err();
        assert!(said.starts_with("This picture lies on this computer or in its own network"), "{inside}: {said}");
    }
    assert_eq!(server.asked("/secret").len(), 0);
}

#[tokio::test]
async fn as_the_program_asks_nothing_here_can_be_reached() {
    let server = Server::start(Pictures).await;
    let port = server.url().rsplit(':').next().unwrap().to_owned();
    for host in
        ["127.0.0.1", "localhost", "LOCALHOST.", "a.localhost", "printer.local", "[::1]", "127.1", "[::ffff:7f00:1]"]
    {
        let error = image::load(&format!("http://{host}:{port}/a.png"), Arc::new(PublicAddresses)).await.unwrap_err();
        assert!(error.to_string().starts_with("This picture lies on this computer"), "{host}: {error}");
    }
    assert_eq!(server.asked("/a.png").len(), 0);
}

#[tokio::test]
async fn addresses_that_are_none_are_refused_before_anything_is_asked() {
    let long = format!("https://example.org/{}", "a".repeat(5_000));
    for address in [
        "",
        "a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AA==",
        "ftp://example.org/a.png",
        "javascript:1",
        "https://",
        "http://user:word@example.org/a.png",
        &long,
    ] {
        let said = load(address).await.unwrap_err();
        assert!(said.starts_with("This is no address of a picture"), "{address}: {said}");
    }
}
