//! How the keys of plaintext credentials are kept, so that the credentials can be removed.

use crate::diagnosis::facts::keys::KeyFault;
use crate::diagnosis::facts::plaintext::PlaintextFile;
use crate::diagnosis::problems::logins::{Obstacle, WayToKeep, way_to_keep};
use crate::diagnosis::problems::moves::MoveProblem;
use crate::docker::config::PlainTextLogin;
use crate::docker::logins::DockerLogin;
use crate::keys::KeyLookup;
use crate::registry_host::RegistryHost;

/// Those logins of a file that may be removed once their keys are kept, and the others with the
/// obstacle.
pub(super) fn movable(
    lookup: &KeyLookup<'_>,
    file: PlaintextFile,
    dockers: impl Fn(&RegistryHost) -> Option<DockerLogin>,
) -> (PlaintextFile, Vec<(PlainTextLogin, Obstacle)>) {
    let PlaintextFile { path, logins } = file;
    let (mut movable, mut others) = (Vec::new(), Vec::new());
    for login in logins {
        match way(lookup, &login, dockers(&login.host).as_ref()) {
            Ok(_) => movable.push(login),
            Err(obstacle) => others.push((login, obstacle)),
        }
    }
    (PlaintextFile { path, logins: movable }, others)
}

fn way(
    lookup: &KeyLookup<'_>,
    login: &PlainTextLogin,
    dockers: Option<&DockerLogin>,
) -> Result<WayToKeep, Obstacle> {
    let answer = lookup.key_for(&login.host).map_err(|error| KeyFault::from(&error));
    way_to_keep(login, &answer, dockers)
}

/// Keeps the key of a login, so that the login can be removed; returns what is to be said of that.
pub(super) fn keep(
    lookup: &KeyLookup<'_>,
    login: &PlainTextLogin,
    dockers: Option<&DockerLogin>,
) -> Result<Option<MoveProblem>, Obstacle> {
    let host = &login.host;
    match (way(lookup, login, dockers)?, &login.key) {
        (WayToKeep::IsThere, _) | (_, None) => Ok(None),
        (WayToKeep::IsInVariable(source), Some(key)) => {
            let is_stored =
                login.is_for_whole_registry() && lookup.stored().keep(host, key).is_ok();
            Ok((!is_stored).then(|| MoveProblem::OnlyInVariable { host: host.clone(), source }))
        }
        (WayToKeep::Store, Some(key)) => lookup
            .stored()
            .keep(host, key)
            .map(|()| None)
            .map_err(|error| Obstacle::NotStored(error.reason())),
    }
}
