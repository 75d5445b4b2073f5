//! A Docker credential helper for the Scaleway Container Registry.
//!
//! The modules, in the order in which a request meets them:
//!
//! - [`run()`](fn@run): arguments, environment and streams in, an exit code out;
//! - [`program_name`]: the name the program was started under, and the profile bound by it;
//! - [`helper_name`]: the helpers as configs and file names have them;
//! - [`protocol`]: the docker-credential protocol, its requests, answers and exact words;
//! - [`actions`]: `get`, `store`, `erase` and `list`;
//! - [`cli`], `commands`, `terminal`: what people type, what is done for them, what they see;
//! - [`completion`]: what a shell needs to complete what people type;
//! - [`installed_program`], `program_files`: the program as a file on PATH, and changing it;
//! - [`invoking_user`], [`root_child`], `users_config`: acting as the user behind `sudo`, what keeps root's
//!   rights, and what root asks about the user;
//! - [`container_client`], `credential_helper`, `child`: other programs: those that pull, helpers as
//!   their callers see them, and how they are started;
//! - [`registry_host`]: is this server URL one of Scaleway's registries;
//! - [`key_source`]: where the secret key comes from;
//! - [`scaleway_config`]: Scaleway's `config.yaml`;
//! - [`docker_config`]: Docker's `config.json` and podman's `auth.json`, edited without harm;
//! - [`settings`]: region, project, organization and API, by the same rules;
//! - `registry_api`: namespaces, images and tags in Scaleway's Registry API;
//! - `http`: calls to registries and to Scaleway's API, the one way into the network;
//! - `token_exchange`: does a registry take a key;
//! - `interrupt`: what Ctrl-C has to put right first;
//! - [`environment`]: variables, directories and the keyring of the process, or of a test;
//! - [`clock`]: the time, and letting it pass;
//! - [`keyring`]: the system's keyring, behind a deadline;
//! - [`streams`]: standard input and output without buffers;
//! - [`resources`]: threads, descriptors and memory, and what is said where none is left;
//! - [`files`]: the one place where files are read and written;
//! - `filter`: the one way out, which takes keys out of everything that is printed;
//! - [`secret_key`], [`printable`]: a key that cannot be shown, and text that can.

pub mod actions;
mod child;
pub mod cli;
pub mod clock;
mod commands;
pub mod completion;
pub mod container_client;
mod credential_helper;
pub mod docker_config;
pub mod environment;
pub mod files;
mod filter;
pub mod helper_name;
mod http;
pub mod installed_program;
mod interrupt;
pub mod invoking_user;
pub mod key_source;
pub mod keyring;
pub mod printable;
mod program_files;
pub mod program_name;
pub mod protocol;
mod registry_api;
pub mod registry_host;
pub mod resources;
pub mod root_child;
mod run;
pub mod scaleway_config;
pub mod secret_key;
pub mod settings;
pub mod streams;
mod terminal;
mod token_exchange;
mod users_config;

pub use environment::Environment;
pub use invoking_user::begin;
pub use run::{Exit, panic_without_payload, run};
