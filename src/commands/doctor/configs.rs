//! What is as it should be with the config files; `diagnosis` judges the rest.

use crate::diagnosis::facts::Facts;
use crate::diagnosis::facts::configs::RegisteredIn;
use crate::diagnosis::problems::{Problem, Scope, grouped, in_words};
use crate::diagnosis::{Check, Section};
use crate::printable::printable_path;
use crate::registry_host::RegistryHost;

/// Docker's config, and podman's files.
pub(super) fn files(facts: &Facts) -> Vec<Check> {
    let ok = |id, path, found: &str| Check::ok(Section::Config, id, printable_path(path), found);
    let config = &facts.docker_config;
    let mut checks = Vec::new();
    if let Some(path) = config.path.as_deref().filter(|_| config.is_readable()) {
        checks.push(ok("docker-config", path, "found; Docker, podman, buildah and skopeo read it"));
    }
    for file in &facts.auth_files {
        if file.content.as_ref().is_ok_and(|content| content.content().is_some()) {
            let found = "found; podman, buildah and skopeo read it before Docker's";
            checks.push(ok("podman-file", &file.path, found));
        }
    }
    checks
}

/// The registries that the helper is asked for, and those that were left out.
pub(super) fn registrations(facts: &Facts, scope: &Scope, problems: &[Problem]) -> Vec<Check> {
    let ok = |id, subject: String, found: String| Check::ok(Section::Config, id, subject, found);
    let is_reported = |host: &RegistryHost| problems.iter().any(|problem| problem.is_about(host));
    let is_shown = |host: &RegistryHost| scope.has(host) && !is_reported(host);
    let registered = facts.registered.iter().filter(|it| is_shown(&it.host));
    let registered = registered.map(|it| (it.host.clone(), (it.helper.clone(), it.place)));
    let mut lines = Vec::new();
    for (hosts, (helper, place)) in grouped(registered) {
        let found = match place {
            RegisteredIn::CredHelpers => format!("registered with the helper {helper}"),
            RegisteredIn::CredsStore => {
                format!("registered with the helper {helper}, as credsStore")
            }
            RegisteredIn::AuthFile => {
                format!("registered with the helper {helper}, in podman's file")
            }
        };
        lines.push(ok("registered", in_words(&hosts), found));
    }
    let is_left_out = |host: &&RegistryHost| {
        !facts.registered.is_empty()
            && !scope.is_chosen
            && !is_reported(host)
            && facts.helper_for(host).is_none()
            && facts.docker_login(host).is_none()
            && facts.docker_config.document.cred_helper(host).is_none()
    };
    let left_out: Vec<_> = scope.hosts.iter().filter(is_left_out).cloned().collect();
    if !left_out.is_empty() {
        let found = "not registered, so pulls there get no key from the helper";
        lines.push(ok("left-out", in_words(&left_out), found.to_owned()));
    }
    lines
}
