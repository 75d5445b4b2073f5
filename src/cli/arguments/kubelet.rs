//! The options of `install`, `uninstall` and `doctor` for the kubelet.

use std::path::PathBuf;

use clap::Args;

use crate::cli::command::{KubeletPaths, Preset};

/// Whether a command acts on the kubelet, and on which files.
#[derive(Debug, Args)]
pub(super) struct KubeletOptions {
    /// Act on the kubelet instead of Docker
    #[arg(long)]
    kubelet: bool,
    /// Directory of the kubelet's credential providers
    #[arg(long, value_name = "DIR", requires = "kubelet")]
    bin_dir: Option<PathBuf>,
    /// The kubelet's credential provider config
    #[arg(long, value_name = "FILE", requires = "kubelet")]
    config: Option<PathBuf>,
    /// Use the default paths of k3s or rke2
    #[arg(
        long,
        value_enum,
        value_name = "NAME",
        requires = "kubelet",
        hide_possible_values = true
    )]
    preset: Option<Preset>,
}

impl KubeletOptions {
    /// Returns the kubelet's paths; `None` if the command is about Docker.
    pub(super) fn into_paths(self) -> Option<KubeletPaths> {
        let Self { kubelet, bin_dir, config, preset } = self;
        kubelet.then_some(KubeletPaths { bin_dir, config, preset })
    }
}
