//! Asks `getent` for a user, in builds whose C library reads `/etc/passwd` only.
//!
//! LDAP, SSSD and other directory services are modules that the system's glibc loads. A statically
//! linked program cannot load them. `getent` is part of the system, so it knows every user.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{InvokingUser, UnknownUser};
use crate::system::process::{AskError, AskingTime, answer_of};

/// Where systems have the program. Root starts no other: a user could have written one on `PATH`.
pub(super) const PLACES: [&str; 2] = ["/usr/bin/getent", "/bin/getent"];

/// How long `getent` may take. It may wait for a server that does not answer.
const DEADLINE: Duration = Duration::from_secs(5);

/// Returns the user with this ID, from the first of `programs` that exists.
///
/// # Errors
/// Returns [`UnknownUser`] if there is no such user or program, or if the program does not answer.
pub(super) fn user(
    uid: u32,
    programs: impl IntoIterator<Item = PathBuf>,
) -> Result<InvokingUser, UnknownUser> {
    let program = programs.into_iter().find(|program| program.is_file());
    let program = program.ok_or(UnknownUser::NotInDatabase(uid))?;
    let failed = |error| UnknownUser::NoAnswer { uid, program: program.clone(), error };
    let answer = ask(&program, uid, DEADLINE).map_err(failed)?;
    parse(&answer).filter(|user| user.uid == uid).ok_or(UnknownUser::NotInDatabase(uid))
}

/// Runs `getent passwd UID`. The program gets none of this process's variables, because one of them
/// may hold a key.
fn ask(program: &Path, uid: u32, deadline: Duration) -> Result<Vec<u8>, AskError> {
    let mut command = Command::new(program);
    command.arg("passwd").arg(uid.to_string());
    // Alpine's getent is a shell script.
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/");
    let answer = answer_of(command, b"", deadline, &AskingTime::new())?;
    Ok(if answer.success { answer.stdout.to_vec() } else { Vec::new() })
}

/// Parses a line of passwd(5).
fn parse(answer: &[u8]) -> Option<InvokingUser> {
    let line = str::from_utf8(answer).ok()?.lines().next()?;
    let fields: Vec<_> = line.split(':').collect();
    let [name, _, uid, gid, _, home, _] = fields.as_slice() else { return None };
    let user = InvokingUser {
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        name: (*name).to_owned(),
        home: PathBuf::from(home),
    };
    (!user.name.is_empty() && user.home.is_absolute()).then_some(user)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "the tests write programs to start")]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use super::{InvokingUser, UnknownUser, ask, parse, user};

    const LINE: &str = "ada:*:1234:100:Ada,,,:/home/example.org/ada:/bin/bash\n";

    /// A stand-in for `getent`.
    fn getent(directory: &Path, script: &str) -> PathBuf {
        let program = directory.join("getent");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        program
    }

    fn ada() -> InvokingUser {
        let home = PathBuf::from("/home/example.org/ada");
        InvokingUser { uid: 1234, gid: 100, name: "ada".to_owned(), home }
    }

    #[test]
    fn the_first_program_that_exists_is_asked() {
        let directory = tempfile::tempdir().unwrap();
        let script = format!("[ \"$*\" = 'passwd 1234' ] && printf '{LINE}'");
        let program = getent(directory.path(), &script);
        let programs = || [PathBuf::from("/nowhere/getent"), program.clone()];
        assert_eq!(user(1234, programs()), Ok(ada()));
        // getent's exit code for "not found" is 2.
        getent(directory.path(), "exit 2");
        assert_eq!(user(1234, programs()), Err(UnknownUser::NotInDatabase(1234)));
        assert_eq!(user(1234, []), Err(UnknownUser::NotInDatabase(1234)));
    }

    #[test]
    fn the_program_gets_no_variables_of_this_process() {
        let directory = tempfile::tempdir().unwrap();
        let program =
            getent(directory.path(), "env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD=");
        let answer = ask(&program, 1234, Duration::from_secs(20)).unwrap();
        assert_eq!(String::from_utf8(answer).unwrap(), "PATH=/usr/bin:/bin\n");
    }

    #[test]
    fn a_program_that_does_not_answer_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let program = getent(directory.path(), "exec sleep 30");
        let error = ask(&program, 1234, Duration::from_millis(100)).unwrap_err();
        let error = UnknownUser::NoAnswer { uid: 1234, program: "/usr/bin/getent".into(), error };
        assert_eq!(
            error.to_string(),
            "user ID 1234 is not in /etc/passwd, and /usr/bin/getent does not answer within 1 s, so \
             the home directory is unknown"
        );
    }

    #[test]
    fn only_a_whole_line_for_this_user_counts() {
        assert_eq!(parse(LINE.as_bytes()), Some(ada()));
        for line in [
            "",
            "\n",
            "ada:*:1234:100:Ada:/home/ada\n",
            "ada:*:1234:100:Ada:/home/ada:/bin/sh:more\n",
            ":*:1234:100:Ada:/home/ada:/bin/sh\n",
            "ada:*:-1:100:Ada:/home/ada:/bin/sh\n",
            "ada:*:1234:100:Ada::/bin/sh\n",
            "ada:*:1234:100:Ada:home/ada:/bin/sh\n",
        ] {
            assert_eq!(parse(line.as_bytes()), None, "{line:?}");
        }
        assert_eq!(parse(b"ada:*:1234:100:\xff:/home/ada:/bin/sh\n"), None);
        let directory = tempfile::tempdir().unwrap();
        let program = getent(directory.path(), &format!("printf '{LINE}'"));
        assert_eq!(user(99, [program]), Err(UnknownUser::NotInDatabase(99)));
    }
}
