//! The command line of `doctor`.

use clap::{Arg, Args};

use super::kubelet::KubeletOptions;
use super::options::{RegionsOption, ReportOutputOption, regions_of_docker};
use crate::cli::command::{Command, Connection, Doctor, DoctorScope, KubeletDoctor, Regions};
use crate::cli::values::image;
use crate::registry::ImageName;
use crate::registry::token_exchange::Purpose;

pub(super) const DOCTOR_EXAMPLES: &str = "\
Examples:
  docker-credential-scw doctor
  docker-credential-scw doctor --region fr-par
  docker-credential-scw doctor rg.fr-par.scw.cloud/my-ns/app:1.2
  docker-credential-scw doctor rg.fr-par.scw.cloud/my-ns/app --push
  docker-credential-scw doctor --offline
  docker-credential-scw doctor -o json
  sudo docker-credential-scw doctor --kubelet --preset k3s

With IMAGE, doctor also finds out whether that image can be pulled and whether
it is public. It downloads nothing, changes nothing and shows no key.
Exit codes: 0 pulls will work; 1 pulls will fail, and each problem has its fix.
";

/// The arguments of `doctor`.
#[derive(Debug, Args)]
#[command(mut_arg("region", regions_of_doctor))]
pub(super) struct DoctorArguments {
    /// Image to check, with its registry [default tag: latest]
    #[arg(value_name = "IMAGE", value_parser = image, conflicts_with = "kubelet")]
    image: Option<ImageName>,
    #[command(flatten)]
    regions: RegionsOption,
    /// Check whether you can push to the image
    #[arg(long, requires = "image")]
    push: bool,
    /// Do not connect to registries
    #[arg(long, conflicts_with_all = ["image", "kubelet"])]
    offline: bool,
    #[command(flatten)]
    report: ReportOutputOption,
    #[command(flatten)]
    kubelet: KubeletOptions,
}

fn regions_of_doctor(region: Arg) -> Arg {
    regions_of_docker(region).conflicts_with("image")
}

impl From<DoctorArguments> for Command {
    fn from(arguments: DoctorArguments) -> Self {
        let output = arguments.report.output;
        if let Some(paths) = arguments.kubelet.into_paths() {
            return Self::KubeletDoctor(KubeletDoctor { paths, output });
        }
        let scope = match arguments.image {
            Some(image) => {
                let purpose = if arguments.push { Purpose::Push } else { Purpose::Pull };
                DoctorScope::Image { image, purpose }
            }
            None => DoctorScope::Registries {
                chosen: Regions::from(arguments.regions).hosts(),
                connection: if arguments.offline {
                    Connection::Offline
                } else {
                    Connection::Online
                },
            },
        };
        Self::Doctor(Doctor { scope, output })
    }
}
