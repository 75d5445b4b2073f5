//! Errors and unexpected answers of the Registry API.

use serde_json::json;

use super::says;
use crate::registry::{refused, user};
use crate::support::api_stub::{ApiStub, Fault};

#[test]
fn every_error_of_the_service_reads_like_advice() {
    for (status, body, words) in [
        (
            404,
            json!({"type": "not_found", "message": "resource is not found", "resource": "namespace", "resource_id": "x"}),
            "cannot list the namespaces in fr-par: resource is not found (namespace x)",
        ),
        (
            404,
            json!({"message": "Namespace was not found"}),
            "cannot list the namespaces in fr-par: Namespace was not found",
        ),
        (
            400,
            json!({"type": "invalid_arguments", "message": "invalid argument(s)", "details": [{"argument_name": "name", "reason": "format", "help_message": "too short"}]}),
            "cannot list the namespaces in fr-par: invalid argument(s) (name: format: too short)",
        ),
        (
            403,
            json!({"type": "permissions_denied", "message": "insufficient permissions", "details": [{"action": "read", "resource": "registry"}]}),
            "cannot list the namespaces in fr-par: insufficient permissions (read: registry); \
             add the permission set ContainerRegistryReadOnly to the IAM policy of the API key \
             from variable SCW_SECRET_KEY",
        ),
        (
            401,
            json!({"type": "denied_authentication", "message": "authentication is denied", "method": "api_key", "reason": "expired"}),
            "cannot list the namespaces in fr-par: authentication is denied (expired); create a \
             new API key in Scaleway's console (IAM, API keys): the one from variable \
             SCW_SECRET_KEY has expired",
        ),
        (
            401,
            json!({"type": "denied_authentication", "message": "authentication is denied", "reason": "not_found"}),
            "cannot list the namespaces in fr-par: authentication is denied (not_found); check \
             the secret key from variable SCW_SECRET_KEY: no API key has it, so it was deleted \
             or mistyped",
        ),
        (
            401,
            json!({"message": "no"}),
            "cannot list the namespaces in fr-par: no; check the secret key from variable \
             SCW_SECRET_KEY: it is not accepted",
        ),
        (
            403,
            json!({"type": "quotas_exceeded", "message": "quota", "details": [{"resource": "namespaces", "quota": 5, "current": 5}]}),
            "cannot list the namespaces in fr-par: quota (namespaces: quota 5: current 5); \
             delete what you no longer need, or ask for more in Scaleway's console \
             (Organization, Quotas)",
        ),
        (
            412,
            json!({"type": "precondition_failed", "message": "precondition", "precondition": "resource_still_in_use", "help_message": "empty it"}),
            "cannot list the namespaces in fr-par: precondition (resource_still_in_use, empty \
             it); it is still in use: delete what uses it first",
        ),
        (
            409,
            json!({"type": "transient_state", "message": "busy", "resource": "image", "resource_id": "x", "current_state": "deleting"}),
            "cannot list the namespaces in fr-par: busy (image x, deleting); try again in a \
             minute: another change is still in progress",
        ),
        (
            423,
            json!({"type": "locked", "message": "locked", "resource": "image"}),
            "cannot list the namespaces in fr-par: locked (image); ask Scaleway's support: it is \
             locked, perhaps because of unpaid bills",
        ),
        (
            503,
            json!({"type": "out_of_stock", "message": "none left", "resource": "image"}),
            "cannot list the namespaces in fr-par: none left (image); try later, or in another \
             region",
        ),
        (
            410,
            json!({"type": "resource_expired", "message": "expired", "resource": "image"}),
            "cannot list the namespaces in fr-par: expired (image); create it again: it is gone \
             for good",
        ),
        (
            429,
            json!({"type": "too_many_requests", "message": "slowly"}),
            "cannot list the namespaces in fr-par: slowly; wait a minute and try again",
        ),
        (
            500,
            json!({"message": "oops"}),
            "cannot list the namespaces in fr-par: oops; try again later, and check \
             https://status.scaleway.com for known problems",
        ),
        (
            400,
            json!({"message": "Server is not delivered"}),
            "cannot list the namespaces in fr-par: Server is not delivered",
        ),
        (418, json!({}), "cannot list the namespaces in fr-par: unexpected (status 418)"),
        (
            400,
            json!({"message": 12, "details": "x"}),
            "cannot list the namespaces in fr-par: bad request (status 400)",
        ),
    ] {
        let stub = ApiStub::new();
        stub.state().always = vec![("/", says(status, &body.to_string()))];
        let error = refused(&user(&stub), "namespace list");
        assert_eq!(error, words);
    }
    let stub = ApiStub::new();
    let denied = says(403, r#"{"type":"permissions_denied","message":"no"}"#);
    stub.state().always = vec![("/namespaces", denied)];
    let error = refused(&user(&stub), "namespace create --name x");
    assert_eq!(
        error,
        "cannot create the namespace x in fr-par: no; add the permission set \
         ContainerRegistryFullAccess to the IAM policy of the API key from variable \
         SCW_SECRET_KEY",
    );
}

#[test]
fn unexpected_bodies_are_described() {
    for (status, body, words) in [
        (
            200,
            "",
            "cannot list the namespaces in fr-par: the answer (status 200) is empty where a list \
             of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "<!DOCTYPE html><html>",
            "cannot list the namespaces in fr-par: the answer (status 200) is an HTML page where \
             a list of namespaces was expected; check SCW_API_URL and the proxy, or try again \
             later",
        ),
        (
            200,
            "<Error><Code>x</Code></Error>",
            "cannot list the namespaces in fr-par: the answer (status 200) is XML where a list \
             of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "{\"namespaces\":[{\"id\":\"a\"",
            "cannot list the namespaces in fr-par: the answer (status 200) is cut off where a \
             list of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "{\"namespaces\": nonsense}",
            "cannot list the namespaces in fr-par: the answer (status 200) is broken JSON where \
             a list of namespaces was expected; check SCW_API_URL and the proxy, or try again \
             later",
        ),
        (
            200,
            "[]",
            "cannot list the namespaces in fr-par: the answer (status 200) is other JSON where a \
             list of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "{}",
            "cannot list the namespaces in fr-par: the answer (status 200) is other JSON where a \
             list of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "{\"namespaces\":{}}",
            "cannot list the namespaces in fr-par: the answer (status 200) is other JSON where a \
             list of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "{\"namespaces\":[1]}",
            "cannot list the namespaces in fr-par: the answer (status 200) is other JSON where a \
             list of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "{\"namespaces\":[{\"name\":\"no id\"}]}",
            "cannot list the namespaces in fr-par: the answer (status 200) is other JSON where a \
             list of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            200,
            "hello",
            "cannot list the namespaces in fr-par: the answer (status 200) is not JSON where a \
             list of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            204,
            "",
            "cannot list the namespaces in fr-par: the answer (status 204) is empty where a list \
             of namespaces was expected; check SCW_API_URL and the proxy, or try again later",
        ),
        (
            404,
            "",
            "cannot list the namespaces in fr-par: not found (status 404), the answer is empty; \
             check SCW_API_URL: this may not be Scaleway's API",
        ),
        (
            404,
            "<html>",
            "cannot list the namespaces in fr-par: not found (status 404), the answer is an HTML \
             page; check SCW_API_URL: this may not be Scaleway's API",
        ),
        (
            500,
            "<html>",
            "cannot list the namespaces in fr-par: the service has a problem (status 500), the \
             answer is an HTML page; try again later, and check https://status.scaleway.com for \
             known problems",
        ),
    ] {
        let stub = ApiStub::new();
        let trouble = Fault::Status(status, "", body.to_owned());
        stub.state().always = vec![("/", trouble)];
        let error = refused(&user(&stub), "namespace list");
        assert_eq!(error, words);
    }
}
