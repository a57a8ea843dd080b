//! Who may do what. The routes come from the description, so that a new one is tested too.

use serde_json::{Value, json};

use crate::server::{Reply, Site, new_key, set_up};

/// Every route that needs a key: method and path.
fn routes() -> Vec<(String, String)> {
    let description: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    let mut routes = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation.get("security").is_some() {
                routes.push((method.to_uppercase(), path.clone()));
            }
        }
    }
    assert!(routes.len() > 20);
    routes
}

/// A route of an account, and the names that exist in `acme` and `rival`.
fn of_account(path: &str, account: &str) -> String {
    let names = [
        ("{account}", account),
        ("{session}", "s1"),
        ("{pack}", "P1"),
        ("{charge}", "1"),
        ("{subscription}", "S1"),
        ("{user}", "ana"),
    ];
    names.iter().fold(path.to_owned(), |path, (hole, name)| path.replace(hole, name))
}

#[test]
fn without_a_valid_key_nothing_is_answered() {
    let site = Site::new();
    let server = site.start();
    let (most, last) = site.acme.split_at(site.acme.len() - 1);
    let wrong = format!("{most}{}", if last == "0" { "1" } else { "0" });
    for key in ["", "nonsense", &wrong] {
        let nobody = server.client(key);
        for (method, path) in routes() {
            let reply = nobody.ask(&method, &of_account(&path, "acme"), "{}");
            assert_eq!(reply.problem(), (401, "unauthenticated".into()), "{method} {path}");
        }
    }
}

#[test]
fn an_account_that_is_not_ones_own_cannot_be_told_from_none() {
    let site = Site::new();
    let server = site.start();
    let (admin, acme) = (server.client(&site.admin), server.client(&site.acme));
    set_up(&admin, "acme");
    set_up(&admin, "rival");
    let open = json!({"session": "s1", "user": "ana", "product": "AutoCAD"});
    admin.post("/v1/accounts/rival/sessions", &open);
    let log = admin.ask("GET", "/v1/log", "");
    for (method, path) in routes().iter().filter(|(_, path)| path.contains("{account}")) {
        let ask = |account: &str| -> Reply {
            let path = ((&**method), &*of_account(path, account));
            acme.try_ask(path, Some("request-1"), "{}").unwrap()
        };
        let (rival, nobody) = (ask("rival"), ask("nobody"));
        assert_eq!(rival.problem(), (403, "forbidden".into()), "{method} {path}");
        assert_eq!(rival, nobody, "{method} {path}");
        for like_own in ["acme%20", "ACME", "acme%00", "%2E%2E", "acme%2Fx", "%ff"] {
            let refused = ask(like_own).problem();
            assert!([400, 403].contains(&refused.0), "{method} {path} {like_own}: {refused:?}");
        }
    }
    assert_eq!(admin.ask("GET", "/v1/log", ""), log, "nothing was recorded");
}

#[test]
fn only_an_admin_buys_and_changes_the_catalog() {
    let site = Site::new();
    let server = site.start();
    let acme = server.client(&site.acme);
    let for_admins = [
        ("POST", "/v1/accounts/acme/packs"),
        ("POST", "/v1/accounts/acme/packs/P1/adjustments"),
        ("POST", "/v1/accounts/acme/charges/1/reversal"),
        ("POST", "/v1/accounts/acme/subscriptions"),
        ("POST", "/v1/catalog/rates"),
        ("POST", "/v1/catalog/rulebooks"),
        ("POST", "/v1/catalog/collections"),
        ("GET", "/v1/log"),
    ];
    for (method, path) in for_admins {
        let refused = acme.ask(method, path, "{}").problem();
        assert_eq!(refused, (403, "forbidden".into()), "{method} {path}");
    }
    for (method, path) in routes() {
        let path = of_account(&path, "acme");
        if !for_admins.contains(&(&method, &path)) {
            let reply = acme.ask(&method, &path, "{}");
            assert_ne!(reply.status, 403, "{method} {path} is for the account too");
        }
    }
}

#[test]
fn keys_are_read_anew_on_demand() {
    let site = Site::new();
    let server = site.start();
    let rival_key = new_key(site.folder.path(), &["--account", "rival"]);
    let rival = server.client(&rival_key);
    assert_eq!(rival.ask("GET", "/v1/accounts/rival", "").status, 401);
    server.signal("HUP");
    server.await_log("read the keys anew");
    assert_eq!(rival.get("/v1/accounts/rival")["account"], "rival");
    std::fs::write(site.folder.path().join("keys.jsonl"), "nonsense").unwrap();
    server.signal("HUP");
    server.await_log("the keys stay as they were");
    assert_eq!(rival.get("/v1/accounts/rival")["account"], "rival");
}
