//! Several calls at once, and what they leave behind.

use std::thread;

use super::{Case, Deviation, Judged, Suite, case, differs, new_secret};

/// How many calls run at once. Docker and podman start a process for each registry of a build.
const AT_ONCE: usize = 20;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("20 gets at once", "the credentials, 20 times", gets),
        case("20 stores for one server at once", "one of them is found", stores),
        case("stores for all servers at once", "each server has its own", every_server),
        case("store and erase while another server is asked", "the credentials, 20 times", mixed),
        case("processes left over", "none", left_behind),
    ]
}

/// Runs the same at once, and returns every result.
fn at_once<T: Send>(count: usize, perform: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let perform = &perform;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|at| scope.spawn(move || perform(at))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

fn all(results: Vec<Judged>, count: usize) -> Judged {
    let total = results.len();
    let failed: Vec<Deviation> = results.into_iter().filter_map(Result::err).collect();
    match failed.first() {
        None if total == count => Ok(format!("{count} of {count}")),
        None => Err(differs("a call did not end")),
        Some(first) => Err(differs(format!("not always: {}", first.does))),
    }
}

fn gets(suite: &Suite) -> Judged {
    let secret = suite.stored_new()?;
    all(at_once(AT_ONCE, |_| suite.answers(suite.server(), &suite.user, &secret)), AT_ONCE)
}

fn stores(suite: &Suite) -> Judged {
    suite.stored_new()?;
    let secrets: Vec<_> = (0..AT_ONCE).map(|_| new_secret()).collect();
    let stored = at_once(AT_ONCE, |at| {
        let secret = secrets.get(at).map_or("", String::as_str);
        suite.store(suite.server(), &suite.user, secret).succeeds_silently()
    });
    all(stored, AT_ONCE)?;
    let found = suite.get(suite.server()).credentials()?;
    if secrets.contains(&found.secret) {
        return Ok("one of them".to_owned());
    }
    Err(differs("none of them is found"))
}

fn every_server(suite: &Suite) -> Judged {
    suite.stored_new()?;
    let servers = &suite.servers;
    let secrets: Vec<_> = servers.iter().map(|_| new_secret()).collect();
    let of = |at: usize| (servers.get(at).map_or("", String::as_str), secrets.get(at).cloned());
    let stored = at_once(servers.len(), |at| {
        let (server, secret) = of(at);
        suite.store(server, &suite.user, &secret.unwrap_or_default()).succeeds_silently()
    });
    all(stored, servers.len())?;
    let listed = suite.call(&["list"], "unused").listed()?;
    for at in 0..servers.len() {
        let (server, secret) = of(at);
        suite.answers(server, &suite.user, &secret.unwrap_or_default())?;
        if !listed.contains_key(server) {
            return Err(differs("list does not have every server"));
        }
    }
    Ok("each has its own".to_owned())
}

fn mixed(suite: &Suite) -> Judged {
    let secret = suite.stored_new()?;
    let others = suite.servers.get(1..).unwrap_or_default();
    let results = at_once(AT_ONCE * 2, |at| {
        let other = others.get(at % others.len().max(1)).map_or("", String::as_str);
        match at % 4 {
            0 => suite.store(other, &suite.user, &new_secret()).succeeds_silently(),
            1 => suite.erase(other).succeeds_silently(),
            _ => suite.answers(suite.server(), &suite.user, &secret),
        }
    });
    let _ = all(results, AT_ONCE * 2)?;
    Ok(format!("{AT_ONCE} of {AT_ONCE}"))
}

fn left_behind(suite: &Suite) -> Judged {
    if !cfg!(target_os = "linux") {
        return Ok("not checked on this system".to_owned());
    }
    let is_new = |one: &(i32, String)| !suite.before.contains(one);
    let mut names: Vec<_> = suite.helper.processes().into_iter().filter(is_new).collect();
    names.sort_by(|one, other| one.1.cmp(&other.1));
    names.dedup_by(|one, other| one.1 == other.1);
    if names.is_empty() {
        return Ok("none".to_owned());
    }
    let names: Vec<_> = names.into_iter().map(|(_, name)| name).collect();
    Err(differs(names.join(", ")))
}
