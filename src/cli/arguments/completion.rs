//! The command line of `completion`.

use clap::Args;

use crate::cli::command::{Command, Shell};

pub(super) const COMPLETION_EXAMPLES: &str = "\
Examples (open a new shell afterwards):
  mkdir -p ~/.local/share/bash-completion/completions
  docker-credential-scw completion bash >\\
    ~/.local/share/bash-completion/completions/docker-credential-scw
  mkdir -p ~/.zfunc
  docker-credential-scw completion zsh >~/.zfunc/_docker-credential-scw
  mkdir -p ~/.config/fish/completions
  docker-credential-scw completion fish >\\
    ~/.config/fish/completions/docker-credential-scw.fish
  docker-credential-scw completion powershell >>$PROFILE
  mkdir -p ~/.config/elvish
  docker-credential-scw completion elvish >>~/.config/elvish/rc.elv

For zsh, add this to ~/.zshrc before compinit: fpath+=(~/.zfunc)
Packages include the first three.
";

/// The arguments of `completion`.
#[derive(Debug, Args)]
pub(super) struct CompletionArguments {
    /// bash, zsh, fish, powershell or elvish
    #[arg(
        value_enum,
        value_name = "SHELL",
        required_unless_present = "profiles",
        hide_possible_values = true
    )]
    shell: Option<Shell>,
    /// Print the names of profiles, which is what the scripts ask for
    #[arg(long, hide = true, conflicts_with = "shell")]
    profiles: bool,
}

impl From<CompletionArguments> for Command {
    fn from(arguments: CompletionArguments) -> Self {
        // Clap requires one of the two.
        arguments.shell.map_or(Self::CompletionProfiles, Self::CompletionScript)
    }
}
