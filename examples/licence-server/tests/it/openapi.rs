//! The description of the service is what the program prints, and what requests and answers are like.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::server::{Reply, program};

static DESCRIPTION: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../openapi.json")).unwrap());

/// Validators that were made, by method, path and what they are of.
static VALIDATORS: Mutex<Option<HashMap<String, Validator>>> = Mutex::new(None);

#[test]
fn the_description_is_up_to_date() {
    let made = program().arg("openapi").output().unwrap();
    let committed = include_str!("../../openapi.json");
    let made = String::from_utf8(made.stdout).unwrap();
    assert!(made == committed, "write it anew: licence-server openapi > openapi.json");
}

/// Fails where a request was answered and request or answer is not as it is described.
pub(crate) fn see_that_it_is_described(method: &str, path: &str, body: &str, reply: &Reply) {
    let is_answered = (reply.status, &*reply.kind) == (200, "application/json");
    if !is_answered || !path.starts_with("/v1/") {
        return;
    }
    let path = path.split('?').next().unwrap();
    let (template, operations) = described(path).unwrap();
    let operation = &operations[method.to_lowercase()];
    let name = format!("{method} {template}");
    let answer = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    validate(&format!("the answer of {name}"), answer, &reply.body);
    let request = &operation["requestBody"]["content"]["application/json"]["schema"];
    if !body.trim().is_empty() && !request.is_null() {
        validate(&format!("the body of {name}"), request, body);
    }
}

/// The path of the description that a path is one of, and what can be done there.
fn described(path: &str) -> Option<(&'static str, &'static Value)> {
    let is_of = |template: &str| {
        let (template, path) = (template.split('/'), path.split('/'));
        template.clone().count() == path.clone().count()
            && template.zip(path).all(|(one, other)| one.starts_with('{') || one == other)
    };
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    paths.iter().find(|(template, _)| is_of(template)).map(|(template, it)| (&**template, it))
}

fn validate(what: &str, schema: &Value, text: &str) {
    assert!(schema.is_object(), "{what} is not described");
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let validator =
        validators.get_or_insert_default().entry(what.to_owned()).or_insert_with(|| {
            let whole = json!({"allOf": [schema], "components": DESCRIPTION["components"]});
            jsonschema::draft202012::new(&whole).unwrap()
        });
    let errors: Vec<_> = validator
        .iter_errors(&serde_json::from_str(text).unwrap())
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{what} is {text}: {errors:#?}");
}

#[test]
fn what_is_not_described_is_noticed() {
    let reply = |body: &str| Reply {
        status: 200,
        kind: "application/json".to_owned(),
        retry_after: None,
        body: body.to_owned(),
    };
    let see = |answer: &'static str| {
        let path = "/v1/accounts/acme/plan";
        move || see_that_it_is_described("PUT", path, r#"{"plan":"premium"}"#, &reply(answer))
    };
    let right =
        r#"{"position":1,"at":"2026-01-05T09:00:00Z","is_repeat":false,"outcome":"recorded"}"#;
    see(right)();
    for wrong in [r#"{"position":1}"#, r#"{"position":1,"at":"","is_repeat":false,"outcome":"x"}"#]
    {
        std::panic::catch_unwind(see(wrong)).unwrap_err();
    }
}
