//! Cases about the file's place.

use super::Wanted::{Error, Key, NotFound};
use super::{CONFIG, CONFIG_YML, Case, SIMPLE, case, differs};
use crate::support::KEY_A;

const MISSING_FILE: &str = "a missing `config.yaml`";

pub(super) const CASES: &[Case] = &[
    case(
        "load_config_test.go, TestLoad: Custom-path config is empty",
        &[("valid/test.conf", ""), (CONFIG, SIMPLE)],
        &[("SCW_CONFIG_PATH", "~/valid/test.conf")],
        NotFound,
    ),
    case(
        "load_config_test.go, TestLoad: Custom-path config with valid V2",
        &[("valid/test.conf", SIMPLE)],
        &[("SCW_CONFIG_PATH", "~/valid/test.conf")],
        Key(KEY_A),
    ),
    case(
        "load_config_test.go, TestLoad: Default config with valid V2",
        &[(CONFIG, SIMPLE)],
        &[("HOME", "~")],
        Key(KEY_A),
    ),
    case(
        "load_config_test.go, TestLoad: XDG config with valid V2",
        &[("plop/scw/config.yaml", SIMPLE)],
        &[("HOME", "~"), ("XDG_CONFIG_HOME", "~/plop")],
        Key(KEY_A),
    ),
    differs(
        MISSING_FILE,
        "load_config_test.go, TestLoad: Err: custom-path config does not exist",
        &[],
        &[("SCW_CONFIG_PATH", "~/fake/test.conf")],
        NotFound,
    ),
    case(
        "load_config_test.go, TestLoad: Err: custom-path config with invalid V2",
        &[("invalid/test.conf", "insecure: \"bool\"\"")],
        &[("SCW_CONFIG_PATH", "~/invalid/test.conf")],
        Error(
            "~/invalid/test.conf is not valid YAML at line 1, column 17; fix that line (indentation, \
             quotes), or move the file away and run `docker-credential-scw save-key`",
        ),
    ),
    case(
        "load_config_test.go, TestLoad: Err: default config with invalid V2",
        &[(CONFIG, "insecure: \"bool\"\"")],
        &[("HOME", "~")],
        Error(
            "~/.config/scw/config.yaml is not valid YAML at line 1, column 17; fix that line \
             (indentation, quotes), or move the file away and run `docker-credential-scw save-key`",
        ),
    ),
    differs(
        MISSING_FILE,
        "config_test.go, TestLoadProfileAndActiveProfile: No config",
        &[],
        &[("HOME", "~")],
        NotFound,
    ),
    case(
        "config_test.go, TestLoadProfileAndActiveProfile: Custom-path config is empty",
        &[("valid/test.conf", "")],
        &[("SCW_CONFIG_PATH", "~/valid/test.conf")],
        NotFound,
    ),
    case(
        "config_test.go, TestLoadProfileAndActiveProfile: Custom-path config with valid V2",
        &[("valid/test.conf", SIMPLE)],
        &[("SCW_CONFIG_PATH", "~/valid/test.conf")],
        Key(KEY_A),
    ),
    case(
        "config_test.go, TestLoadProfileAndActiveProfile: Read config.yml",
        &[(CONFIG_YML, SIMPLE)],
        &[("HOME", "~")],
        Key(KEY_A),
    ),
    case(
        "config.go, LoadConfig: config.yaml comes before config.yml",
        &[(CONFIG, "secret_key: {A}\n"), (CONFIG_YML, "secret_key: {B}\n")],
        &[],
        Key(KEY_A),
    ),
    case(
        "config.go, LoadConfig: an invalid config.yaml is not replaced by config.yml",
        &[(CONFIG, "["), (CONFIG_YML, "secret_key: {B}\n")],
        &[],
        Error(
            "~/.config/scw/config.yaml is not valid YAML at line 2, column 1; fix that line \
             (indentation, quotes), or move the file away and run `docker-credential-scw save-key`",
        ),
    ),
    case(
        "config.go, LoadConfig: config.yml in XDG_CONFIG_HOME",
        &[("plop/scw/config.yml", SIMPLE)],
        &[("XDG_CONFIG_HOME", "~/plop")],
        Key(KEY_A),
    ),
    case(
        "config.go, LoadConfig: SCW_CONFIG_PATH has no other name",
        &[("own/config.yml", SIMPLE)],
        &[("SCW_CONFIG_PATH", "~/own/config.yaml")],
        NotFound,
    ),
    case(
        "path.go, GetConfigPath: SCW_CONFIG_PATH comes before XDG_CONFIG_HOME",
        &[("own.yaml", "secret_key: {A}\n"), ("plop/scw/config.yaml", "secret_key: {B}\n")],
        &[("SCW_CONFIG_PATH", "~/own.yaml"), ("XDG_CONFIG_HOME", "~/plop")],
        Key(KEY_A),
    ),
    case(
        "path.go, GetScwConfigDir: XDG_CONFIG_HOME comes before HOME",
        &[("plop/scw/config.yaml", "secret_key: {A}\n"), (CONFIG, "secret_key: {B}\n")],
        &[("HOME", "~"), ("XDG_CONFIG_HOME", "~/plop")],
        Key(KEY_A),
    ),
    case(
        "path.go, GetScwConfigDir: a directory without a file is not skipped",
        &[(CONFIG, "secret_key: {B}\n")],
        &[("XDG_CONFIG_HOME", "~/plop")],
        NotFound,
    ),
    case(
        "path.go, GetConfigPath, GetScwConfigDir: empty variables count as unset",
        &[(CONFIG, SIMPLE)],
        &[("SCW_CONFIG_PATH", ""), ("XDG_CONFIG_HOME", "")],
        Key(KEY_A),
    ),
    case(
        "path.go, GetConfigPath: the path is cleaned",
        &[("valid/test.conf", SIMPLE)],
        &[("SCW_CONFIG_PATH", "~//valid/./test.conf")],
        Key(KEY_A),
    ),
    case(
        "config.go: the file of the first version is not read",
        &[(".scwrc", "{\"organization\": \"o\", \"token\": \"{A}\", \"version\": \"1\"}")],
        &[],
        NotFound,
    ),
];
