//! Cases about region, project, organization and the API's URL.

use super::Wanted::{ApiUrl, NoCall, NoRegion, Organization, Project, Region, RegionOf};
use super::{CONFIG, Case, case, differs};

const TWO_PROFILES: &str = "\
secret_key: {A}
api_url: https://api.example.org
default_organization_id: organization-of-root
default_project_id: project-of-root
default_region: nl-ams
default_zone: nl-ams-1
profiles:
  other:
    secret_key: {B}
    api_url: https://api-other.example.org
    default_organization_id: organization-of-other
    default_project_id: project-of-other
    default_region: pl-waw
    default_zone: pl-waw-2
  mixed:
    secret_key: {B}
";

/// The same with `active_profile`, which may be anywhere.
const MIXED_IS_ACTIVE: &str = "\
active_profile: mixed
default_region: nl-ams
default_project_id: project-of-root
profiles: {mixed: {secret_key: {B}}, other: {default_region: pl-waw}}
";

const ALL_VARIABLES: &[(&str, &str)] = &[
    ("SCW_API_URL", "https://api-variable.example.org"),
    ("SCW_DEFAULT_ORGANIZATION_ID", "organization-of-variable"),
    ("SCW_DEFAULT_PROJECT_ID", "project-of-variable"),
    ("SCW_DEFAULT_REGION", "it-mil"),
    ("SCW_DEFAULT_ZONE", "fr-par-2"),
    ("SCW_PROFILE", "other"),
];

const OTHER: &[(&str, &str)] = &[("SCW_PROFILE", "other")];
const ENV: &str = "env_test.go, TestLoadEnvProfile: No config with env variables";
const FILE: &str = "config_test.go, TestLoadProfileAndActiveProfile: Complete config";
const PROFILE: &str = "config_test.go, TestLoadProfileAndActiveProfile: Complete config with active \
                       profile env variable";
const BOTH: &str = "client_option_test.go, TestCombinedClientOptions: Complete config with active profile \
                    env variable and all env variables";
const OLDER_NAMES: &str =
    "`SCW_REGION`, `SCALEWAY_REGION`, `SCW_ORGANIZATION`, `SCALEWAY_ORGANIZATION`";
const OLDER_REGIONS: &str = "the regions `par1` and `ams1`";
const EMPTY_VARIABLE: &str = "a variable that is set but empty";
const NOT_A_ZONE: &str = "a `default_zone` that is not a zone";

