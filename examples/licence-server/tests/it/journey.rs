//! What a team does: buy, ask, open, go on, close, and look at it.

use std::thread;

use serde_json::{Value, json};

use crate::server::{Site, set_up};

/// An answer without where and when it was recorded.
fn outcome(mut answer: Value) -> Value {
    let fields = answer.as_object_mut().unwrap();
    assert!(fields.remove("position").unwrap().is_u64());
    assert!(fields.remove("at").unwrap().is_string());
    assert_eq!(fields.remove("is_repeat"), Some(false.into()));
    answer
}

#[test]
fn sessions_are_paid_from_packs() {
    let site = Site::new();
    let server = site.start();
    let (admin, acme) = (server.client(&site.admin), server.client(&site.acme));
    set_up(&admin, "acme");
    let sessions = "/v1/accounts/acme/sessions";
    let cover = json!({"by": "tokens", "tokens": 7, "postings": [{"pack": "P1", "tokens": 7}]});
    let asked = acme.get("/v1/accounts/acme/admission?user=ana&product=AutoCAD");
    assert_eq!((&asked["outcome"], &asked["cover"]), (&json!("admitted"), &cover));
    let open = json!({"session": "s1", "user": "ana", "product": "AutoCAD", "version": "2026"});
    let opened = acme.post(sessions, &open);
    let (charge, until) = (&opened["charge"], opened["until"].clone());
    assert_eq!((charge, &opened["cover"]), (&json!(1), &cover));
    let open = json!({"session": "s2", "user": "ana", "product": "AutoCAD"});
    let joined = outcome(acme.post(sessions, &open));
    let cover = json!({"by": "joined"});
    assert_eq!(joined, json!({"outcome": "admitted", "charge": 1, "cover": cover, "until": until}));
    let open = json!({"session": "s3", "user": "ana", "product": "Maya"});
    let why = "the product has no rate of the kind that is needed";
    assert_eq!(
        outcome(acme.post(sessions, &open)),
        json!({"outcome": "denied", "reason": "no_rate", "explanation": why})
    );
    let beat = acme.post(&format!("{sessions}/s1/heartbeat"), &json!({"active": false}));
    assert_eq!(outcome(beat), json!({"outcome": "free"}));
    let live = acme.get(sessions);
    let names: Vec<_> = live["live_sessions"].as_array().unwrap().iter().collect();
    assert_eq!(names.iter().map(|it| &it["session"]).collect::<Vec<_>>(), ["s1", "s2"]);
    let closed = acme.post(&format!("{sessions}/s1/close"), &json!({}));
    assert_eq!(outcome(closed), json!({"outcome": "closed"}));
    let tokens = &acme.get("/v1/accounts/acme")["tokens"];
    assert_eq!(
        tokens,
        &json!({"purchased": 100, "adjusted": 0, "burned": 7, "expired": 0, "available": 93})
    );
    let charged = acme.lines("/v1/accounts/acme/journal?entry=charged,session_denied");
    let entries: Vec<_> = charged.iter().map(|it| &it["entry"]).collect();
    assert_eq!(entries, ["charged", "session_denied"]);
    let at = charged[1]["at"].as_str().unwrap();
    let later = acme.lines(&format!("/v1/accounts/acme/journal?from={at}"));
    let before = acme.lines(&format!("/v1/accounts/acme/journal?to={at}"));
    let all = acme.lines("/v1/accounts/acme/journal");
    assert_eq!(later[0]["entry"], "session_denied");
    assert_eq!([before, later].concat(), all);
    let report = acme.get("/v1/accounts/acme/reports/by-product?period=past-30-days");
    assert_eq!(report["rows"][0]["product"], "AutoCAD");
    assert_eq!(report["rows"][0]["tokens_used"], "7");
}

#[test]
fn corrections_and_tokens_are_exact() {
    let site = Site::new();
    let server = site.start();
    let (admin, acme) = (server.client(&site.admin), server.client(&site.acme));
    set_up(&admin, "acme");
    admin.post("/v1/catalog/rulebooks", &json!({"rulebook": "current", "overrides": {}}));
    let rate = json!({"product": "Render", "tokens": "0.5", "per": "result"});
    admin.post("/v1/catalog/rates", &rate);
    let result = json!({"user": "ana", "product": "Render", "quantity": 3});
    let charged = outcome(acme.post("/v1/accounts/acme/results", &result));
    assert_eq!(
        charged,
        json!({"outcome": "charged", "charge": 1, "reason": "result", "tokens": "1.5"})
    );
    let adjust = json!({"tokens": "-0.25", "reason": "used elsewhere"});
    admin.post("/v1/accounts/acme/packs/P1/adjustments", &adjust);
    let open = json!({"session": "s1", "user": "ana", "product": "AutoCAD"});
    acme.post("/v1/accounts/acme/sessions", &open);
    let closed = acme.post("/v1/accounts/acme/sessions/s1/close", &json!({}));
    assert_eq!(closed["refunded"], 7, "closed within the grace time");
    assert_eq!(acme.get("/v1/accounts/acme")["tokens"]["available"], "98.25");
    let reverse = json!({"user": "ana", "product": "Render", "reason": "it failed"});
    admin.post("/v1/accounts/acme/charges/1/reversal", &reverse);
    assert_eq!(acme.get("/v1/accounts/acme")["tokens"]["available"], "99.75");
}

