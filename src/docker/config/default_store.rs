//! Which store Docker chooses by itself for logins to other registries.

use crate::system::environment::Environment;

/// The store that Docker would use while its config names none and holds no login: the platform's
/// own, if its helper is on PATH.
///
/// The rule is docker/cli's (`cli/config/credentials/default_store*.go`, `native_store.go`): on
/// Linux `pass` where the program `pass` is on PATH, else `secretservice`.
pub fn dockers_default_store(environment: &Environment) -> Option<&'static str> {
    default_store(std::env::consts::OS, |name| environment.find_program(name).is_some())
}

/// The rule by itself: `system` as in [`std::env::consts::OS`], `is_there` whether a program is on
/// PATH.
fn default_store(system: &str, is_there: impl Fn(&str) -> bool) -> Option<&'static str> {
    let store = match system {
        "macos" => "osxkeychain",
        "windows" => "wincred",
        _ if is_there("pass") => "pass",
        _ => "secretservice",
    };
    is_there(&format!("docker-credential-{store}")).then_some(store)
}

#[cfg(test)]
mod tests {
    use super::default_store;

    #[test]
    fn each_system_has_a_store_and_uses_it_if_its_helper_is_there() {
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
        // pass without its helper is not made up for by the other store.
        assert_eq!(on("linux", &["pass", "docker-credential-secretservice"]), None);
        assert_eq!(on("macos", &all[..3]), None);
        assert_eq!(on("windows", &[]), None);
    }
}
