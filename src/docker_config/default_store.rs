//! Which store Docker chooses by itself for logins to other registries.

use crate::environment::Environment;

/// The store that Docker would use while its config names none and holds no login: the platform's
/// own, if its helper is on PATH.
///
/// The rule is docker/cli's (`cli/config/credentials/default_store*.go`, `native_store.go`): on
/// Linux `pass` where the program `pass` is on PATH, else `secretservice`.
pub fn dockers_default_store(environment: &Environment) -> Option<&'static str> {
    let store = if cfg!(target_os = "macos") {
        "osxkeychain"
    } else if cfg!(windows) {
        "wincred"
    } else if environment.find_program("pass").is_some() {
        "pass"
    } else {
        "secretservice"
    };
    environment.find_program(&format!("docker-credential-{store}"))?;
    Some(store)
}
