//! A Docker credential helper for the Scaleway Container Registry.
//!
//! This crate is a program. The library exists for the binary, the tests and the pages that are made
//! from the table of commands, and it changes without notice. One part may be useful to others, and is
//! documented for that: [`registry_host`], the rule by which a server URL is one of Scaleway's
//! registries. No key is sent anywhere else.
//!
//! ```
//! use docker_credential_scw::registry_host::ServerUrl;
//!
//! let url = ServerUrl::parse("https://rg.fr-par.scw.cloud/v2/").unwrap();
//! assert_eq!(url.host.to_string(), "rg.fr-par.scw.cloud");
//! assert_eq!(url.host.region(), "fr-par");
//! assert!(ServerUrl::parse("rg.fr-par.scw.cloud.example.org").is_none());
//! assert!(ServerUrl::parse("rg.fr-par.scw.cloud@example.org").is_none());
//! ```
//!
//! The modules, lowest layer first. Each uses only those before it in this list:
//!
//! - values: [`registry_host`], `secret_key`, `helper_name`, `program_name`, `printable`, `shell`,
//!   `explain`, `exit`, `key_text`;
//! - `system`: all access to the machine: environment, files, network, keyring, other programs;
//! - `scaleway`: Scaleway's `config.yaml` and settings;
//! - `keys`: which secret key is used for a registry, and from which source;
//! - `protocol`: the docker-credential protocol: `get`, `store`, `erase`, `list`;
//! - `registry`: the Registry API, and the token exchange before a pull;
//! - `docker`: Docker's and podman's files, clients and credential helpers;
//! - `kubernetes`: the kubelet's `CredentialProviderConfig`;
//! - `sudo`: acting as the user who ran `sudo`;
//! - `terminal`: output for people, and prompts;
//! - `diagnosis`: what can be wrong on a machine, and how to fix it;
//! - `cli`: the table of commands, the plain values that a command line is converted into, and shell
//!   completion;
//! - `commands`: one file or folder for each command;
//! - [`run()`](fn@run): takes arguments, environment and streams; returns an exit code;
//! - `fuzzed`: what fuzz targets call. Only compiled for them and for tests.

#[doc(hidden)]
pub mod cli;
mod commands;
mod diagnosis;
#[doc(hidden)]
pub mod docker;
mod exit;
#[doc(hidden)]
pub mod explain;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzed;
#[doc(hidden)]
pub mod helper_name;
mod key_text;
mod keys;
mod kubernetes;
mod printable;
mod program_name;
mod protocol;
mod registry;
pub mod registry_host;
mod run;
#[doc(hidden)]
pub mod scaleway;
#[doc(hidden)]
pub mod secret_key;
mod shell;
mod sudo;
#[doc(hidden)]
pub mod system;
mod terminal;

pub use exit::Exit;
pub use run::{failed, panic_without_payload, run};
pub use sudo::invoking_user::begin;
pub use system::environment::Environment;
