//! Runs the commands against a mock generated from the Registry API's contract, which refuses all
//! requests that the contract does not allow.

use std::fs;
use std::net::TcpStream;

use serde_json::Value;

use crate::Scenario;
use crate::stage::{KEY, Stage, both, run};

pub const SCENARIOS: &[Scenario] = &[Scenario {
    name: "registry_commands_conform_to_the_contract",
    needs: &["node", "prism"],
    play: keeps_to_the_contract,
}];

const ID: &str = "97acc09a-89cb-4c45-8b75-207be248b202";

fn keeps_to_the_contract(stage: &Stage) {
    let contract = stage.directory.join("contract.yaml");
    fs::write(&contract, include_str!("registry-v1.openapi.yaml")).unwrap();
    let contract = contract.display().to_string();
    // The contract's server URLs are remote: prism serves the paths itself.
    let words = ["prism", "mock", "--errors", "-h", "127.0.0.1", "-p", "4010", &contract];
    let _mock = stage.start(&words, || TcpStream::connect("127.0.0.1:4010").is_ok());

    // In the mock, every name is `string`.
    let by_id = format!("image get {ID} --region nl-ams");
    for line in [
        "namespace list --order-by description_desc --project-id p --organization-id o --name n",
        "namespace list --region all",
        "namespace get string",
        "namespace create --name new --description d --project-id p --is-public",
        "namespace create --organization-id o --region pl-waw",
        "namespace update string --description d --is-public false",
        "namespace delete string --yes",
        "image list --order-by created_at_desc --namespace-id string --name n --project-id p",
        "image list --organization-id o --region all",
        "image get string/string",
        &by_id,
        "image update string/string --visibility private",
        "image delete string/string --yes",
        "tag list string/string --order-by name_desc --name n",
        "tag list --region it-mil",
        "tag get string/string:string",
        "tag delete string/string:string --yes",
    ] {
        let output = called(stage, line);
        assert!(output.status.success(), "{line}: {}", both(&output));
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        let first = value.get(0).unwrap_or(&value);
        assert_eq!(first["id"], "string", "{line}: {value}");
    }
    for line in [
        "tag prune string/string --keep 1 --yes",
        "tag prune string/string --older-than 1d --dry-run",
        "image prune --yes --older-than 1m",
        "image prune string --dry-run",
        "namespace prune --empty --yes --older-than 1m",
        "usage --region all",
        "usage string",
        "usage string/string --price 0.027",
    ] {
        let output = called(stage, line);
        assert!(output.status.success(), "{line}: {}", both(&output));
        serde_json::from_slice::<Value>(&output.stdout).unwrap();
    }
    let forced = called(stage, "tag delete string/string:string --yes --force");
    assert!(forced.status.success(), "{}", both(&forced));
    // The mock really refuses requests that are not in the contract.
    let refused = called(stage, "namespace list --region de-new");
    assert_eq!(refused.status.code(), Some(1), "{}", both(&refused));
}

fn called(stage: &Stage, line: &str) -> std::process::Output {
    let words: Vec<_> = ["docker-credential-scw"]
        .into_iter()
        .chain(line.split(' '))
        .chain(["-o", "json"])
        .collect();
    let mut command = stage.command(&words, Some(KEY));
    command.env("SCW_API_URL", "http://127.0.0.1:4010");
    run(command, "")
}
