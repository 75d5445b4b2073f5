//! A TLS server with programmable responses that records its requests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::stage::Stage;

/// Serves until the scenario's process ends.
pub struct TlsServer {
    pub port: u16,
    asked: Arc<Mutex<Vec<Request>>>,
}

#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub host: String,
    pub authorization: Option<String>,
}

pub struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Response {
    pub fn json(status: u16, body: &str) -> Self {
        let headers = vec![("Content-Type", "application/json".to_owned())];
        Self { status, headers, body: body.to_owned() }
    }

    /// Replaces the media type.
    pub fn of_type(mut self, media_type: &str) -> Self {
        self.headers.retain(|(name, _)| *name != "Content-Type");
        self.with("Content-Type", media_type)
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl TlsServer {
    pub fn start(
        _: &Stage,
        (certificate, private_key): (String, String),
        address: (&str, u16),
        answer: impl Fn(&Request) -> Response + Send + Sync + 'static,
    ) -> Self {
        let tls = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(private_key.as_bytes()).unwrap(),
            )
            .unwrap();
        let tls = Arc::new(tls);
        let listener = TcpListener::bind(address).unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let server = Self { port, asked: Arc::clone(&asked) };
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (tls, answer, asked) =
                    (Arc::clone(&tls), Arc::clone(&answer), Arc::clone(&asked));
                std::thread::spawn(move || {
                    // A client may hang up early.
                    let _ = serve(stream?, &tls, &asked, &*answer);
                    Ok::<(), std::io::Error>(())
                });
            }
        });
        server
    }

    /// All requests so far.
    pub fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    tls: &Arc<rustls::ServerConfig>,
    asked: &Mutex<Vec<Request>>,
    answer: &dyn Fn(&Request) -> Response,
) -> std::io::Result<()> {
    let mut connection =
        rustls::ServerConnection::new(Arc::clone(tls)).map_err(std::io::Error::other)?;
    let mut stream = rustls::Stream::new(&mut connection, &mut stream);
    let mut reader = BufReader::new(&mut stream);
    let mut request = Request::default();
    let mut length = 0;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 && line.trim() != "" {
        if request.target.is_empty() {
            let mut words = line.split(' ').map(str::to_owned);
            request.method = words.next().unwrap_or_default();
            request.target = words.next().unwrap_or_default();
        }
        if let Some((name, value)) = line.split_once(':') {
            match name.to_ascii_lowercase().as_str() {
                "authorization" | "x-auth-token" => {
                    request.authorization = Some(value.trim().to_owned());
                }
                "content-length" => length = value.trim().parse().unwrap(),
                "host" => value.trim().clone_into(&mut request.host),
                _ => {}
            }
        }
        line.clear();
    }
    // A client that is still sending would lose the response.
    std::io::copy(&mut reader.take(length), &mut std::io::sink())?;
    asked.lock().unwrap().push(request.clone());
    let Response { status, headers, body } = answer(&request);
    let headers = headers
        .iter()
        .fold(String::new(), |text, (name, value)| text + &format!("{name}: {value}\r\n"));
    write!(
        stream,
        "HTTP/1.1 {status} Status\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()
}
