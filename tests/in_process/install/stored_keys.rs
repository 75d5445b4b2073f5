//! Keys in the keyring at `uninstall`.

use super::{install, uninstall, user};
use crate::support::{FR, KEY_B};

#[test]
fn purge_deletes_stored_keys() {
    let world = user();
    install(&world, &[]);
    world.store(FR, KEY_B);
    let screen = uninstall(&world, &[]);
    assert_eq!(
        screen,
        "\
Removed ~/.docker/config.json
Removed ~/bin/docker-credential-scw
! the keys stored for rg.fr-par.scw.cloud are still in the keyring: --purge forgets them
"
    );
    assert_eq!(
        uninstall(&world, &["--purge", "--dry-run"]),
        "\
~/.docker/config.json does not name it
~/bin/docker-credential-scw: nothing to remove
Would forget the key stored for rg.fr-par.scw.cloud
"
    );
    assert_eq!(world.keyring.state().entries.len(), 1);
    assert_eq!(
        uninstall(&world, &["--purge"]),
        "\
~/.docker/config.json does not name it
~/bin/docker-credential-scw: nothing to remove
Forgot the key stored for rg.fr-par.scw.cloud
"
    );
    assert!(world.keyring.state().entries.is_empty());
}

#[test]
fn a_terminal_is_asked_about_stored_keys_unless_yes_is_given() {
    const QUESTION: &str = "Forget the keys stored for rg.fr-par.scw.cloud, too? [y/N] ";
    for (words, answer, question, forgotten) in [
        (&[][..], "y\n", QUESTION, true),
        (&[][..], "\n", QUESTION, false),
        (&["--yes"][..], "", "", true),
    ] {
        let world = user().on_a_terminal();
        world.store(FR, KEY_B);
        let path = format!("path={}", world.path("bin").display());
        let outcome = world.run(&[&["uninstall", &path], words].concat(), answer);
        assert_eq!(outcome.stderr, question);
        assert_eq!(world.keyring.state().entries.is_empty(), forgotten, "{outcome:?}");
    }
}