pub(super) const CASES: &[Case] = &[
    case(ENV, &[], &[("SCW_DEFAULT_REGION", "nl-ams")], Region("nl-ams")),
    case(ENV, &[], &[("SCW_DEFAULT_PROJECT_ID", "p")], Project("p")),
    case(ENV, &[], &[("SCW_DEFAULT_ORGANIZATION_ID", "o")], Organization("o")),
    case(
        ENV,
        &[],
        &[("SCW_API_URL", "https://api.example.org")],
        ApiUrl("https://api.example.org"),
    ),
    differs(
        OLDER_NAMES,
        "env_test.go, TestLoadEnvProfile: No config with terraform legacy env variables",
        &[],
        &[("SCALEWAY_REGION", "nl-ams")],
        Region("fr-par"),
    ),
    differs(
        OLDER_NAMES,
        "env_test.go, TestLoadEnvProfile: No config with CLI legacy env variables",
        &[],
        &[("SCW_REGION", "nl-ams")],
        Region("fr-par"),
    ),
    differs(
        OLDER_REGIONS,
        "env.go, v1RegionToV2; locality_test.go, TestParseRegion: par1",
        &[],
        &[("SCW_DEFAULT_REGION", "par1")],
        NoRegion(
            "the variable SCW_DEFAULT_REGION is not a region; set it to a region, such as fr-par, \
             nl-ams, pl-waw or it-mil",
        ),
    ),
    differs(
        OLDER_REGIONS,
        "env.go, v1RegionToV2; locality_test.go, TestParseRegion: ams1",
        &[(CONFIG, "default_region: ams1\n")],
        &[],
        NoRegion(
            "default_region of Scaleway's config.yaml is not a region; set it to a region, such as \
             fr-par, nl-ams, pl-waw or it-mil",
        ),
    ),
    case(FILE, &[(CONFIG, TWO_PROFILES)], &[], Region("nl-ams")),
    case(FILE, &[(CONFIG, TWO_PROFILES)], &[], Project("project-of-root")),
    case(FILE, &[(CONFIG, TWO_PROFILES)], &[], Organization("organization-of-root")),
    case(FILE, &[(CONFIG, TWO_PROFILES)], &[], ApiUrl("https://api.example.org")),
    case(PROFILE, &[(CONFIG, TWO_PROFILES)], OTHER, Region("pl-waw")),
    case(PROFILE, &[(CONFIG, TWO_PROFILES)], OTHER, Project("project-of-other")),
    case(PROFILE, &[(CONFIG, TWO_PROFILES)], OTHER, Organization("organization-of-other")),
    case(PROFILE, &[(CONFIG, TWO_PROFILES)], OTHER, ApiUrl("https://api-other.example.org")),
    case(BOTH, &[(CONFIG, TWO_PROFILES)], ALL_VARIABLES, Region("it-mil")),
    case(BOTH, &[(CONFIG, TWO_PROFILES)], ALL_VARIABLES, Project("project-of-variable")),
    case(BOTH, &[(CONFIG, TWO_PROFILES)], ALL_VARIABLES, Organization("organization-of-variable")),
    case(
        BOTH,
        &[(CONFIG, TWO_PROFILES)],
        ALL_VARIABLES,
        ApiUrl("https://api-variable.example.org"),
    ),
    case(
        "config_test.go, TestLoadProfileAndActiveProfile: Mixed config with active profile",
        &[(CONFIG, MIXED_IS_ACTIVE)],
        &[],
        Region("nl-ams"),
    ),
    case(
        "config_test.go, TestLoadProfileAndActiveProfile: Mixed config with active profile",
        &[(CONFIG, MIXED_IS_ACTIVE)],
        &[],
        Project("project-of-root"),
    ),
    case(
        "cli: context.go, ExtractProfileName: --profile comes before SCW_PROFILE",
        &[(CONFIG, TWO_PROFILES)],
        OTHER,
        RegionOf("default", "nl-ams"),
    ),
    case(
        "cli: context.go, ExtractProfileName: --profile comes before active_profile",
        &[(CONFIG, MIXED_IS_ACTIVE)],
        &[],
        RegionOf("other", "pl-waw"),
    ),
    case("client_test.go, TestNewClientWithDefaults", &[], &[], ApiUrl("https://api.scaleway.com")),
    case("cli: terminal_client.go, CreateClient: the default region", &[], &[], Region("fr-par")),
    case(
        "cli: terminal_client.go, CreateClient: the region of the profile's zone",
        &[(CONFIG, "default_zone: nl-ams-1\n")],
        &[],
        Region("nl-ams"),
    ),
    case(
        "cli: terminal_client.go, CreateClient: the region of SCW_DEFAULT_ZONE",
        &[],
        &[("SCW_DEFAULT_ZONE", "nl-ams-1")],
        Region("nl-ams"),
    ),
    case(
        "cli: terminal_client.go, CreateClient: SCW_DEFAULT_ZONE comes before the profile's zone",
        &[(CONFIG, "default_zone: it-mil-1\n")],
        &[("SCW_DEFAULT_ZONE", "pl-waw-3")],
        Region("pl-waw"),
    ),
    case(
        "cli: terminal_client.go, CreateClient: any region comes before a zone",
        &[(CONFIG, "default_region: it-mil\n")],
        &[("SCW_DEFAULT_ZONE", "nl-ams-1")],
        Region("it-mil"),
    ),
    differs(
        NOT_A_ZONE,
        "cli: terminal_client.go, CreateClient: a zone without a region is ignored",
        &[(CONFIG, "default_zone: paris\n")],
        &[],
        NoRegion(
            "default_zone of Scaleway's config.yaml is not a zone; set it to a zone, such as fr-par-1",
        ),
    ),
    case(
        "locality_test.go, TestParseZone: xx-xxx-1",
        &[],
        &[("SCW_DEFAULT_ZONE", "xx-xxx-1")],
        Region("xx-xxx"),
    ),
    case(
        "validation/is.go, IsZone: a zone has one or two digits",
        &[(CONFIG, "default_zone: fr-par-12\n")],
        &[],
        Region("fr-par"),
    ),
    case(
        "locality_test.go, TestParseZone: fr-par-200",
        &[],
        &[("SCW_DEFAULT_ZONE", "fr-par-200")],
        NoRegion("the variable SCW_DEFAULT_ZONE is not a zone; set it to a zone, such as fr-par-1"),
    ),
    case(
        "locality_test.go, TestParseZone: fr-par-n",
        &[],
        &[("SCW_DEFAULT_ZONE", "fr-par-n")],
        NoRegion("the variable SCW_DEFAULT_ZONE is not a zone; set it to a zone, such as fr-par-1"),
    ),
    case(
        "locality_test.go, TestParseZone: fr-par",
        &[],
        &[("SCW_DEFAULT_ZONE", "fr-par")],
        NoRegion("the variable SCW_DEFAULT_ZONE is not a zone; set it to a zone, such as fr-par-1"),
    ),
    case(
        "locality_test.go, TestParseRegion: xx-xxx",
        &[],
        &[("SCW_DEFAULT_REGION", "xx-xxx")],
        Region("xx-xxx"),
    ),
    differs(
        EMPTY_VARIABLE,
        "client_option_test.go, TestClientOptions: Should throw a region error",
        &[(CONFIG, TWO_PROFILES)],
        &[("SCW_DEFAULT_REGION", "")],
        Region("nl-ams"),
    ),
    case(
        "client_option_test.go, TestClientOptions: Should throw a bad region error",
        &[],
        &[("SCW_DEFAULT_REGION", "invalid")],
        NoRegion(
            "the variable SCW_DEFAULT_REGION is not a region; set it to a region, such as fr-par, \
             nl-ams, pl-waw or it-mil",
        ),
    ),
    differs(
        EMPTY_VARIABLE,
        "client_option_test.go, TestClientOptions: Should throw an empty project ID error",
        &[(CONFIG, TWO_PROFILES)],
        &[("SCW_DEFAULT_PROJECT_ID", "")],
        Project("project-of-root"),
    ),
    differs(
        EMPTY_VARIABLE,
        "client_option_test.go, TestClientOptions: Should throw an empty organization ID error",
        &[(CONFIG, TWO_PROFILES)],
        &[("SCW_DEFAULT_ORGANIZATION_ID", "")],
        Organization("organization-of-root"),
    ),
    differs(
        EMPTY_VARIABLE,
        "client_option_test.go, TestClientOptions: Should throw an empty url error",
        &[],
        &[("SCW_API_URL", "")],
        ApiUrl("https://api.scaleway.com"),
    ),
    case(
        "client_option_test.go, TestClientOptions: Should throw an url error",
        &[],
        &[("SCW_SECRET_KEY", "{A}"), ("SCW_API_URL", ":test")],
        NoCall(
            "error: the API URL is set to something that is not a URL, and keys are not sent there\n\
             hint: set SCW_API_URL, or api_url in config.yaml, to an https URL (or http on this \
             machine)\n",
        ),
    ),
    differs(
        "a slash at the end of `api_url` or `SCW_API_URL`",
        "client_option.go, validateAPIURL: it should not have a trailing slash",
        &[],
        &[("SCW_API_URL", "https://api.example.org/")],
        ApiUrl("https://api.example.org"),
    ),
];
