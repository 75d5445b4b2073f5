//! What the program prints for a cluster, read by the real kubectl. No cluster is needed: kubectl decodes
//! a manifest by itself with `--local`, and makes a Secret of a file with `--dry-run=client`.

use std::fs;

use serde_json::Value;

use crate::Scenario;
use crate::stage::{KEY, Stage};

pub const SCENARIOS: &[Scenario] = &[Scenario {
    name: "kubectl_reads_the_secret_that_it_would_make_itself",
    needs: &["kubectl"],
    play: reads_the_secret,
}];

/// What kubectl makes of a manifest, without a cluster.
fn decoded(stage: &Stage, manifest: &str) -> Value {
    let line = "kubectl label --local -f - checked=yes -o json";
    let output = stage.output(line, None, manifest);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn reads_the_secret(stage: &Stage) {
    let print = |line: &str| {
        let output = stage.output(line, Some(KEY), "");
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let name = "1.5";
    for format in ["yaml", "json"] {
        let line =
            format!("docker-credential-scw kubernetes-secret {name} --region all -o {format}");
        let secret = decoded(stage, &print(&line));
        assert_eq!(secret["metadata"]["name"], name, "{format}");
        assert_eq!(secret["metadata"]["labels"]["checked"], "yes", "{format}");

        // kubectl makes the same Secret of the same config.json.
        let config = print("docker-credential-scw docker-config --region all");
        let file = stage.home().join("copied-config.json");
        fs::write(&file, config.trim_end()).unwrap();
        let made = stage.output(
            &format!(
                "kubectl create secret docker-registry {name} --dry-run=client -o json \
                 --from-file=.dockerconfigjson={}",
                file.display()
            ),
            None,
            "",
        );
        fs::remove_file(&file).unwrap();
        let made: Value = serde_json::from_slice(&made.stdout).unwrap();
        for field in ["apiVersion", "kind", "type", "data"] {
            assert_eq!(secret[field], made[field], "{format}: {field}");
        }
    }
}
