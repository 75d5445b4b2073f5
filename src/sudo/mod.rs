//! Acting as the user who ran `sudo`, and the few operations that still run as root.

// Windows has no `sudo` that keeps root's rights in a child. The types are still used there.
#[cfg_attr(not(unix), allow(unused_imports))]
pub(crate) mod invoking_user;
pub(crate) mod program_files;
#[cfg_attr(not(unix), allow(dead_code, unused_imports))]
pub(crate) mod root_child;
#[cfg_attr(not(unix), allow(dead_code))]
pub(crate) mod users_config;
