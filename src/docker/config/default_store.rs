//! The credential store that Docker uses by default.

use crate::system::environment::Environment;

/// The credential store that Docker uses if its config names none and contains no credentials: the
/// platform's store, if its helper is on PATH.
///
/// The rule is docker/cli's (`cli/config/credentials/default_store*.go`, `native_store.go`). On
/// Linux, the store is `pass` if the program `pass` is on PATH, otherwise `secretservice`.
pub fn dockers_default_store(environment: &Environment) -> Option<&'static str> {
    default_store(std::env::consts::OS, |name| environment.find_program(name).is_some())
}

/// The rule without access to the machine. `system` is as in [`std::env::consts::OS`]; `is_on_path`
/// returns whether a program is on PATH.
fn default_store(system: &str, is_on_path: impl Fn(&str) -> bool) -> Option<&'static str> {
    let store = match system {
        "macos" => "osxkeychain",
        "windows" => "wincred",
        _ if is_on_path("pass") => "pass",
        _ => "secretservice",
    };
    is_on_path(&format!("docker-credential-{store}")).then_some(store)
}

#[cfg(test)]
mod tests {
    use super::default_store;

    #[test]
    fn each_systems_store_is_used_if_its_helper_is_on_path() {
        let on = |system: &str, programs: &[&str]| {
            default_store(system, |name| programs.contains(&name))
        };
        let all = [
            "pass",
            "docker-credential-pass",
            "docker-credential-secretservice",
            "docker-credential-osxkeychain",
            "docker-credential-wincred",
        ];
        assert_eq!(on("macos", &all), Some("osxkeychain"));
        assert_eq!(on("windows", &all), Some("wincred"));
        assert_eq!(on("linux", &all), Some("pass"));
        assert_eq!(on("linux", &all[1..]), Some("secretservice"));
        // If pass lacks its helper, Docker does not try the other store.
        assert_eq!(on("linux", &["pass", "docker-credential-secretservice"]), None);
        assert_eq!(on("macos", &all[..3]), None);
        assert_eq!(on("windows", &[]), None);
    }
}
