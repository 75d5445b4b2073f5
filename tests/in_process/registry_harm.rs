//! What must never happen with `namespace`, `image` and `tag`, whatever the service answers or the user
//! mistypes.

use docker_credential_scw::Exit;
use serde_json::{Value, json};

use crate::registry::{done, refused, run, user};
use crate::support::KEY_A;
use crate::support::api_stub::{ApiStub, Fault, id, image};

const JSON: &str = "Content-Type: application/json\r\n";

fn says(status: u16, body: &str) -> Fault {
    Fault::Status(status, JSON, body.to_owned())
}

fn deletions(stub: &ApiStub) -> Vec<String> {
    stub.calls().into_iter().filter(|call| call.starts_with("DELETE")).collect()
}

#[test]
fn nothing_is_deleted_on_a_terminal_that_cannot_be_asked() {
    let stub = ApiStub::new();
    let world = user(&stub).on_a_terminal_but_for_stderr();
    let outcome = run(&world, "image delete my-ns/app");
    assert_eq!(outcome.exit, Exit::Failure);
    assert_eq!(
        outcome.stderr,
        "error: nothing was deleted: there is no terminal on standard error to ask on\n\
         hint: agree with --yes\n"
    );
    assert_eq!(deletions(&stub), Vec::<String>::new());
    run(&world, "image delete my-ns/app --yes");
    assert_eq!(deletions(&stub).len(), 1);
}

#[test]
fn an_image_is_never_looked_for_in_another_namespace_than_the_one_that_is_named() {
    let stub = ApiStub::new();
    stub.state().images.push(image(14, "gone-ns/app", 2));
    for line in ["image delete gone-ns/app", "image get gone-ns/app", "tag delete gone-ns/app:1"] {
        let error = refused(&user(&stub), line);
        let expected = "there is no namespace gone-ns in fr-par; did you mean other/gone-ns/app?";
        assert_eq!(error, expected, "{line}");
    }
    assert_eq!(deletions(&stub), Vec::<String>::new());
}

#[test]
fn a_write_by_a_name_without_its_namespace_is_a_usage_error_and_sends_nothing() {
    let digest = format!("sha256:{}", "0".repeat(64));
    for (line, reference, example) in [
        ("image delete app", "app", "my-ns/app"),
        ("image delete my-ns/team/app app --yes", "app", "my-ns/app"),
        ("image update app visibility=public", "app", "my-ns/app"),
        ("tag delete app:1.2 --wait", "app:1.2", "my-ns/app:1.2"),
        ("tag delete app", "app", "my-ns/app"),
        (
            &format!("tag delete app@{digest}"),
            &format!("app@{digest}"),
            &format!("my-ns/app@{digest}"),
        ),
        (
            "image delete rg.fr-par.scw.cloud/app",
            "rg.fr-par.scw.cloud/app",
            "rg.fr-par.scw.cloud/my-ns/app",
        ),
    ] {
        let stub = ApiStub::new();
        // One image of this name is left, in another namespace than the one that is meant.
        stub.state().images.retain(|image| image["id"] != id(11));
        let outcome = run(&user(&stub), line);
        let expected = format!(
            "error: {reference} has no namespace, and other namespaces may hold the same name\n\
             hint: write it as {example}, or use the ID\n"
        );
        assert_eq!((outcome.exit, outcome.stderr), (Exit::Usage, expected), "{line}");
        assert_eq!(stub.calls(), Vec::<String>::new(), "{line}");
    }
    // Reading by a bare name harms nothing, and an ID is as clear as a full name.
    let stub = ApiStub::new();
    stub.state().images.retain(|image| image["id"] != id(13));
    done(&user(&stub), "image get app");
    done(&user(&stub), &format!("image delete {}", id(11)));
    assert_eq!(deletions(&stub), [format!("DELETE fr-par/images/{}", id(11))]);
}

