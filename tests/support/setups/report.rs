//! What tests read in `doctor -o json`.

use serde_json::Value;

/// The checks.
pub fn checks_of(report: &str) -> Vec<Value> {
    let report: Value = serde_json::from_str(report).unwrap();
    report["checks"].as_array().unwrap().clone()
}

/// The problems as `STATUS ID`, each once.
pub fn problems_of(checks: &[Value]) -> Vec<String> {
    let word = |check: &Value, name: &str| check[name].as_str().unwrap().to_owned();
    let found = checks.iter().filter(|check| check["status"] != "ok");
    each_once(found.map(|check| format!("{} {}", word(check, "status"), word(check, "id"))))
}

/// The printed commands, each once.
pub fn commands_of(checks: &[Value]) -> Vec<String> {
    let all = checks.iter().flat_map(|check| check["commands"].as_array().unwrap());
    each_once(all.map(|command| command.as_str().unwrap().to_owned()))
}

fn each_once(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut found = Vec::new();
    for word in words {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found
}
