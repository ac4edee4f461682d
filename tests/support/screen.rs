//! A virtual screen of a test's own: its window's close button, and pictures of it.
//!
//! Each start of the program has its own X server: tests run side by side without taking each other's focus, and nothing
//! appears on the screen of whoever runs them. No window manager runs there, so closing a window as a person does is
//! asked for in the words of the X protocol (X11R7.7, "X Window System Protocol"; ICCCM 4.2.8.1 for WM_DELETE_WINDOW),
//! over the server's socket: the few requests needed are shorter than a library's bindings. Pictures come from there too:
//! the driver's own wait for a frame, which never comes when WebKitGTK draws without compositing and nothing changes.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, ensure};

pub struct Screen {
    server: Child,
    number: u32,
}

impl Screen {
    pub fn start() -> Result<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb could not be started; `cargo xtask setup` installs it")?;
        let mut number = String::new();
        BufReader::new(server.stdout.take().context("Xvfb has no output")?).read_line(&mut number)?;
        let number = number.trim().parse().context("Xvfb ended before it served a display")?;
        Ok(Self { server, number })
    }

    /// As in DISPLAY.
    #[must_use]
    pub fn name(&self) -> String {
        format!(":{}", self.number)
    }

    /// Presses the close button of every window that is shown; says how many there were.
    pub fn close_windows(&self) -> Result<usize> {
        let mut x = Connection::open(self.number)?;
        let protocols = x.atom("WM_PROTOCOLS")?;
        let delete = x.atom("WM_DELETE_WINDOW")?;
        let mut closed = 0;
        for window in x.windows(protocols)? {
            x.send(window, protocols, delete)?;
            closed += 1;
        }
        // An answer to this means that everything before it has been done.
        x.ask(&request(GET_INPUT_FOCUS, 0, &[]))?;
        Ok(closed)
    }

    /// Stores what is to be seen of the program's window, and of what lies over it, as a PNG.
    pub fn picture(&self, path: &Path) -> Result<()> {
        let mut x = Connection::open(self.number)?;
        let protocols = x.atom("WM_PROTOCOLS")?;
        let window = x.windows(protocols)?.into_iter().next().context("no window is shown")?;
        let (width, height, pixels) = x.image(window)?;
        let file = BufWriter::new(File::create(path).with_context(|| path.display().to_string())?);
        let mut encoder = png::Encoder::new(file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        // Of the screen's 24 bits the server makes 32, blue first.
        let rgb: Vec<u8> = pixels.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        encoder.write_header()?.write_image_data(&rgb)?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

const GET_WINDOW_ATTRIBUTES: u8 = 3;
const GET_GEOMETRY: u8 = 14;
const QUERY_TREE: u8 = 15;
const INTERN_ATOM: u8 = 16;
const GET_PROPERTY: u8 = 20;
const SEND_EVENT: u8 = 25;
const GET_INPUT_FOCUS: u8 = 43;
const GET_IMAGE: u8 = 73;
const Z_PIXMAP: u8 = 2;
const CLIENT_MESSAGE: u8 = 33;
const VIEWABLE: u8 = 2;

/// A request: its code, a byte of its own, its length in words, its body. Numbers are little-endian, as we announce.
fn request(code: u8, detail: u8, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let words = u16::try_from(1 + padded / 4).unwrap_or(u16::MAX);
    let mut bytes = vec![code, detail];
    bytes.extend(words.to_le_bytes());
    bytes.extend(body);
    bytes.resize(4 + padded, 0);
    bytes
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn u16_at(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

struct Connection {
    socket: UnixStream,
    root: u32,
}

impl Connection {
    fn open(display: u32) -> Result<Self> {
        let mut socket = UnixStream::connect(format!("/tmp/.X11-unix/X{display}"))?;
        // Little-endian, protocol 11.0, no authorization: the server is ours and listens to this user.
        socket.write_all(&[b'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0])?;
        let mut head = [0; 8];
        socket.read_exact(&mut head)?;
        let mut setup = vec![0; u16_at(&head, 6) * 4];
        socket.read_exact(&mut setup)?;
        ensure!(head[0] == 1, "the X server refused the connection: {}", String::from_utf8_lossy(&setup));
        // After the fixed part: the vendor's name, then the pixmap formats of 8 bytes, then the first screen's root.
        let root_at = 32 + u16_at(&setup, 16).next_multiple_of(4) + 8 * usize::from(setup[21]);
        Ok(Self { socket, root: u32_at(&setup, root_at) })
    }

    /// Sends a request that has an answer, and returns it; errors and events before it are passed over.
    fn ask(&mut self, request: &[u8]) -> Result<Vec<u8>> {
        self.socket.write_all(request)?;
        loop {
            let mut answer = vec![0; 32];
            self.socket.read_exact(&mut answer)?;
            match answer[0] {
                // A window may be gone by the time it is asked about.
                0 => return Ok(Vec::new()),
                1 => {
                    let more = usize::try_from(u32_at(&answer, 4))? * 4;
                    answer.resize(32 + more, 0);
                    self.socket.read_exact(&mut answer[32..])?;
                    return Ok(answer);
                }
                _ => {}
            }
        }
    }

    fn atom(&mut self, name: &str) -> Result<u32> {
        let mut body = u16::try_from(name.len())?.to_le_bytes().to_vec();
        body.extend([0, 0]);
        body.extend(name.as_bytes());
        let answer = self.ask(&request(INTERN_ATOM, 0, &body))?;
        ensure!(!answer.is_empty(), "the X server knows no atom {name}");
        Ok(u32_at(&answer, 8))
    }

    /// The windows of programs that are shown.
    fn windows(&mut self, protocols: u32) -> Result<Vec<u32>> {
        let mut found = Vec::new();
        for window in self.children_of_root()? {
            if self.is_shown(window)? && self.has_property(window, protocols)? {
                found.push(window);
            }
        }
        Ok(found)
    }

    /// Width, height and pixels of the part of the screen that a window takes, four bytes each.
    fn image(&mut self, window: u32) -> Result<(u32, u32, Vec<u8>)> {
        let place = self.ask(&request(GET_GEOMETRY, 0, &words(&[window])))?;
        ensure!(!place.is_empty(), "the window has gone");
        let mut body = words(&[self.root]);
        // x, y, width and height, two bytes each, as they are wanted back; then all planes.
        body.extend(&place[12..20]);
        body.extend(words(&[u32::MAX]));
        let mut answer = self.ask(&request(GET_IMAGE, Z_PIXMAP, &body))?;
        ensure!(!answer.is_empty(), "a part of the window is outside of the screen");
        let (width, height) = (u16_at(&place, 16), u16_at(&place, 18));
        let pixels = answer.split_off(32);
        ensure!(pixels.len() >= width * height * 4, "the screen has another depth than it was asked for");
        Ok((u32::try_from(width)?, u32::try_from(height)?, pixels))
    }

    fn children_of_root(&mut self) -> Result<Vec<u32>> {
        let answer = self.ask(&request(QUERY_TREE, 0, &words(&[self.root])))?;
        Ok(answer.get(32..).unwrap_or_default().chunks_exact(4).map(|window| u32_at(window, 0)).collect())
    }

    fn is_shown(&mut self, window: u32) -> Result<bool> {
        let answer = self.ask(&request(GET_WINDOW_ATTRIBUTES, 0, &words(&[window])))?;
        Ok(answer.get(26) == Some(&VIEWABLE))
    }

    fn has_property(&mut self, window: u32, property: u32) -> Result<bool> {
        // Of any type, from its beginning, none of its value.
        let answer = self.ask(&request(GET_PROPERTY, 0, &words(&[window, property, 0, 0, 0])))?;
        Ok(!answer.is_empty() && u32_at(&answer, 8) != 0)
    }

    fn send(&mut self, window: u32, message: u32, data: u32) -> Result<()> {
        let mut event = vec![CLIENT_MESSAGE, 32, 0, 0];
        event.extend(words(&[window, message, data, 0, 0, 0, 0]));
        let mut body = words(&[window, 0]);
        body.extend(event);
        self.socket.write_all(&request(SEND_EVENT, 0, &body))?;
        Ok(())
    }
}
