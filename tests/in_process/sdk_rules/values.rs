//! Cases about variables, and about which values are keys.

use super::Wanted::{Error, Key, NotFound};
use super::{COMPLETE, CONFIG, Case, SIMPLE, case, differs};
use crate::support::{KEY_A, KEY_B};

const EMPTY_VARIABLE: &str = "a variable that is set but empty";
const ACCESS_KEY: &str = "`access_key`, `SCW_ACCESS_KEY`";
const NOT_NEEDED: &str = "a mistake in a source or setting that is not needed";

pub(super) const CASES: &[Case] = &[
    case(
        "env_test.go, TestLoadEnvProfile: No config with env variables",
        &[],
        &[("SCW_ACCESS_KEY", "SCWXXXXXXXXXXXXXXXXX"), ("SCW_SECRET_KEY", "{A}")],
        Key(KEY_A),
    ),
    case(
        "env_test.go, TestLoadEnvProfile: No config with terraform legacy env variables",
        &[],
        &[("SCALEWAY_ACCESS_KEY", "SCWXXXXXXXXXXXXXXXXX"), ("SCALEWAY_TOKEN", "{A}")],
        Key(KEY_A),
    ),
    case(
        "env_test.go, TestLoadEnvProfile: No config with CLI legacy env variables",
        &[],
        &[("SCW_TOKEN", "{B}"), ("SCW_TLSVERIFY", "false")],
        Key(KEY_B),
    ),
    case(
        "env.go, LoadEnvProfile: SCW_SECRET_KEY comes before the older names",
        &[],
        &[("SCALEWAY_TOKEN", "{B}"), ("SCW_TOKEN", "{B}"), ("SCW_SECRET_KEY", "{A}")],
        Key(KEY_A),
    ),
    case(
        "env.go, LoadEnvProfile: SCW_TOKEN comes before SCALEWAY_TOKEN",
        &[],
        &[("SCALEWAY_TOKEN", "{B}"), ("SCW_TOKEN", "{A}")],
        Key(KEY_A),
    ),
    differs(
        "`SCALEWAY_ACCESS_KEY`",
        "env.go, LoadEnvProfile: SCALEWAY_ACCESS_KEY is the fourth name of the secret key",
        &[],
        &[("SCALEWAY_ACCESS_KEY", "{A}")],
        NotFound,
    ),
    differs(
        EMPTY_VARIABLE,
        "env.go, getEnv: an empty variable hides older names",
        &[],
        &[("SCW_SECRET_KEY", ""), ("SCW_TOKEN", "{A}")],
        Key(KEY_A),
    ),
    case(
        "client_option_test.go, TestCombinedClientOptions: Complete config file with env variables",
        &[(CONFIG, COMPLETE)],
        &[("HOME", "~"), ("SCW_SECRET_KEY", "{B}")],
        Key(KEY_B),
    ),
    case(
        "client_option_test.go, TestCombinedClientOptions: Complete config with active profile env \
         variable and all env variables",
        &[(CONFIG, COMPLETE)],
        &[("HOME", "~"), ("SCW_PROFILE", "other"), ("SCW_SECRET_KEY", "{A}")],
        Key(KEY_A),
    ),
    case(
        "client_option_test.go, TestClientOptions: Create a valid client option",
        &[(CONFIG, "access_key: SCWXXXXXXXXXXXXXXXXX\nsecret_key: {A}\n")],
        &[],
        Key(KEY_A),
    ),
    differs(
        ACCESS_KEY,
        "client_option_test.go, TestClientOptions: Should throw an empty access key error",
        &[(CONFIG, "secret_key: {A}\n")],
        &[("SCW_ACCESS_KEY", "")],
        Key(KEY_A),
    ),
    differs(
        ACCESS_KEY,
        "client_option_test.go, TestClientOptions: Should throw a bad access key error",
        &[(CONFIG, "access_key: invalid\nsecret_key: {A}\n")],
        &[],
        Key(KEY_A),
    ),
    differs(
        EMPTY_VARIABLE,
        "client_option_test.go, TestClientOptions: Should throw an empty secret key error",
        &[(CONFIG, SIMPLE)],
        &[("SCW_SECRET_KEY", "")],
        Key(KEY_A),
    ),
    case(
        "client_option_test.go, TestClientOptions: Should throw an empty secret key error (in the file)",
        &[(CONFIG, "secret_key: {A}\nprofiles: {p: {secret_key: \"\"}}\n")],
        &[("SCW_PROFILE", "p")],
        Error(
            "~/.config/scw/config.yaml line 2: secret_key of profile \"p\" is empty; use a secret key: a \
             UUID, 36 characters long",
        ),
    ),
    case(
        "client_option_test.go, TestClientOptions: Should throw a bad secret key error",
        &[(CONFIG, "secret_key: invalid\n")],
        &[],
        Error(
            "~/.config/scw/config.yaml line 1: secret_key of profile \"default\" is not a secret key; use \
             a secret key: a UUID, 36 characters long",
        ),
    ),
    case(
        "client_option_test.go, TestClientOptions: Should throw a bad secret key error (in a variable)",
        &[(CONFIG, SIMPLE)],
        &[("SCW_SECRET_KEY", "invalid")],
        Error(
            "the variable SCW_SECRET_KEY is not a secret key; use a secret key: a UUID, 36 characters \
             long, or unset SCW_SECRET_KEY to use another source",
        ),
    ),
    case(
        "validation/is.go, IsUUID: letters in either case",
        &[(CONFIG, "secret_key: AAAAAAAA-1111-4111-8111-AAAAAAAAAAA1\n")],
        &[],
        Key("AAAAAAAA-1111-4111-8111-AAAAAAAAAAA1"),
    ),
    case(
        "validation/is.go, IsUUID: dashes are required",
        &[(CONFIG, "secret_key: aaaaaaaa111141118111aaaaaaaaaaa1\n")],
        &[],
        Error(
            "~/.config/scw/config.yaml line 1: secret_key of profile \"default\" is not a secret key; use \
             a secret key: a UUID, 36 characters long",
        ),
    ),
    differs(
        "whitespace around a key",
        "validation/is.go, IsUUID: nothing before or after",
        &[],
        &[("SCW_SECRET_KEY", " {A}\n")],
        Key(KEY_A),
    ),
    case(
        "config.go, unmarshalConfV2: unknown settings are ignored",
        &[(CONFIG, "secret_key: {A}\nfuture: {x: [1]}\n")],
        &[],
        Key(KEY_A),
    ),
    case(
        "config.go, unmarshalConfV2: the last of two equal names counts",
        &[(CONFIG, "secret_key: {B}\nsecret_key: {A}\n")],
        &[],
        Key(KEY_A),
    ),
    differs(
        NOT_NEEDED,
        "config.go, unmarshalConfV2: a value of another type",
        &[(CONFIG, "secret_key: {A}\ninsecure: perhaps\n")],
        &[],
        Key(KEY_A),
    ),
    differs(
        NOT_NEEDED,
        "cli: terminal_client.go, CreateClient: an invalid file is an error even if variables have all",
        &[(CONFIG, "[")],
        &[("SCW_SECRET_KEY", "{A}")],
        Key(KEY_A),
    ),
    differs(
        NOT_NEEDED,
        "cli: terminal_client.go, CreateClient: a missing profile is an error even if variables have all",
        &[(CONFIG, SIMPLE)],
        &[("SCW_SECRET_KEY", "{B}"), ("SCW_PROFILE", "missing")],
        Key(KEY_B),
    ),
    differs(
        NOT_NEEDED,
        "cli: terminal_client.go, CreateClient: the active profile is validated first",
        &[(CONFIG, "secret_key: invalid\n")],
        &[("SCW_SECRET_KEY", "{B}")],
        Key(KEY_B),
    ),
];
