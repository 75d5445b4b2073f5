//! What the pages about clusters and CI show is what the program and the action do.

use super::{page, pages, read};
use crate::support::World;
use crate::support::kubelet::{Kubelet, yaml};

#[test]
fn every_block_of_yaml_is_yaml() {
    let mut found = 0;
    for page in pages() {
        for block in page.blocks_in("yaml") {
            let is_one = yaml(&block);
            assert!(is_one.is_ok(), "{}: {is_one:?}: {block}", page.path);
            found += 1;
        }
    }
    assert!(found >= 10, "only {found} blocks were found");
}

/// A node is a Linux machine.
#[cfg(unix)]
#[test]
fn the_configuration_for_the_kubelet_is_the_one_that_install_writes() {
    let blocks = page("docs/kubernetes.md").blocks_in("yaml");
    let shown = blocks.iter().find(|block| block.contains("CredentialProviderConfig")).unwrap();
    let world = World::new().set("SCW_CONFIG_PATH", "/root/.config/scw/config.yaml");
    let path = |name: &str| world.path(name).display().to_string();
    let words =
        ["install", "--kubelet", "--bin-dir", &path("bin"), "--config", &path("config.yaml")];
    world.run(&words, "");
    assert_eq!(*shown, world.read("config.yaml"));
    assert!(Kubelet::start(shown).is_ok());
}

#[test]
fn the_page_about_the_action_describes_each_input() {
    let action = yaml(&read("action.yml")).unwrap();
    let page = page("docs/github.md");
    let rows: Vec<_> =
        page.text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let inputs: Vec<_> = action["inputs"].as_object().unwrap().keys().collect();
    let mut described: Vec<_> = rows.iter().map(ToString::to_string).collect();
    described.sort();
    let mut inputs: Vec<_> = inputs.into_iter().cloned().collect();
    inputs.sort();
    assert_eq!(described, inputs);
    assert_eq!(action["inputs"]["region"]["default"], "all");
}

#[test]
fn pods_name_the_secret_that_the_program_makes() {
    let outcome = World::new().set("SCW_SECRET_KEY", crate::support::KEY_A);
    let secret = yaml(&outcome.run(&["kubernetes-secret"], "").stdout).unwrap();
    let name = secret["metadata"]["name"].as_str().unwrap();
    let blocks = page("docs/kubernetes.md").blocks_in("yaml");
    let pods: Vec<_> = blocks.iter().filter(|block| block.contains("kind: Pod")).collect();
    assert_eq!(pods.len(), 2);
    for pod in pods {
        assert!(pod.contains(&format!(": {name}\n")), "{pod}");
    }
}
