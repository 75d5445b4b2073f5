//! Cases about the profile that is used.

use super::Wanted::{Error, Key};
use super::{COMPLETE, CONFIG, Case, SIMPLE, case, differs};
use crate::support::{KEY_A, KEY_B};

const WITH_ACTIVE_PROFILE: &str = "\
secret_key: {A}
send_telemetry: true
active_profile: other
profiles:
  other:
    access_key: SCWYYYYYYYYYYYYYYYYY
    secret_key: {B}
";

pub(super) const CASES: &[Case] = &[
    case(
        "config_test.go, TestLoadProfileAndActiveProfile: Simple config with valid V2",
        &[(CONFIG, SIMPLE)],
        &[("HOME", "~")],
        Key(KEY_A),
    ),
    case(
        "config_test.go, TestLoadProfileAndActiveProfile: Complete config",
        &[(CONFIG, COMPLETE)],
        &[("HOME", "~")],
        Key(KEY_A),
    ),
    case(
        "config_test.go, TestLoadProfileAndActiveProfile: Complete config with active profile",
        &[(CONFIG, WITH_ACTIVE_PROFILE)],
        &[("HOME", "~")],
        Key(KEY_B),
    ),
    case(
        "config_test.go, TestLoadProfileAndActiveProfile: Mixed config with active profile",
        &[(CONFIG, WITH_ACTIVE_PROFILE)],
        &[("HOME", "~")],
        Key(KEY_B),
    ),
    case(
        "config_test.go, TestLoadProfileAndActiveProfile: Complete config with active profile env variable",
        &[(CONFIG, COMPLETE)],
        &[("HOME", "~"), ("SCW_PROFILE", "other")],
        Key(KEY_B),
    ),
    case(
        "load_config_test.go, TestLoad: Err: default config with invalid profile",
        &[(CONFIG, "active_profile: flantier")],
        &[("HOME", "~")],
        Error(
            "active_profile is \"flantier\", but ~/.config/scw/config.yaml has no named profile; set \
             active_profile to a profile that exists",
        ),
    ),
    case(
        "config_test.go, TestMergeProfiles: the last profile that has a key counts",
        &[(CONFIG, "secret_key: {A}\nprofiles: {p: {access_key: SCW2, insecure: true}}\n")],
        &[("SCW_PROFILE", "p")],
        Key(KEY_A),
    ),
    case(
        "config.go, MergeProfiles: null is no key",
        &[(CONFIG, "secret_key: {A}\nprofiles: {p: {secret_key: ~}}\n")],
        &[("SCW_PROFILE", "p")],
        Key(KEY_A),
    ),
    differs(
        "a profile without any setting (`prod:`)",
        "config.go, MergeProfiles: a null profile is dereferenced",
        &[(CONFIG, "secret_key: {A}\nprofiles:\n  p:\n")],
        &[("SCW_PROFILE", "p")],
        Key(KEY_A),
    ),
    case(
        "config.go, GetActiveProfile: SCW_PROFILE comes before active_profile",
        &[(CONFIG, "active_profile: p\nprofiles: {p: {secret_key: {A}}, q: {secret_key: {B}}}\n")],
        &[("SCW_PROFILE", "q")],
        Key(KEY_B),
    ),
    case(
        "config.go, GetActiveProfile: an empty SCW_PROFILE counts as unset",
        &[(CONFIG, WITH_ACTIVE_PROFILE)],
        &[("SCW_PROFILE", "")],
        Key(KEY_B),
    ),
    differs(
        "`active_profile: \"\"`",
        "config.go, GetProfile: the name cannot be empty",
        &[(CONFIG, "secret_key: {A}\nactive_profile: \"\"\nprofiles: {p: {secret_key: {B}}}\n")],
        &[],
        Key(KEY_A),
    ),
    case(
        "config.go, GetProfile: \"default\" is the top level",
        &[(CONFIG, WITH_ACTIVE_PROFILE)],
        &[("SCW_PROFILE", "default")],
        Key(KEY_A),
    ),
    case(
        "config.go, GetProfile: a profile with the name \"default\" is not used",
        &[(CONFIG, "secret_key: {A}\nprofiles: {default: {secret_key: {B}}}\n")],
        &[("SCW_PROFILE", "default")],
        Key(KEY_A),
    ),
    case(
        "config.go, GetProfile: a profile that does not exist",
        &[(CONFIG, COMPLETE)],
        &[("SCW_PROFILE", "missing")],
        Error(
            "SCW_PROFILE is \"missing\", but ~/.config/scw/config.yaml has no such profile (it has \
             other); unset SCW_PROFILE, or set it to a profile that exists",
        ),
    ),
    case(
        "config.go, GetProfile: names are compared exactly",
        &[(CONFIG, COMPLETE)],
        &[("SCW_PROFILE", "Other")],
        Error(
            "SCW_PROFILE is \"Other\", but ~/.config/scw/config.yaml has no such profile (it has \
             other); unset SCW_PROFILE, or set it to a profile that exists",
        ),
    ),
    differs(
        "a profile is named and there is no `config.yaml`",
        "cli: terminal_client.go, CreateClient: without a file, the profile is ignored",
        &[],
        &[("SCW_PROFILE", "prod")],
        Error(
            "SCW_PROFILE is \"prod\", but ~/.config/scw/config.yaml does not exist; unset SCW_PROFILE, \
             or set it to a profile that exists",
        ),
    ),
];
