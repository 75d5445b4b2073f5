//! The targets' corpora, replayed.

use std::fs;
use std::path::Path;

use super::{Address, AddressOf};

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
    let mut count = 0;
    for entry in fs::read_dir(&corpus).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        check(&fs::read(path).unwrap());
        count += 1;
    }
    assert!(count > 3, "{} is too small", corpus.display());
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
