//! Measures listing ten thousand images from a loopback server, a hundred per page.
//!
//! `cargo bench --bench listing` prints times, requests and memory, and the time that the server
//! alone takes for the same pages. It has no limits and never fails.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, unreachable_pub)]
#![allow(clippy::disallowed_methods)]

#[path = "../tests/support/image_server.rs"]
mod image_server;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const IMAGES: usize = 10_000;
const ROUNDS: usize = 11;

fn main() {
    println!("{:<28} {:>9} {:>9} {:>12}", "10,000 images", "median", "requests", "peak memory");
    let (url, _) = image_server::serve_images(IMAGES);
    let bare = median(|| fetch_pages(&url));
    println!("{:<28} {:>6.0} ms {:>9} {:>12}", "the server, page by page", millis(bare), 101, "");
    for output in ["human", "json", "yaml"] {
        let (url, requests) = image_server::serve_images(IMAGES);
        let list = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_docker-credential-scw"));
            command.args(["image", "list", "-o", output]).env_clear().env("SCW_API_URL", &url);
            command.env("SCW_SECRET_KEY", "11111111-2222-4333-8444-555555555555");
            command.stdout(Stdio::null());
            command
        };
        let time = median(|| assert!(list().status().unwrap().success()));
        let before = requests.load(Ordering::Relaxed);
        let peak = peak_memory(&list());
        let made = requests.load(Ordering::Relaxed) - before;
        let name = format!("image list -o {output}");
        println!("{name:<28} {:>6.0} ms {made:>9} {peak:>12}", millis(time));
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(run: impl Fn()) -> Duration {
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times.get(ROUNDS / 2).copied().unwrap()
}

/// Fetches the same pages over one connection without parsing them.
fn fetch_pages(url: &str) {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    let mut buffer = vec![0; 1 << 16];
    for page in 1..=101 {
        // In one write: several would wait for each other's acknowledgement.
        let request = format!("GET /images?page={page}& HTTP/1.1\r\nHost: x\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        loop {
            let read = stream.read(&mut buffer).unwrap();
            answer.extend(buffer.iter().take(read));
            let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
            let Some(head) = end.and_then(|end| answer.get(..end)) else { continue };
            let head = String::from_utf8_lossy(head);
            let length: usize = head.rsplit(' ').next().unwrap().parse().unwrap();
            if answer.len() >= head.len() + 4 + length {
                break;
            }
        }
    }
}

/// Measured by `/usr/bin/time`, if it is installed.
fn peak_memory(command: &Command) -> String {
    let mut timed = Command::new("/usr/bin/time");
    timed.args(["-f", "%M"]).arg(command.get_program()).args(command.get_args());
    timed.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let Ok(output) = timed.stdout(Stdio::null()).output() else { return "-".to_owned() };
    let kilobytes = String::from_utf8_lossy(&output.stderr).trim().parse().unwrap_or(0u64);
    format!("{} MB", kilobytes.div_ceil(1000))
}
