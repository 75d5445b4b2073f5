//! The command line of `save-key`.

use clap::Args;

use crate::cli::command::{Mode, ProfileChoice, SaveKey};
use crate::cli::values::profile_name;

pub(super) const SAVE_KEY_EXAMPLES: &str = "\
Examples:
  docker-credential-scw save-key
  docker-credential-scw save-key --profile prod
  pass show scaleway | docker-credential-scw save-key
  docker-credential-scw save-key --dry-run

Asks for the key without showing it, or reads it from standard input if that is
not a terminal. The key is never an argument: other users can see arguments.

Without --profile the key is saved at the top level of the file, where it is the
default for every profile. Adds or replaces one secret_key line and leaves the
rest of the file unchanged. A new file can be read by its owner only.
";

/// The arguments of `save-key`.
#[derive(Debug, Args)]
pub(super) struct SaveKeyArguments {
    /// Profile of config.yaml to save the key in
    #[arg(long, value_name = "NAME", value_parser = profile_name)]
    profile: Option<String>,
    /// Print the change, without the key, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Replace another key; write a file in place
    #[arg(long)]
    force: bool,
}

impl SaveKeyArguments {
    pub(super) fn into_save_key(self, bound_profile: Option<&str>) -> SaveKey {
        SaveKey {
            profile: ProfileChoice { named: self.profile, bound: bound_profile.map(str::to_owned) },
            mode: Mode::of_dry_run(self.dry_run),
            force: self.force,
        }
    }
}
