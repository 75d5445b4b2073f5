//! Region, project, organization and API, by the rules of Scaleway's SDK.

use docker_credential_scw::explain::on_one_line;
use docker_credential_scw::scaleway::settings::Settings;

use crate::support::World;

const CONFIG: &str = "\
default_region: pl-waw
default_project_id: of-root
profiles:
  prod:
    default_region: nl-ams
    default_organization_id: of-prod
    api_url: https://api.example.org/
  zoned:
    default_zone: it-mil-1
";

fn region(world: &World, profile: Option<&str>) -> String {
    let environment = world.environment();
    Settings::load(&environment, profile).and_then(|found| found.region()).unwrap_or_else(|error| {
        on_one_line(&error).replace(world.home.path().to_str().unwrap(), "~")
    })
}

#[test]
fn the_region_is_the_first_that_is_set() {
    assert_eq!(region(&World::new(), None), "fr-par");
    let world = World::new().config("profiles: {zoned: {default_zone: it-mil-1}}\n");
    assert_eq!(region(&world, None), "fr-par");
    assert_eq!(region(&world, Some("zoned")), "it-mil");
    let world = World::new().config(CONFIG);
    assert_eq!(region(&world, None), "pl-waw");
    assert_eq!(region(&world, Some("prod")), "nl-ams");
    // The root's region counts more than the profile's zone.
    assert_eq!(region(&world, Some("zoned")), "pl-waw");
    let world = world.set("SCW_PROFILE", "prod");
    assert_eq!(region(&world, None), "nl-ams");
    assert_eq!(region(&world, Some("default")), "pl-waw");
    let world = world.set("SCW_DEFAULT_REGION", " it-mil\n");
    assert_eq!(region(&world, None), "it-mil");
}

#[test]
fn an_invalid_region_or_profile_is_an_error_with_its_place() {
    let world = World::new().set("SCW_DEFAULT_REGION", "Paris");
    assert_eq!(
        region(&world, None),
        "the variable SCW_DEFAULT_REGION is not a region; set it to a region, such as \
         fr-par, nl-ams, pl-waw or it-mil",
    );
    let world = World::new().config("default_region: Paris\n");
    assert_eq!(
        region(&world, None),
        "default_region of Scaleway's config.yaml is not a region; set it to a region, such \
         as fr-par, nl-ams, pl-waw or it-mil",
    );
    let world = World::new().config("default_zone: p\n");
    assert_eq!(
        region(&world, None),
        "default_zone of Scaleway's config.yaml is not a zone; set it to a zone, such as fr-par-1",
    );
    let world = World::new().config("a: b\ndefault_region: [fr-par]\n");
    assert_eq!(
        region(&world, None).replace('\\', "/"),
        "~/.config/scw/config.yaml line 2: default_region is not text; set it to a single text value"
    );
    assert_eq!(
        region(&world, Some("prod")).replace('\\', "/"),
        "profile \"prod\" was requested, but ~/.config/scw/config.yaml has no named profile; name a \
         profile that exists"
    );
    assert_eq!(
        region(&World::new(), Some("prod")).replace('\\', "/"),
        "profile \"prod\" was requested, but ~/.config/scw/config.yaml does not exist; add \
         it: `docker-credential-scw save-key profile=prod`"
    );
    let world = World::new().set("SCW_PROFILE", "prod");
    assert_eq!(
        region(&world, None).replace('\\', "/"),
        "SCW_PROFILE is \"prod\", but ~/.config/scw/config.yaml does not exist; unset \
         SCW_PROFILE, or set it to a profile that exists",
    );
}

#[test]
fn project_organization_and_api_are_the_variables_or_the_profiles() {
    let world = World::new().config(CONFIG);
    let environment = world.environment();
    let root = Settings::load(&environment, None).unwrap();
    assert_eq!(root.project_id().unwrap().as_deref(), Some("of-root"));
    assert_eq!(root.organization_id().unwrap(), None);
    assert_eq!(root.api_url().unwrap().0, "https://api.scaleway.com");
    let prod = Settings::load(&environment, Some("prod")).unwrap();
    assert_eq!(prod.project_id().unwrap().as_deref(), Some("of-root"));
    assert_eq!(prod.organization_id().unwrap().as_deref(), Some("of-prod"));
    assert_eq!(prod.api_url().unwrap().0, "https://api.example.org");
    let world = world
        .set("SCW_API_URL", "http://127.0.0.1:8080/")
        .set("SCW_DEFAULT_PROJECT_ID", "p")
        .set("SCW_DEFAULT_ORGANIZATION_ID", "o");
    let environment = world.environment();
    let set = Settings::load(&environment, Some("prod")).unwrap();
    assert_eq!(set.project_id().unwrap().as_deref(), Some("p"));
    assert_eq!(set.organization_id().unwrap().as_deref(), Some("o"));
    assert_eq!(set.api_url().unwrap().0, "http://127.0.0.1:8080");
}
