//! Docker's config.json.

use super::machine::{CONFIG, HELPER, KeyringState, YAML, auths};
use super::{FR, KEY, NL, OTHER_KEY, Setup, broken};

pub const SETUPS: &[Setup] = &[
    broken(
        "there is no ~/.docker",
        |machine| machine.remove(".docker"),
        &["failure docker-config-missing"],
    ),
    broken(
        "there is no config.json",
        |machine| {
            machine.remove(CONFIG);
        },
        &["failure docker-config-missing"],
    ),
    broken(
        "config.json is a link that leads nowhere",
        |machine| {
            machine.remove(CONFIG);
            machine.directory("dotfiles");
            machine.link(CONFIG, "dotfiles/docker.json");
        },
        &["failure docker-config-missing"],
    ),
    broken(
        "config.json has no content",
        |machine| machine.write(CONFIG, ""),
        &["failure not-registered"],
    ),
    broken(
        "config.json has a comma too many",
        |machine| machine.write(CONFIG, "{\n \"credHelpers\": {,}\n}"),
        &["failure docker-config-broken"],
    )
    .after("remove the comma", |machine| machine.write(CONFIG, "{\"credHelpers\": {}}")),
    broken(
        "config.json was cut off",
        |machine| machine.write(CONFIG, "{\n \"credHelpers\": {\n"),
        &["failure docker-config-broken"],
    )
    .after("complete the file", |machine| machine.write(CONFIG, "{\"credHelpers\": {}}")),
    broken(
        "config.json holds a list",
        |machine| machine.write(CONFIG, "[]"),
        &["failure docker-config-broken"],
    )
    .after("write an object", |machine| machine.write(CONFIG, "{}")),
    broken(
        "credHelpers is a list",
        |machine| machine.write(CONFIG, format!("{{\"credHelpers\": [\"{FR}\"]}}")),
        &["failure docker-config-broken"],
    )
    .after("write an object", |machine| machine.write(CONFIG, "{\"credHelpers\": {}}")),
    broken(
        "a directory has config.json's name",
        |machine| {
            machine.remove(CONFIG);
            machine.directory(CONFIG);
        },
        &["failure docker-config-broken"],
    )
    .after("move the directory away", |machine| machine.remove(CONFIG)),
    broken(
        "nothing is registered",
        |machine| machine.write(CONFIG, "{}"),
        &["failure not-registered"],
    ),
    broken(
        "credHelpers has entries for other registries only",
        |machine| machine.write(CONFIG, "{\"credHelpers\": {\"ghcr.io\": \"pass\"}}"),
        &["failure not-registered"],
    ),
    broken(
        "another helper is registered for a region",
        |machine| machine.register(FR, "pass"),
        &["failure other-helper"],
    ),
    broken(
        "Docker's own file is registered for a region",
        |machine| machine.register(FR, ""),
        &["failure other-helper"],
    ),
    broken(
        "the helper is Docker's credential store, and podman is there",
        |machine| machine.write(CONFIG, "{\"credsStore\":\"scw\"}"),
        &["failure registered-as-store"],
    ),
    broken(
        "Docker's credential store is not installed, and nothing is registered",
        |machine| machine.write(CONFIG, "{\"credsStore\":\"desktop\"}"),
        &["failure not-registered"],
    ),
    broken(
        "an entry has capital letters",
        |machine| machine.register_as(FR, "RG.fr-par.scw.cloud"),
        &["failure entry-never-matches"],
    )
    .after("remove the entry", |machine| {
        machine.edit(CONFIG, "\"RG.fr-par.scw.cloud\": \"scw\",", "");
    }),
    broken(
        "an entry has a port",
        |machine| machine.register_as(FR, "rg.fr-par.scw.cloud:443"),
        &["failure entry-never-matches"],
    )
    .after("remove the entry", |machine| {
        machine.edit(CONFIG, "\"rg.fr-par.scw.cloud:443\": \"scw\",", "");
    }),
    broken(
        "an entry has a scheme",
        |machine| machine.register_as(FR, "https://rg.fr-par.scw.cloud"),
        &["failure entry-never-matches"],
    )
    .after("remove the entry", |machine| {
        machine.edit(CONFIG, "\"https://rg.fr-par.scw.cloud\": \"scw\",", "");
    }),
    broken(
        "an entry has a namespace",
        |machine| machine.register_as(FR, "rg.fr-par.scw.cloud/my-ns"),
        &["failure entry-never-matches"],
    )
    .after("remove the entry", |machine| {
        machine.edit(CONFIG, "\"rg.fr-par.scw.cloud/my-ns\": \"scw\",", "");
    }),
    broken(
        "an entry has a misspelt region",
        |machine| machine.register_as(FR, "rg.fr-pra.scw.cloud"),
        &["failure unknown-region"],
    ),
    broken(
        "the helper is registered, and there are plaintext credentials with its key",
        |machine| machine.add_to(CONFIG, &auths(FR, KEY)),
        &["warning plaintext"],
    ),
    broken(
        "the helper is registered, and there are plaintext credentials with another key",
        |machine| machine.add_to(CONFIG, &auths(FR, OTHER_KEY)),
        &["warning plaintext"],
    )
    .after("remove the credentials", |machine| {
        let member = auths(FR, OTHER_KEY);
        machine.edit(CONFIG, &format!("{member},"), "");
    }),
    broken(
        "Docker uses plaintext credentials with the helper's key",
        |machine| {
            machine.unregister(FR);
            machine.add_to(CONFIG, &auths(FR, KEY));
        },
        &["warning docker-login"],
    ),
    broken(
        "Docker uses plaintext credentials with another key",
        |machine| {
            machine.unregister(FR);
            machine.add_to(CONFIG, &auths(FR, OTHER_KEY));
        },
        &["warning docker-login"],
    )
    .leaves(&["warning plaintext"], "install deletes no key that is nowhere else"),
    broken(
        "Docker uses plaintext credentials that hold no key",
        |machine| {
            machine.unregister(FR);
            machine.add_to(CONFIG, &format!("\"auths\":{{\"{FR}\":{{\"auth\":\"eDp5\"}}}}"));
        },
        &["warning docker-login"],
    )
    .leaves(&["warning plaintext"], "install deletes no credentials that are not a key"),
    broken(
        "Docker uses plaintext credentials everywhere, and nothing is installed",
        |machine| {
            machine.remove(HELPER);
            machine.write(CONFIG, format!("{{{}}}", auths(FR, KEY)));
        },
        &["failure not-installed", "warning docker-login"],
    ),
    broken(
        "Docker uses plaintext credentials, and the helper has no key",
        |machine| {
            machine.remove(YAML);
            machine.unregister(FR);
            machine.add_to(CONFIG, &auths(FR, KEY));
            machine.keyring = KeyringState::Absent;
        },
        &["warning docker-login", "failure key-none"],
    )
    .leaves(&["warning plaintext"], "only `install --yes` deletes plaintext credentials"),
    broken(
        "two registries have plaintext credentials",
        |machine| {
            machine.add_to(CONFIG, &auths(FR, KEY));
            let second = auths(NL, KEY).replace("\"auths\":{", "");
            let second = second.strip_suffix('}').unwrap();
            machine.edit(CONFIG, "\"auths\":{", &format!("\"auths\":{{{second},"));
        },
        &["warning plaintext"],
    ),
];
