//! A Docker credential helper for the Scaleway Container Registry.
//!
//! The modules, lowest layer first. Each uses only those before it in this list:
//!
//! - values: [`secret_key`], [`registry_host`], [`helper_name`], [`program_name`], [`printable`],
//!   [`shell`], [`explain`], `exit`, `key_text`;
//! - [`system`]: all access to the machine: environment, files, network, keyring, other programs;
//! - [`scaleway`]: Scaleway's `config.yaml` and settings;
//! - [`keys`]: which secret key is used for a registry, and from which source;
//! - [`protocol`]: the docker-credential protocol: `get`, `store`, `erase`, `list`;
//! - `registry`: the Registry API, and the token exchange before a pull;
//! - [`docker`]: Docker's and podman's files, clients and credential helpers;
//! - `kubernetes`: the kubelet's `CredentialProviderConfig`;
//! - [`sudo`]: acting as the user who ran `sudo`;
//! - `terminal`: output for people, and prompts;
//! - `diagnosis`: what can be wrong on a machine, and how to fix it;
//! - [`cli`]: the command table and shell completion;
//! - `commands`: one file or folder for each command;
//! - [`run()`](fn@run): takes arguments, environment and streams; returns an exit code.

pub mod cli;
mod commands;
mod diagnosis;
pub mod docker;
mod exit;
pub mod explain;
pub mod helper_name;
mod key_text;
pub mod keys;
mod kubernetes;
pub mod printable;
pub mod program_name;
pub mod protocol;
mod registry;
pub mod registry_host;
mod run;
pub mod scaleway;
pub mod secret_key;
pub mod shell;
pub mod sudo;
pub mod system;
mod terminal;

pub use exit::Exit;
pub use run::{failed, panic_without_payload, run};
pub use sudo::invoking_user::begin;
pub use system::environment::Environment;
