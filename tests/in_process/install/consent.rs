//! The question before plaintext credentials are removed.

use std::fs;

use super::{AUTH_FILE, login, user, with_login};
use crate::support::{FR, KEY_A, KEY_B};

#[test]
fn credentials_that_change_during_the_question_stay() {
    /// Another program that writes the file, then answers yes.
    struct OtherProgram(std::path::PathBuf, bool);
    impl std::io::Read for OtherProgram {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.1 {
                return Ok(0);
            }
            self.1 = true;
            fs::write(&self.0, with_login(FR, KEY_B))?;
            buffer[..1].copy_from_slice(b"y");
            Ok(1)
        }
    }
    let world = user().on_a_terminal().file(AUTH_FILE, with_login(FR, KEY_A));
    let args: Vec<std::ffi::OsString> = [
        "docker-credential-scw",
        "install",
        "--region=fr-par",
        "--path",
        world.path("bin").to_str().unwrap(),
    ]
    .iter()
    .map(Into::into)
    .collect();
    let mut stdin = OtherProgram(world.path(AUTH_FILE), false);
    let mut stdout = Vec::new();
    docker_credential_scw::run(
        &args,
        &world.environment(),
        &mut stdin,
        &mut stdout,
        &mut std::io::sink(),
    );
    assert_eq!(world.read(AUTH_FILE), with_login(FR, KEY_B));
    assert_eq!(
        world.shown(&String::from_utf8(stdout).unwrap()),
        "\
Copied the key for rg.fr-par.scw.cloud from the variable SCW_SECRET_KEY to the keyring
Installed ~/bin/docker-credential-scw
Created ~/.docker/config.json
! ~/.config/containers/auth.json: the plaintext credentials are still there: another program \
changed the file meanwhile
  -> docker-credential-scw install --yes

REGISTRY             HELPER  KEY FROM                 STATUS
rg.fr-par.scw.cloud  scw     variable SCW_SECRET_KEY  ready while it is set

Ready, but what is marked ! may still get in the way.
"
    );
}

#[test]
fn a_terminal_is_asked_before_credentials_are_removed() {
    let before = format!("{{\"auths\": {{\"{FR}\": {{\"auth\": \"{}\"}}}}}}", login(KEY_A));
    for (answer, removed) in
        [("y\n", true), ("YES\n", true), ("n\n", false), ("\n", false), ("", false)]
    {
        let world = user().on_a_terminal().file(AUTH_FILE, &before);
        let path = format!("path={}", world.path("bin").display());
        let outcome = world.run(&["install", &path], answer);
        assert_eq!(
            world.shown(&outcome.stderr),
            "~/.config/containers/auth.json has plaintext credentials for rg.fr-par.scw.cloud. \
             Move the key to the keyring and delete it from auth.json? [y/N] "
        );
        assert_eq!(world.read(AUTH_FILE) != before, removed, "{answer:?}");
    }
}