#[test]
fn what_is_gone_is_shown_as_deleted() {
    let stub = ApiStub::new();
    stub.state().fetches_before_deleted = 2;
    let text = done(&user(&stub), "tag delete my-ns/app:1.2 --wait -o human=NAME,STATUS");
    assert_eq!(text, "NAME  STATUS\n1.2   deleted\n");
    // Its first answer got lost, and it is gone by the second.
    let stub = ApiStub::new();
    let tag = id(102);
    stub.state().faults = [
        Fault::None,
        Fault::None,
        Fault::None,
        says(503, ""),
        says(404, r#"{"type":"not_found","message":"gone"}"#),
    ]
    .into_iter()
    .collect();
    let text = done(&user(&stub), &format!("tag delete {tag} -o human=NAME,STATUS"));
    assert_eq!(text, "NAME  STATUS\n1.2   deleted\n");
    // The service accepts without a body.
    let stub = ApiStub::new();
    stub.state().faults =
        [Fault::None, Fault::None, Fault::None, says(204, "")].into_iter().collect();
    let text = done(&user(&stub), &format!("tag delete {tag} -o human=NAME,STATUS"));
    assert_eq!(text, "NAME  STATUS\n1.2   deleting\n");
    // Deleting it fails in the end: so it is shown.
    let stub = ApiStub::new();
    stub.state().fetches_before_deleted = 1;
    stub.state().deletion_ends_in = Some("error");
    let outcome = run(&user(&stub), "tag delete my-ns/app:1.2 --wait -o human=NAME,STATUS");
    assert_eq!(outcome.exit, Exit::Failure);
    assert_eq!(outcome.stdout, "NAME  STATUS\n1.2   error\n");
}

#[test]
fn waiting_ends_in_time_though_the_service_does_not_answer() {
    let stub = ApiStub::new();
    stub.state().fetches_before_deleted = 1000;
    // Looks are refused once it is being deleted.
    let tag = id(102);
    let quiet = std::iter::repeat_n(Fault::None, 4);
    let busy = (0..1000).map(|_| says(503, ""));
    stub.state().faults = quiet.chain(busy).collect();
    let outcome = run(&user(&stub), &format!("tag delete {tag} --wait --timeout 5s"));
    assert_eq!(outcome.exit, Exit::Failure);
    assert_eq!(
        outcome.stderr,
        "\
error: rg.fr-par.scw.cloud/my-ns/app:1.2 is still being deleted after 5 s
hint: check again later: the service continues the deletion
",
    );
}

#[test]
fn what_force_can_do_is_not_denied_where_it_is_not_known() {
    let stub = ApiStub::new();
    let image = id(11);
    let path: &'static str = Box::leak(format!("images/{image}/tags").into_boxed_str());
    stub.state().always = vec![(path, says(403, "{}"))];
    let outcome = run(&user(&stub), &format!("tag delete {} --force", id(102)));
    assert_eq!(
        outcome.stderr,
        "docker-credential-scw: --force is deprecated: it can delete other tags with the \
         same digest as well (which tags is unknown)\n",
    );
}

#[test]
fn a_change_that_was_made_is_not_called_a_failure_to_look() {
    let stub = ApiStub::new();
    stub.state().always = vec![("/namespaces/", says(403, "{}"))];
    let line = format!("image update {} visibility=public -o human=NAME,VISIBILITY", id(11));
    let outcome = run(&user(&stub), &line);
    // The change is shown; what could not be read is the namespace, for the full name.
    assert_eq!(outcome.stdout, "NAME  VISIBILITY\napp   public\n");
    assert_eq!(
        outcome.stderr,
        "\
error: cannot get the namespace 00000001-aaaa-4aaa-8aaa-000000000001 in fr-par: not allowed \
(status 403)
hint: add the permission set ContainerRegistryReadOnly to the IAM policy of the API key from \
variable SCW_SECRET_KEY
",
    );
    assert_eq!(stub.state().images[0]["visibility"], "public");
    // A write whose answer is cut was probably done.
    let stub = ApiStub::new();
    stub.state().faults = [says(200, "{\"id\":")].into_iter().collect();
    let error = refused(&user(&stub), "namespace create --name new");
    assert_eq!(
        error,
        "cannot create the namespace new in fr-par: the answer (status 200) is cut off where \
         one object was expected; check whether it was done before you try again",
    );
}

#[test]
fn the_key_itself_is_sent_nowhere_as_a_name_an_id_or_a_text() {
    for line in [
        format!("namespace list --project-id {KEY_A}"),
        format!("namespace list name={KEY_A}"),
        format!("image get my-ns/{KEY_A}"),
        format!("tag get my-ns/app:{KEY_A}"),
        format!("namespace get {KEY_A}x"),
        format!("namespace create --name {KEY_A}"),
        format!("namespace create --name ok description=<{}>", KEY_A.to_uppercase()),
        format!("namespace update my-ns description={KEY_A}"),
    ] {
        let stub = ApiStub::new();
        let outcome = run(&user(&stub), &line);
        assert_ne!(outcome.exit, Exit::Success, "{line}");
        assert!(!outcome.stderr.to_lowercase().contains(KEY_A), "{line}: {}", outcome.stderr);
        for request in &stub.state().requests {
            let sent = format!("{} {:?}", request.path, request.body).to_lowercase();
            assert!(!sent.contains(KEY_A), "{line}: {sent}");
        }
    }
}

#[test]
fn a_key_in_a_redirect_or_with_json_escapes_is_not_shown() {
    let stub = ApiStub::new();
    let headers: &'static str =
        Box::leak(format!("Location: https://{KEY_A}.evil.example/x\r\n").into_boxed_str());
    stub.state().always = vec![("/", Fault::Status(302, headers, String::new()))];
    let error = refused(&user(&stub), "namespace list");
    assert_eq!(
        error,
        "cannot list the namespaces in fr-par: the service redirects to (not \
         shown).evil.example, where the key is not sent; check SCW_API_URL",
    );
    let escaped = KEY_A.replace('1', "\\u0031");
    let body = format!("{{\"message\":\"key {escaped} bad\"}}");
    stub.state().always = vec![("/", says(400, &body))];
    let error = refused(&user(&stub), "namespace list");
    assert_eq!(
        error,
        "cannot list the namespaces in fr-par: key \
         ******************************************************************************************* \
         bad",
    );
}

#[test]
fn an_incomplete_list_is_reported() {
    let stub = ApiStub::new();
    let page = json!({"total_count": 7, "namespaces": stub.state().namespaces});
    stub.state().always = vec![("/namespaces", says(200, &page.to_string()))];
    let outcome = run(&user(&stub), "namespace list -o json");
    assert_eq!(outcome.exit, Exit::Success);
    assert_eq!(
        outcome.stderr,
        "docker-credential-scw: the service says that there are 7 namespaces in fr-par, and \
         gives 2: list them again\n",
    );
    let rows: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 2);
}

