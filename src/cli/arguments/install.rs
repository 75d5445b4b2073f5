//! The command line of `install` and `uninstall`.

use std::path::PathBuf;

use clap::Args;

use super::kubelet::KubeletOptions;
use super::options::{RegionsOption, ReportOutputOption, regions_of_docker};
use crate::cli::command::{
    ChangeOptions, Command, Install, InstallTarget, KubeletInstall, KubeletUninstall, Mode,
    Uninstall, UninstallScope,
};
use crate::cli::values::profile_name;

pub(super) const INSTALL_EXAMPLES: &str = "\
Examples:
  sudo docker-credential-scw install
  docker-credential-scw install --path ~/.local/bin
  docker-credential-scw install --profile prod --region nl-ams
  docker-credential-scw install --dry-run
  sudo docker-credential-scw install --kubelet --preset k3s
  sudo docker-credential-scw install --kubelet --bin-dir DIR --config FILE

Without --path, the program is the one that PATH finds, or is copied to
/usr/local/bin (on Windows, --path is required). With sudo, only the program's
file is written as root; your config, keys and keyring are accessed as you.
install-docker-helper is an alias of this command.
Arguments can be written as name=value: install path=/opt/bin
";

pub(super) const UNINSTALL_EXAMPLES: &str = "\
Examples:
  sudo docker-credential-scw uninstall
  docker-credential-scw uninstall --path ~/.local/bin --purge
  docker-credential-scw uninstall --profile prod
  docker-credential-scw uninstall --region fr-par,nl-ams
  sudo docker-credential-scw uninstall --all
  docker-credential-scw uninstall --dry-run
  sudo docker-credential-scw uninstall --kubelet --preset k3s

The program is kept if another config or a helper bound to a profile needs it:
uninstall prints what that is and how to undo it. --all undoes all of it. A
program from a package (recognized by its man page) is kept until the package is
removed. --force removes the program in both cases.
";

/// The arguments of `install`.
#[derive(Debug, Args)]
#[command(mut_arg("region", regions_of_docker))]
pub(super) struct InstallArguments {
    #[command(flatten)]
    change: ChangeArguments,
    #[command(flatten)]
    regions: RegionsOption,
    #[command(flatten)]
    kubelet: KubeletOptions,
}

/// The arguments of `uninstall`.
#[derive(Debug, Args)]
#[command(mut_arg("region", regions_of_docker))]
pub(super) struct UninstallArguments {
    #[command(flatten)]
    change: ChangeArguments,
    #[command(flatten)]
    regions: RegionsOption,
    /// Undo install for all profiles and for root
    #[arg(long, conflicts_with_all = ["profile", "region", "kubelet"])]
    all: bool,
    /// Also forget the keys that docker login stored
    #[arg(long, conflicts_with = "kubelet")]
    purge: bool,
    #[command(flatten)]
    kubelet: KubeletOptions,
}

/// What `install` and `uninstall` have in common.
#[derive(Debug, Args)]
struct ChangeArguments {
    /// Directory of the program
    #[arg(long, value_name = "DIR", conflicts_with = "kubelet")]
    path: Option<PathBuf>,
    /// Profile of config.yaml that the helper is bound to
    #[arg(long, value_name = "NAME", value_parser = profile_name)]
    profile: Option<String>,
    /// Directory of config.json [default: ~/.docker]
    #[arg(long, value_name = "DIR", conflicts_with = "kubelet")]
    docker_config: Option<PathBuf>,
    /// Print what would be done and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Replace other entries and programs; write in place
    #[arg(long)]
    force: bool,
    /// Answer yes to all questions
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    report: ReportOutputOption,
}

impl InstallArguments {
    pub(super) fn into_command(self, bound_profile: Option<&str>) -> Command {
        let (target, options) = self.change.into_parts(bound_profile);
        match self.kubelet.into_paths() {
            Some(paths) => {
                Command::KubeletInstall(KubeletInstall { paths, profile: target.profile, options })
            }
            None => Command::Install(Install { target, regions: self.regions.into(), options }),
        }
    }
}

impl UninstallArguments {
    pub(super) fn into_command(self, bound_profile: Option<&str>) -> Command {
        // `--all` is about every helper, whatever name the program was started under.
        let bound_profile = bound_profile.filter(|_| !self.all);
        let (target, options) = self.change.into_parts(bound_profile);
        if let Some(paths) = self.kubelet.into_paths() {
            return Command::KubeletUninstall(KubeletUninstall { paths, options });
        }
        let scope = if self.all {
            UninstallScope::Everything
        } else {
            UninstallScope::Helper(self.regions.into())
        };
        Command::Uninstall(Uninstall { target, scope, purge: self.purge, options })
    }
}

impl ChangeArguments {
    /// `--profile` takes precedence over the profile in the program's name. Without it,
    /// `docker-credential-scw-prod` installs or uninstalls itself.
    fn into_parts(self, bound_profile: Option<&str>) -> (InstallTarget, ChangeOptions) {
        let target = InstallTarget {
            profile: self.profile.or_else(|| bound_profile.map(str::to_owned)),
            path: self.path,
            docker_config: self.docker_config,
        };
        let options = ChangeOptions {
            mode: Mode::of_dry_run(self.dry_run),
            force: self.force,
            yes: self.yes,
            output: self.report.output,
        };
        (target, options)
    }
}