#[test]
fn seats_cover_and_access_is_set() {
    let site = Site::new();
    let server = site.start();
    let (admin, acme) = (server.client(&site.admin), server.client(&site.acme));
    set_up(&admin, "acme");
    let all = json!({"collection": "AEC", "products": ["AutoCAD", "Revit"]});
    admin.post("/v1/catalog/collections", &all);
    let seats = json!({
        "subscription": "S1", "offering": "AEC", "seats": 1,
        "starts": "2026-01-01T00:00:00Z", "ends": "2199-01-01T00:00:00Z"
    });
    admin.post("/v1/accounts/acme/subscriptions", &seats);
    let seat = "/v1/accounts/acme/subscriptions/S1/seats/ana";
    acme.ask("PUT", seat, "").json();
    let no_free = acme.ask("PUT", "/v1/accounts/acme/subscriptions/S1/seats/bo", "");
    assert_eq!(no_free.problem(), (409, "no_free_seat".into()));
    let asked = acme.get("/v1/accounts/acme/admission?user=ana&product=Revit");
    assert_eq!(asked["cover"], json!({"by": "subscription", "subscription": "S1"}));
    acme.ask("DELETE", seat, "").json();
    assert_eq!(acme.ask("DELETE", seat, "").problem(), (409, "not_held".into()));

    let reason_for = |user: &str| {
        let path = format!("/v1/accounts/acme/admission?user={user}&product=AutoCAD");
        acme.get(&path)["reason"].clone()
    };
    let only = json!({"mode": "only", "products": ["Revit"], "user": "bo"}).to_string();
    acme.ask("PUT", "/v1/accounts/acme/access", &only).json();
    acme.ask("DELETE", "/v1/accounts/acme/token-users/cy", "").json();
    let reasons = ["ana", "bo", "cy"].map(reason_for);
    assert_eq!(reasons, [Value::Null, "product_excluded".into(), "not_assigned".into()]);
    acme.ask("PUT", "/v1/accounts/acme/token-users/cy", "").json();
    assert_eq!(reason_for("cy"), Value::Null);
    acme.ask("PUT", "/v1/accounts/acme/plan", r#"{"plan":"premium"}"#).json();
    let rates = acme.get("/v1/accounts/acme/rates");
    assert_eq!(rates, json!({"rates": [{"product": "AutoCAD", "tokens": 7, "per": "day"}]}));
}

#[test]
fn a_request_that_is_made_again_is_answered_as_the_first_time() {
    let site = Site::new();
    let server = site.start();
    let (admin, acme) = (server.client(&site.admin), server.client(&site.acme));
    set_up(&admin, "acme");
    let ask = |body: &Value| {
        let path = ("POST", "/v1/accounts/acme/sessions");
        acme.try_ask(path, Some("request-1"), &body.to_string()).unwrap()
    };
    let open = json!({"session": "s1", "user": "ana", "product": "AutoCAD"});
    let mut first = ask(&open).json();
    acme.post("/v1/accounts/acme/sessions/s1/close", &json!({}));
    let again = ask(&open).json();
    first["is_repeat"] = true.into();
    assert_eq!(again, first);
    let other = json!({"session": "s2", "user": "ana", "product": "AutoCAD"});
    assert_eq!(ask(&other).problem(), (422, "idempotency_key_taken".into()));
}

#[test]
fn thirty_two_clients_who_open_at_once_at_two_servers_are_charged_once() {
    open_at_two_servers(&Site::new());
}

/// Opens one user's product at two servers at once, and sees that it is charged once.
pub(crate) fn open_at_two_servers(site: &Site) {
    let servers = [site.start(), site.start()];
    let admin = servers[0].client(&site.admin);
    set_up(&admin, "acme");
    let opens: Vec<_> = (0..32)
        .map(|number| {
            let acme = servers[number % 2].client(&site.acme);
            let open = json!({
                "session": format!("s{number}"), "user": "ana", "product": "AutoCAD"
            });
            thread::spawn(move || acme.post("/v1/accounts/acme/sessions", &open))
        })
        .collect();
    let answers: Vec<_> = opens.into_iter().map(|open| open.join().unwrap()).collect();
    let by = |cover: &str| answers.iter().filter(|it| it["cover"]["by"] == cover).count();
    assert_eq!((by("tokens"), by("joined")), (1, 31));
    assert!(answers.iter().all(|it| it["charge"] == 1));
    assert_eq!(admin.get("/v1/accounts/acme")["charges"], 1);
}