#[test]
fn a_service_that_gives_the_same_page_for_ever_is_left() {
    for total in [0, u64::MAX] {
        let stub = ApiStub::new();
        let many: Vec<_> = (0..100).map(|at| image(1000 + at, &format!("i{at}"), 1)).collect();
        let page = json!({"total_count": total, "images": many});
        stub.state().always = vec![("/images", says(200, &page.to_string()))];
        let outcome = run(&user(&stub), "image list -o json");
        assert_eq!(outcome.exit, Exit::Success, "{}", outcome.stderr);
        assert!(stub.calls().len() < 110, "{}", stub.calls().len());
    }
}

#[test]
fn an_empty_list_may_be_null_and_a_pause_longer_than_time() {
    let stub = ApiStub::new();
    stub.state().always = vec![("/", says(200, r#"{"namespaces":null,"total_count":0}"#))];
    assert_eq!(done(&user(&stub), "namespace list -o json"), "[]\n");
    let headers = "Retry-After: 18446744073709551615\r\n";
    stub.state().always = vec![("/", Fault::Status(429, headers, String::new()))];
    let error = refused(&user(&stub), "namespace list");
    assert_eq!(
        error,
        "cannot list the namespaces in fr-par: too many requests (status 429), the answer is \
         empty; wait a minute and try again",
    );
}
