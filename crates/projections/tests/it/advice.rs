//! Advice: the three people of the talk, prices, seats and collections.

use std::collections::BTreeMap;

use tallyfold_core::Tokens;
use tallyfold_projections::Reports;
use tallyfold_projections::premium::{AccessKind, AccessNow, AdviceRow, Class, Prices};

use crate::stories::{Story, Told, days_of_use, from_on, pass};

/// Rita uses Revit daily and Navisworks two days a month, Ivo Inventor four days, Axel AutoCAD
/// ten; so in each of these months.
fn the_talk(months: &[&str]) -> Story {
    let mut story = Story::begun();
    story.buys("2026-01-01T00:00:00Z", "P", 100_000);
    let uses = [
        ("rita", "Revit", 22),
        ("rita", "Navisworks", 2),
        ("ivo", "Inventor", 4),
        ("axel", "AutoCAD", 10),
    ];
    let of_month = |month: &str| {
        let first = format!("{month}-01");
        uses.into_iter().flat_map(move |(user, product, days)| {
            from_on(&first, days).map(move |date| (user, product, date)).collect::<Vec<_>>()
        })
    };
    let uses: Vec<_> = months.iter().flat_map(|month| of_month(month)).collect();
    days_of_use(&mut story, uses);
    story
}

fn prices(token: &str, seats: &[(&str, &str)]) -> Prices {
    let priced =
        |(offering, price): &(&str, &str)| ((*offering).to_owned(), price.parse().unwrap());
    Prices {
        token: Some(token.parse().unwrap()),
        subscription_a_month: seats.iter().map(priced).collect(),
    }
}

fn advice(reports: &Reports<'_>, prices: &Prices) -> BTreeMap<(String, String), AdviceRow> {
    let rows = reports.advice(pass(), prices).into_iter();
    rows.map(|row| ((row.user.clone(), row.product.clone()), row)).collect()
}

fn recommended(reports: &Reports<'_>, prices: &Prices) -> [Option<AccessKind>; 4] {
    let rows = advice(reports, prices);
    let of = |user: &str, product: &str| rows[&(user.to_owned(), product.to_owned())].recommended;
    [of("rita", "Revit"), of("rita", "Navisworks"), of("ivo", "Inventor"), of("axel", "AutoCAD")]
}

const SEAT: Option<AccessKind> = Some(AccessKind::Seat);
const FLEX: Option<AccessKind> = Some(AccessKind::Flex);

#[test]
fn the_talks_three_people_are_told_what_it_says_whatever_the_period() {
    let (month, quarter) = (the_talk(&["2026-01"]), the_talk(&["2026-01", "2026-02", "2026-03"]));
    for (story, as_of, period) in [
        (&month, "2026-01-31", "2026-01"),
        (&month, "2026-01-28", "2026-01"),
        // A month that is not over, a history that begins in it, and a range without an end.
        (&month, "2026-01-29", "this-month"),
        (&month, "2026-01-31", "2026"),
        (&month, "2026-01-31", "2025-07.."),
        (&month, "2026-01-31", "rolling-1-months"),
        (&quarter, "2026-03-31", "2026-Q1"),
        (&quarter, "2026-03-31", "2026-02"),
        (&quarter, "2026-04-15", "past-3-months"),
        (&quarter, "2026-03-31", "2026"),
    ] {
        let told = story.told(as_of);
        let reports = told.reports(period);
        let expected = [SEAT, FLEX, FLEX, SEAT];
        assert_eq!(recommended(&reports, &Prices::default()), expected, "{period} {as_of}");
        let talk =
            [("Revit", "168"), ("Navisworks", "168"), ("Inventor", "168"), ("AutoCAD", "168")];
        assert_eq!(recommended(&reports, &prices("3", &talk)), expected, "{period} {as_of}");
        // Where a token costs next to nothing nobody needs a seat, and where it costs a fortune all do.
        assert_eq!(recommended(&reports, &prices("0.01", &talk)), [FLEX; 4], "{period}");
        assert_eq!(recommended(&reports, &prices("100", &talk)), [SEAT; 4], "{period}");
    }
}

#[test]
fn too_short_a_period_says_so() {
    let told = the_talk(&["2026-01"]).told("2026-01-20");
    let rows = advice(&told.reports("2026-01"), &prices("3", &[("AutoCAD", "168")]));
    let axel = &rows[&("axel".to_owned(), "AutoCAD".to_owned())];
    // Ten days in twenty are frequent, but what a month costs is not known.
    assert_eq!((axel.class, axel.recommended), (Some(Class::Frequent), SEAT));
    assert_eq!((axel.tokens_a_month, axel.saved_a_month), (None, None));
    assert_eq!(axel.break_even_days.unwrap().to_string(), "8.0");
    let ivo = &rows[&("ivo".to_owned(), "Inventor".to_owned())];
    assert_eq!((ivo.class, ivo.recommended), (Some(Class::Unknown), None));
}

#[test]
fn amounts_are_exact_and_rounded_once() {
    // 10 days in 2 and 256/487 months, at 7 tokens a day and 3.33 a token.
    let told = the_talk(&["2026-01"]).told("2026-03-16");
    let rows = advice(&told.reports("2026"), &prices("3.33", &[("AutoCAD", "100")]));
    let axel = &rows[&("axel".to_owned(), "AutoCAD".to_owned())];
    let exact = |times: i128| (10 * 7 * 487 * times * 2 + 1_230) / (2 * 1_230);
    assert_eq!(axel.tokens_a_month, Some(Tokens::from_micros(exact(1_000_000))));
    assert_eq!(axel.tokens_a_month.unwrap().to_string(), "27.715447");
    assert_eq!(axel.class, Some(Class::Occasional));
    assert_eq!(axel.recommended, FLEX, "92.29 are less than 100");
    assert_eq!(axel.saved_a_month.unwrap().to_string(), "0.00");
}

