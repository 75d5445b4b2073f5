//! All access to the machine: environment, files, other programs, network, keyring, output.

pub mod clock;
pub mod environment;
pub mod files;
pub(crate) mod http;
mod io_error;
pub mod keyring;
pub(crate) mod output_filter;
pub(crate) mod process;
mod program_content;
pub mod program_file;
pub mod resources;
pub(crate) mod signals;
pub mod streams;
pub mod users;
pub mod wiped;
