//! Docker's and podman's files, the container clients, and credential helpers as clients start them.

pub mod client;
pub mod config;
pub(crate) mod credential_helper;
pub(crate) mod logins;
pub(crate) mod registration;
