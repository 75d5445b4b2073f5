//! Docker's and podman's files, the container clients, and running credential helpers.

pub mod client;
pub mod config;
pub(crate) mod credential_helper;
pub(crate) mod logins;
pub(crate) mod registration;
