//! The program, run in this process through `run(args, env, stdin, stdout, stderr)`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing, clippy::disallowed_methods, unreachable_pub)]
#![allow(clippy::format_push_string, clippy::large_stack_arrays)]
#![allow(clippy::format_collect, clippy::too_many_lines)]

#[path = "../support/mod.rs"]
mod support;

mod completion;
mod config_file;
mod config_limits;
mod docker_config;
mod docs;
mod doctor;
mod doctor_fixes;
mod doctor_lines;
mod doctor_programs;
mod doctor_setups;
mod files;
mod help;
mod install;
mod key_copies;
mod key_order;
mod kubelet;
mod kubelet_doctor;
mod kubelet_install;
mod login;
mod no_key_is_shown;
mod promises;
mod protocol;
mod protocol_model;
mod published_attacks;
mod registry;
mod registry_arguments;
mod registry_calls;
mod registry_fields;
mod registry_harm;
mod registry_listings;
mod registry_parity;
mod registry_prune;
mod registry_troubles;
mod registry_usage;
mod released;
mod rooms;
mod save_key;
mod sdk_rules;
mod secrets;
mod server_urls;
mod settings;
mod stored_keys;
mod stuck_helpers;
mod uninstall;
mod width;
mod windows;
mod words;
