//! Events as serde writes them, and the parts that they are made of.

use std::borrow::Cow;

use serde_json::{Value, json};
use tallyfold_core::*;

fn name(text: &str) -> Name<'_> {
    Name::new(text).unwrap()
}

fn written(event: impl serde::Serialize) -> Value {
    serde_json::to_value(event).unwrap()
}

#[test]
fn defaults_are_left_out() {
    let rate = |per| RatePublished {
        product: name("AutoCAD"),
        tokens: RateTokens::new(Tokens::whole(7)).unwrap(),
        per,
    };
    assert_eq!(written(rate(Per::Day)), json!({"product": "AutoCAD", "tokens": 7}));
    assert_eq!(written(rate(Per::Result))["per"], "result");
    let heartbeat = |active| Heartbeat { session: name("s"), active };
    assert_eq!(written(heartbeat(true)), json!({"session": "s"}));
    assert_eq!(written(heartbeat(false)), json!({"session": "s", "active": false}));
    let result = |quantity| ResultProduced {
        user: name("ana"),
        product: name("Rendering"),
        quantity: Quantity::new(quantity).unwrap(),
    };
    assert_eq!(written(result(1)), json!({"user": "ana", "product": "Rendering"}));
    assert_eq!(written(result(2))["quantity"], 2);
}

#[test]
fn a_term_holds_its_start_and_not_its_end() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let (starts, ends) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
    let term = Term::new(starts, ends).unwrap();
    let nanosecond = Span::from_nanos(1);
    assert_eq!(
        [starts - nanosecond, starts, ends - nanosecond, ends].map(|at| term.holds(at)),
        [false, true, true, false],
    );
}

#[test]
fn a_name_and_a_text_are_what_was_given() {
    assert_eq!(Cow::from(name("AutoCAD")), "AutoCAD");
    assert_eq!(Cow::from(Text::new("a mistake").unwrap()), "a mistake");
}

#[test]
fn what_an_event_says_is_read_alone_as_it_is_written() {
    let open = SessionOpened::new("s1", "ana", "AutoCAD").unwrap();
    assert_eq!(serde_json::from_value::<SessionOpened<'_>>(written(&open)).unwrap(), open);
    let adopted = RulebookAdopted::preset_only(Preset::Current);
    assert_eq!(serde_json::from_value::<RulebookAdopted>(written(&adopted)).unwrap(), adopted);
    let plan = PlanSelected::new(Plan::Premium);
    assert_eq!(serde_json::from_value::<PlanSelected>(written(plan)).unwrap(), plan);
    for (extra, why) in [
        (json!({"pack": "P1"}), "`SessionClosed` has no field `pack`"),
        (json!({"at": "2026-01-05T09:00:00Z"}), "`SessionClosed` has no field `at`"),
        (json!({"x": 1}), "unknown field `x`"),
    ] {
        let mut body = written(SessionClosed::new("s1").unwrap());
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let refused = serde_json::from_value::<SessionClosed<'_>>(body).unwrap_err();
        assert!(refused.to_string().starts_with(why), "{refused}");
    }
}
