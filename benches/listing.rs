//! Measures listing ten thousand images from a loopback server, a hundred per page.
//!
//! `cargo bench --bench listing` prints the table of `docs/costs.md`: times, also relative to fetching the
//! same pages without reading them, instructions, requests and memory. It has no limits and never fails.
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
    println!("| 10,000 images | median | × bare fetch | instructions | requests | peak memory |");
    println!("|---|---|---|---|---|---|");
    let (url, _) = image_server::serve_images(IMAGES);
    let bare = median(|| fetch_pages(&url));
    println!("| fetched over one connection | {:.0} ms | 1.0 | | 101 | |", millis(bare));
    for output in ["human", "json", "yaml"] {
        let (url, requests) = image_server::serve_images(IMAGES);
        let list = |tool: &[&str]| {
            let program = env!("CARGO_BIN_EXE_docker-credential-scw");
            let words: Vec<_> = tool.iter().chain([&program]).copied().collect();
            let mut command = Command::new(words.first().copied().unwrap());
            command.args(words.iter().skip(1)).args(["image", "list", "-o", output]);
            command.env_clear().env("SCW_API_URL", &url);
            command.env("SCW_SECRET_KEY", "11111111-2222-4333-8444-555555555555");
            command.stdout(Stdio::null());
            command
        };
        let time = median(|| assert!(list(&[]).status().unwrap().success()));
        let before = requests.load(Ordering::Relaxed);
        let peak = number(list(&["/usr/bin/time", "-f", "peak %M"]), "peak");
        let made = requests.load(Ordering::Relaxed) - before;
        let callgrind = ["/usr/bin/valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
        let instructions = number(list(&callgrind), "Collected :");
        let shown = |number: Option<u64>, unit: u64, name: &str| {
            number.map_or_else(|| "-".to_owned(), |it| format!("{} {name}", it.div_ceil(unit)))
        };
        println!(
            "| `image list -o {output}` | {:.0} ms | {:.1} | {} | {made} | {} |",
            millis(time),
            time.as_secs_f64() / bare.as_secs_f64(),
            shown(instructions, 1_000_000, "M"),
            shown(peak, 1000, "MB"),
        );
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

/// The number after `words` on standard error; `None` if the tool is not installed.
fn number(mut command: Command, words: &str) -> Option<u64> {
    let stderr = command.output().ok()?.stderr;
    let text = String::from_utf8_lossy(&stderr).into_owned();
    text.split_once(words)?.1.split_whitespace().next()?.parse().ok()
}
