//! The command line of `namespace`, `image`, `tag`, `usage` and `retag`.

mod image;
mod namespace;
mod options;
mod order;
mod prune;
mod retag;
mod tag;
mod usage;

pub(super) use self::image::ImageArguments;
pub(super) use self::namespace::NamespaceArguments;
pub(super) use self::retag::{RETAG_EXAMPLES, RetagArguments};
pub(super) use self::tag::TagArguments;
pub(super) use self::usage::{USAGE_EXAMPLES, UsageArguments};
