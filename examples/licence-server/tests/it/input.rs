//! What cannot be understood or may not be said is a problem that says so, and nothing else.

use serde_json::json;

use crate::server::{Site, set_up};

#[test]
fn bad_input_is_answered_with_what_is_wrong() {
    let site = Site::new();
    let server = site.start();
    let (admin, acme) = (server.client(&site.admin), server.client(&site.acme));
    set_up(&admin, "acme");
    let log = admin.ask("GET", "/v1/log", "").body;
    let deep = format!(r#"{{"session":{}"#, "[".repeat(60_000));
    let long = json!({"session": "s".repeat(257), "user": "a", "product": "p"}).to_string();
    let sessions = ("POST", "/v1/accounts/acme/sessions");
    let packs = ("POST", "/v1/accounts/acme/packs");
    let results = ("POST", "/v1/accounts/acme/results");
    let cases = [
        (sessions, "", 422, "missing field `session`"),
        (sessions, "nonsense", 400, "no JSON object"),
        (sessions, "{\u{0}", 400, "not JSON"),
        (sessions, &deep, 422, "invalid type: sequence"),
        (sessions, r#"["s","ana","AutoCAD"]"#, 400, "no JSON object"),
        (sessions, r#"{"session":1,"user":"a","product":"p"}"#, 422, "invalid type: integer `1`"),
        (sessions, r#"{"session":"","user":"a","product":"p"}"#, 422, "a name is not empty"),
        (sessions, &long, 422, "at most 256 bytes"),
        (sessions, r#"{"session":"s","user":"\u0007","product":"p"}"#, 422, "control characters"),
        (sessions, r#"{"session":"s","user":"\ud800","product":"p"}"#, 400, "hex escape"),
        (sessions, r#"{"session":"s","session":"t","user":"a","product":"p"}"#, 422, "duplicate"),
        (sessions, r#"{"session":"s","user":"a","product":"p","x":1}"#, 422, "unknown field `x`"),
        (packs, r#"{"pack":"P2","tokens":1.0}"#, 422, "floating point"),
        (packs, r#"{"pack":"P2","tokens":1e2}"#, 422, "floating point"),
        (packs, r#"{"pack":"P2","tokens":"0.0000001"}"#, 422, "up to six decimals"),
        (packs, r#"{"pack":"P2","tokens":-1}"#, 422, "more than 0"),
        (packs, r#"{"pack":"P2","tokens":1000000001}"#, 422, "at most 1,000,000,000"),
        (packs, r#"{"pack":"P2","tokens":99999999999999999999}"#, 422, ""),
        (results, r#"{"user":"a","product":"p","quantity":0}"#, 422, "from 1 to 1,000,000"),
        (results, r#"{"user":"a","product":"p","quantity":4294967296}"#, 422, "invalid value"),
        (
            ("PUT", "/v1/accounts/acme/access"),
            r#"{"mode":"only"}"#,
            422,
            "missing field `products`",
        ),
        (("POST", "/v1/accounts/acme/charges/0/reversal"), "{}", 400, ""),
        (("POST", "/v1/accounts/acme/sessions/s/close"), "{\"a\":1}", 422, "unknown field `a`"),
        (("GET", "/v1/accounts/acme/admission?user=a"), "", 400, "missing field `product`"),
        (("GET", "/v1/accounts/acme/admission?user=&product=p"), "", 422, "a name is not empty"),
        (("GET", "/v1/accounts/acme/admission?user=a&product=%07"), "", 422, "control characters"),
        (("GET", "/v1/accounts/acme/journal?from=yesterday"), "", 400, ""),
        (("GET", "/v1/accounts/acme/journal?entry=charge"), "", 422, "no kind of entry"),
        (("GET", "/v1/accounts/acme/reports/by-product?period=soon"), "", 422, "no period"),
        (("GET", "/v1/accounts/acme/reports/by-product?time_zone=Mars"), "", 422, "no time zone"),
        (("GET", "/v1/accounts/acme/nothing"), "", 404, "nothing is served"),
        (("PATCH", "/v1/accounts/acme"), "", 405, "method"),
    ];
    for ((method, path), body, status, why) in cases {
        let short = body.get(..200).unwrap_or(body);
        let client =
            if path.ends_with("packs") || path.contains("charges") { &admin } else { &acme };
        let reply = client.ask(method, path, body);
        assert_eq!(reply.problem().0, status, "{method} {path} {short}: {reply:?}");
        let problem: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(why), "{method} {path} {short}: {detail}");
    }
    assert_eq!(admin.ask("GET", "/v1/log", "").body, log, "nothing was recorded");
    let overrides = r#"{"rulebook":"current","overrides":{"window_hours":0}}"#;
    let refused = admin.ask("POST", "/v1/catalog/rulebooks", overrides);
    assert!(refused.body.contains("window_hours is from 1 to 720"), "{refused:?}");
}

#[test]
fn a_header_that_is_no_name_is_refused() {
    let site = Site::new();
    let server = site.start();
    let acme = server.client(&site.acme);
    let path = ("POST", "/v1/accounts/acme/sessions");
    for id in [String::new(), "k".repeat(257), "clé".to_owned(), "a\tb".to_owned()] {
        let reply = acme.try_ask(path, Some(&id), "{}").unwrap();
        assert_eq!(reply.problem(), (400, "malformed_request".into()), "{id}");
        assert!(reply.body.contains("Idempotency-Key"), "{reply:?}");
    }
}

#[test]
fn what_cannot_be_is_a_problem_named_by_its_rule() {
    let site = Site::new();
    let server = site.start();
    let admin = server.client(&site.admin);
    set_up(&admin, "acme");
    let base = "/v1/accounts/acme";
    let open = r#"{"session":"s1","user":"ana","product":"AutoCAD"}"#;
    admin.ask("POST", &format!("{base}/sessions"), open).json();
    let reverse = r#"{"user":"ana","product":"AutoCAD","reason":""}"#;
    let cases = [
        ("POST", "/sessions", open, 409, "duplicate_session"),
        ("POST", "/sessions/s9/heartbeat", "", 404, "unknown_session"),
        ("POST", "/sessions/s9/close", "", 404, "unknown_session"),
        ("POST", "/packs", r#"{"pack":"P1","tokens":1}"#, 409, "duplicate_pack"),
        ("POST", "/packs/P9/adjustments", r#"{"tokens":1,"reason":""}"#, 404, "unknown_pack"),
        ("POST", "/packs/P1/adjustments", r#"{"tokens":-94,"reason":""}"#, 409, "overdrawn"),
        ("POST", "/charges/9/reversal", reverse, 404, "unknown_charge"),
        ("PUT", "/subscriptions/S9/seats/ana", "", 404, "unknown_subscription"),
        ("DELETE", "/token-users/ana", "", 200, ""),
        ("DELETE", "/token-users/ana", "", 409, "not_held"),
    ];
    for (method, path, body, status, word) in cases {
        let reply = admin.ask(method, &format!("{base}{path}"), body);
        if status == 200 {
            reply.json();
        } else {
            assert_eq!(reply.problem(), (status, word.to_owned()), "{method} {path}");
        }
    }
}
