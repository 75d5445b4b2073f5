//! Checks that fuzz targets call with random bytes, one function for each target in `fuzz/`.
//!
//! The parts that they check are private. This module is only compiled for tests and with
//! `cfg(fuzzing)`, which cargo-fuzz sets: unlike a Cargo feature, no dependent and no package build
//! can turn it on. A function panics if the program does something wrong. The tests below call the
//! same functions with the files in `fuzz/corpus`.
#![allow(clippy::missing_panics_doc, clippy::expect_used, clippy::panic)]

mod api_answer;
mod config_yaml;
mod docker_config;
mod key_filter;
mod requests;
#[cfg(test)]
mod tests;
mod urls;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::secret_key::SecretKey;
use crate::system::clock::SystemClock;
use crate::system::environment::{Environment, FixedSurroundings, Terminals};
use crate::system::keyring::{Keyring, KeyringError};

pub use api_answer::api_answer;
pub use config_yaml::config_yaml;
pub use docker_config::docker_config;
pub use key_filter::key_filter;
pub use requests::{kubelet_request, store_request};
pub use urls::{Address, AddressOf, reference, server_url, token_challenge};

/// The only key on the machine.
const KEY: &str = "c0ffee00-cafe-4bad-8bed-5ec2e7ca4a41";

/// A machine without files, with [`KEY`] in the environment.
fn machine_with_key() -> Environment {
    Environment::fixed(FixedSurroundings {
        program_file: None,
        terminals: Terminals::default(),
        uid: None,
        invoking_user: None,
        variables: BTreeMap::from([("SCW_SECRET_KEY".into(), KEY.into())]),
        home: None,
        root_home: None,
        state_dir: None,
        keyring: Box::new(NoKeyring),
        clock: Arc::new(SystemClock),
    })
}

/// Returns whether the text contains [`KEY`], with or without dashes, in any letter case.
fn has_key(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains(KEY) || text.contains(&KEY.replace('-', ""))
}

struct NoKeyring;

impl NoKeyring {
    fn absent<T>() -> Result<T, KeyringError> {
        Err(KeyringError::Absent("fuzzed".to_owned()))
    }
}

impl Keyring for NoKeyring {
    fn check(&self) -> Result<(), KeyringError> {
        Self::absent()
    }

    fn key(&self, _: &str) -> Result<Option<SecretKey>, KeyringError> {
        Self::absent()
    }

    fn store(&self, _: &str, _: &SecretKey) -> Result<(), KeyringError> {
        Self::absent()
    }

    fn remove(&self, _: &str) -> Result<(), KeyringError> {
        Self::absent()
    }
}
