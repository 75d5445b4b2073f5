//! Acting as the user who ran `sudo`, and the few operations that still run as root.

pub(crate) mod invoking_user;
pub(crate) mod program_files;
pub(crate) mod root_child;
pub(crate) mod users_config;