/// Ana holds a seat of AEC, whose term ends with June.
fn with_seats() -> Story {
    let mut story = Story::begun();
    story.buys("2026-01-01T00:00:00Z", "P", 10_000);
    let seats = r#","subscription":"S","offering":"AEC","seats":2,"starts":"2026-01-01T00:00:00Z","ends":"2026-07-01T00:00:00Z""#;
    story.does("2026-01-01T00:00:00Z", "SubscriptionPurchased", seats);
    story.seats("2026-01-01T00:00:00Z", "S", "ana");
    let days = |user, product, days| from_on("2026-06-01", days).map(move |it| (user, product, it));
    let uses = days("ana", "Revit", 10).chain(days("ana", "AutoCAD", 10));
    days_of_use(
        &mut story,
        uses.chain(days("ben", "Revit", 3)).chain(days("ben", "Navisworks", 2)),
    );
    story
}

fn access_now(told: &Told) -> Vec<AccessNow> {
    let rows = told.reports("2026-06").advice(pass(), &Prices::default());
    rows.into_iter().map(|row| row.access_now).collect()
}

#[test]
fn access_now_is_what_a_new_open_would_be_paid_with() {
    use AccessNow::{Flex, None, Seat};

    let story = with_seats();
    // Ana's AutoCAD and Revit, Ben's Navisworks and Revit.
    assert_eq!(access_now(&story.told("2026-06-30")), [Flex, Seat, Flex, Flex]);
    assert_eq!(access_now(&story.told("2026-07-01T00:00:00Z")), [Flex, Flex, Flex, Flex]);
    let mut changed = story.clone();
    let aec = r#""type":"CollectionDefined","collection":"AEC","products":["AutoCAD"]"#;
    changed.says("2026-06-20T00:00:00Z", aec);
    assert_eq!(access_now(&changed.told("2026-06-30")), [Seat, Flex, Flex, Flex]);
    let mut excluded = story.clone();
    let access = r#","mode":"only","products":["Revit"]"#;
    excluded.does("2026-06-20T00:00:00Z", "FlexAccessSet", access);
    assert_eq!(access_now(&excluded.told("2026-06-30")), [None, Seat, None, Flex]);
    excluded.does("2026-06-21T00:00:00Z", "FlexAccessSet", r#","mode":"default","user":"ana""#);
    assert_eq!(access_now(&excluded.told("2026-06-30")), [None, Seat, None, Flex]);
    let own = r#","mode":"all_except","products":[],"user":"ana""#;
    excluded.does("2026-06-22T00:00:00Z", "FlexAccessSet", own);
    assert_eq!(access_now(&excluded.told("2026-06-30")), [Flex, Seat, None, Flex]);
    let mut unmarked = story.clone();
    unmarked.does("2026-06-20T00:00:00Z", "FlexUnassigned", r#","user":"ben""#);
    assert_eq!(access_now(&unmarked.told("2026-06-30")), [Flex, Seat, None, None]);
    // A rate per result opens nothing.
    let mut result = story.clone();
    let rate = r#""type":"RatePublished","product":"Navisworks","tokens":1,"per":"result""#;
    result.says("2026-06-20T00:00:00Z", rate);
    assert_eq!(access_now(&result.told("2026-06-30")), [Flex, Seat, None, Flex]);
    let rows = result.told("2026-06-30");
    let rows = advice(&rows.reports("2026-06"), &prices("3", &[("Navisworks", "1")]));
    let row = &rows[&("ben".to_owned(), "Navisworks".to_owned())];
    assert_eq!(row.class, Some(Class::Occasional));
    assert!(row.recommended.is_none() && row.tokens_a_month.is_none());
    assert!(row.break_even_days.is_none() && row.saved_a_month.is_none());
}

#[test]
fn a_collections_price_is_compared_once_for_each_user() {
    let told = with_seats().told("2026-06-30");
    let rows = told.reports("2026-06").advice(pass(), &prices("3", &[("AEC", "60")]));
    let shown: Vec<_> =
        rows.iter().map(|row| format!("{} {} {}", row.user, row.product, row.collection)).collect();
    let expected = [
        "ana AutoCAD false",
        "ana Revit false",
        "ana AEC true",
        "ben Navisworks false",
        "ben Revit false",
        "ben AEC true",
    ];
    assert_eq!(shown, expected);
    let (ana, ben) = (&rows[2], &rows[5]);
    // Ten days of Revit at 7 cost 210, and the seat 60.
    assert_eq!((ana.access_now, ana.recommended), (AccessNow::Seat, SEAT));
    assert_eq!(ana.saved_a_month.unwrap().to_string(), "0.00");
    // Three days of Revit and two of Navisworks are 27 tokens, which cost 81.
    assert_eq!(ben.tokens_a_month, Some(Tokens::whole(27)));
    assert_eq!((ben.access_now, ben.recommended), (AccessNow::Flex, SEAT));
    assert_eq!(ben.saved_a_month.unwrap().to_string(), "21.00");
    assert_eq!((ben.class, ben.days_per_month, ben.tokens_used), (None, None, None));
    assert_eq!(ben.break_even_days, None);
    // Equal prices: what they have.
    let rows = told.reports("2026-06").advice(pass(), &prices("3", &[("AEC", "81")]));
    assert_eq!(
        (rows[5].recommended, rows[5].saved_a_month.unwrap().to_string()),
        (FLEX, "0.00".to_owned())
    );
}
