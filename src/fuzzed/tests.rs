//! The targets' corpora, replayed and mutated.

use std::fs;
use std::path::Path;

use super::{Address, AddressOf};

/// How many mutations of each corpus are tried. They are always the same.
const MUTATIONS: usize = 2000;

/// Bytes that have a meaning in one of the formats.
const INTERESTING: &[u8] = b"{}[]\"\\:,/.@?#%&*|>-!~'\t\r\n \0\x1b\xff0aA";

fn address_of(url: &str) -> Option<Address> {
    let url = url::Url::parse(url).ok()?;
    Some(Address {
        scheme: url.scheme().to_owned(),
        host: url.host_str()?.to_owned(),
        port: url.port(),
        has_user: !url.username().is_empty() || url.password().is_some(),
    })
}

#[expect(
    clippy::print_stdout,
    reason = "names the file of a finding; shown only if the test fails"
)]
fn replay(target: &str, check: impl Fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut inputs = Vec::new();
    for entry in fs::read_dir(&corpus).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        inputs.push(fs::read(path).unwrap());
        check(&inputs[inputs.len() - 1]);
    }
    assert!(inputs.len() > 3, "{} is too small", corpus.display());
    inputs.sort();
    let mut random = fastrand::Rng::with_seed(17);
    for _ in 0..MUTATIONS {
        let mutated = mutated(&inputs, &mut random);
        println!("{}", mutated.escape_ascii());
        check(&mutated);
    }
}

/// Returns one of the inputs with up to four random changes.
fn mutated(inputs: &[Vec<u8>], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = inputs[random.usize(..inputs.len())].clone();
    for _ in 0..random.usize(1..5) {
        let at = random.usize(..=bytes.len());
        let end = (at + random.usize(..8)).min(bytes.len());
        match random.u8(..5) {
            0 => bytes.insert(at, random.u8(..)),
            1 => bytes.insert(at, INTERESTING[random.usize(..INTERESTING.len())]),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let part = bytes[at..end].to_vec();
                let to = random.usize(..=bytes.len());
                drop(bytes.splice(to..to, part));
            }
            _ => {
                let other = &inputs[random.usize(..inputs.len())];
                let from = random.usize(..=other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
        }
    }
    bytes
}

fn replay_with(target: &str, check: fn(&[u8], AddressOf)) {
    replay(target, |data| check(data, address_of));
}

#[test]
fn the_corpus_of_server_urls_has_no_finding() {
    replay_with("server_url", super::server_url);
}

#[test]
fn the_corpus_of_store_requests_has_no_finding() {
    replay("store_request", super::store_request);
}

#[test]
fn the_corpus_of_docker_configs_has_no_finding() {
    replay("docker_config", super::docker_config);
}

#[test]
fn the_corpus_of_api_answers_has_no_finding() {
    replay("api_answer", super::api_answer);
}

#[test]
fn the_corpus_of_config_yaml_has_no_finding() {
    replay("config_yaml", super::config_yaml);
}

#[test]
fn the_corpus_of_references_has_no_finding() {
    replay("reference", super::reference);
}

#[test]
fn the_corpus_of_token_challenges_has_no_finding() {
    replay_with("token_challenge", super::token_challenge);
}

#[test]
fn the_corpus_of_the_key_filter_has_no_finding() {
    replay("key_filter", super::key_filter);
}

#[test]
fn the_corpus_of_kubelet_requests_has_no_finding() {
    replay("kubelet_request", super::kubelet_request);
}
