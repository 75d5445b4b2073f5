//! A local server that lists images and tags, a hundred per page, as fast as possible.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const NAMESPACE: &str = "2dcbc03b-4372-4acb-bb4c-b73ff3e77536";

/// Serves `count` images, and as many tags of each image. Returns its URL and a counter of its requests.
pub fn serve_images(count: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counter = Arc::clone(&counter);
            std::thread::spawn(move || answer(&stream, count, &counter));
        }
    });
    (url, requests)
}

fn answer(stream: &TcpStream, count: usize, counter: &AtomicUsize) {
    let mut reader = BufReader::new(stream);
    let mut out = stream;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap_or(0) > 2 {
            line.clear();
        }
        counter.fetch_add(1, Ordering::Relaxed);
        let body = if first.contains("/images?") {
            page("images", image, count, &first)
        } else if first.contains("/tags?") {
            page("tags", tag, count, &first)
        } else if let Some((_, id)) = first.split_once("/tags/") {
            tag(usize::from_str_radix(&id[..8], 16).unwrap())
        } else if first.contains("/images/") {
            image(0)
        } else {
            format!(r#"{{"id":"{NAMESPACE}","name":"ns","endpoint":"rg.fr-par.scw.cloud/ns"}}"#)
        };
        let length = body.len();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
        let answer = format!("{head}Content-Length: {length}\r\n\r\n{body}");
        if out.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn page(kind: &str, item: fn(usize) -> String, count: usize, request: &str) -> String {
    let page = request.split("page=").nth(1).unwrap().split('&').next().unwrap();
    let start = (page.parse::<usize>().unwrap() - 1) * 100;
    let items: Vec<_> = (start..count.min(start + 100)).map(item).collect();
    format!(r#"{{"{kind}":[{}], "total_count":{count}}}"#, items.join(", "))
}

fn image(at: usize) -> String {
    format!(
        r#"{{"id":"{at:08x}-3ef0-48e6-b30d-c097f75e349f", "name":"team/hello-{at}", "namespace_id":"{NAMESPACE}", "status":"ready", "status_message":"", "visibility":"inherit", "size":{at}, "created_at":"2025-11-03T15:55:04.882283Z", "updated_at":"2025-11-03T15:55:05.136888Z", "tags":["latest", "1.2"]}}"#
    )
}

fn tag(at: usize) -> String {
    format!(
        r#"{{"id":"{at:08x}-89cb-4c45-8b75-207be248b202", "name":"v{at}", "image_id":"00000000-3ef0-48e6-b30d-c097f75e349f", "status":"ready", "digest":"sha256:{at:064x}", "created_at":"2025-11-03T15:55:04.882283Z", "updated_at":"2025-11-03T15:55:05.136888Z"}}"#
    )
}
