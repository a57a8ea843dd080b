//! Each definition of docs/reports.md on a small log that shows its edges.

use tallyfold_core::{Level, Per, Tokens};
use tallyfold_projections::premium::{Class, FlexAnswer, UserDetail};
use tallyfold_projections::standard::MovementKind;
use tallyfold_projections::{Facts, PeriodSpec, TimeZone};

use crate::stories::{Story, at, days_of_use, from_on, pass};

fn whole(tokens: i64) -> Tokens {
    Tokens::whole(tokens)
}

/// A team that uses AutoCAD for so many days from the 1st of January 2026 on.
fn autocad_days(days: usize) -> Story {
    let mut story = Story::begun();
    story.buys("2026-01-01T00:00:00Z", "P", 5_000);
    days_of_use(&mut story, from_on("2026-01-01", days).map(|date| ("ana", "AutoCAD", date)));
    story
}

#[test]
fn nothing_is_extrapolated_from_27_days_and_28_are_a_month() {
    let story = autocad_days(8);
    for (as_of, class, average) in [
        ("2026-01-27", Class::Frequent, None),
        ("2026-01-28", Class::Frequent, Some(whole(56))),
        ("2026-01-31", Class::Frequent, Some(whole(56))),
    ] {
        let told = story.told(as_of);
        let reports = told.reports("2026-01");
        let user = &reports.token_by_user(pass())[0];
        assert_eq!((user.class, user.days_of_use), (Some(class), 8), "{as_of}");
        assert_eq!(user.days_per_month.to_string(), "8.0", "{as_of}");
        assert_eq!(reports.token_summary()[0].monthly_average, average, "{as_of}");
    }
    let few = autocad_days(7);
    for (as_of, class) in [("2026-01-27", Class::Unknown), ("2026-01-28", Class::Occasional)] {
        let told = few.told(as_of);
        let row = &told.reports("2026").token_by_product()[0];
        let classes = [row.classes.occasional_users, row.classes.unknown_users];
        let expected = [u64::from(class == Class::Occasional), u64::from(class == Class::Unknown)];
        assert_eq!(classes, expected, "{as_of}");
        assert_eq!(told.reports("2026").token_by_user(pass())[0].class, Some(class));
    }
}

#[test]
fn a_day_of_use_is_the_day_on_which_the_window_starts() {
    let mut story = Story::begun();
    story.buys("2026-01-01T00:00:00Z", "P", 100);
    story.opens("2026-01-05T19:00:00Z", "s", "ana", "AutoCAD");
    story.closes("2026-01-06T17:00:00Z", "s");
    let told = story.told("2026-01-31");
    let by_day = told.reports("2026-01-05..2026-01-07").token_by_day();
    let used: Vec<_> = by_day.iter().map(|day| (day.days_of_use, day.tokens_used)).collect();
    assert_eq!(used, [(1, whole(7)), (0, Tokens::ZERO)]);
    // In Tokyo it was the 6th already.
    let told = story.told_in("Asia/Tokyo", "2026-01-31");
    let by_day = told.reports("2026-01-05..2026-01-07").token_by_day();
    assert_eq!(by_day.iter().map(|day| day.days_of_use).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn by_day_has_every_date_of_the_observed_part_with_the_balance_of_its_end() {
    let mut story = Story::begun();
    story.buys("2026-01-03T12:00:00Z", "P", 100);
    story.opens("2026-01-05T09:00:00Z", "s", "ana", "AutoCAD");
    let told = story.told("2026-01-06");
    let rows = told.reports("2026-01").token_by_day();
    let days: Vec<_> = rows.iter().map(|row| (row.date.to_string(), row.balance_end)).collect();
    let expected = [("03", 100), ("04", 100), ("05", 93), ("06", 93)];
    assert_eq!(days, expected.map(|(day, left)| (format!("2026-01-{day}"), whole(left))));
}

#[test]
fn an_observed_part_begins_with_the_history_and_ends_with_the_as_of() {
    let told = autocad_days(3).told("2026-02-10");
    let observed = |period: &str| {
        let observed: Vec<_> =
            told.reports(period).observed().map(|(_, it)| it.to_string()).collect();
        observed.join("")
    };
    assert_eq!(observed("2026"), "2026-01-01..2026-02-11, 41 of 365 days");
    assert_eq!(observed("2025-12..2026-02"), "2026-01-01..2026-02-01, 31 of 62 days");
    assert_eq!(observed("2025"), "nothing, 0 of 365 days");
    assert_eq!(observed("2026-03"), "nothing, 0 of 31 days");
    assert_eq!(told.history().period().to_string(), "2026-01-01..2026-02-11");
    assert_eq!(told.reports("..2026-01-03").period().to_string(), "2026-01-01..2026-01-03");
    assert_eq!(told.reports("2026-02..").period().to_string(), "2026-02-01..2026-02-11");
    // With no observed day there are zeros or no rows; it is no error.
    let before = told.reports("2025");
    assert_eq!(before.token_summary()[0].tokens_used, Tokens::ZERO);
    assert_eq!(before.token_summary()[0].tokens_available, whole(5_000 - 21));
    assert!(before.token_by_day().is_empty() && before.token_by_product().is_empty());
    assert!(
        before.token_by_user(pass()).is_empty()
            && before.advice(pass(), &Default::default()).is_empty()
    );
    assert_eq!(before.user_summary(pass()).len(), 1);
}

#[test]
fn an_account_without_events_is_reported_only_if_it_is_named() {
    let told = autocad_days(1).told("2026-01-31");
    let usage = told.usage.clone().of_account("ghost");
    let reports = usage.reports(PeriodSpec::HISTORY, &told.facts);
    assert_eq!(reports.period().to_string(), "2026-01-31..2026-02-01");
    let summary = &reports.token_summary()[0];
    assert_eq!((summary.account.as_str(), summary.tokens_total), ("ghost", Tokens::ZERO));
    assert_eq!((summary.level, summary.run_out, summary.expires_unused), (None, None, None));
    assert_eq!(reports.seat_totals()[0].seats, 0);
    assert!(reports.user_summary(pass()).is_empty());
    assert_eq!(told.history().token_summary().len(), 1, "nobody named it");
}

#[test]
fn averages_are_absent_where_too_little_was_observed() {
    let story = autocad_days(2);
    let outlook = |as_of: &str| {
        let told = story.told(as_of);
        let summary = told.history().token_summary().remove(0);
        (summary.run_out.map(|day| day.to_string()), summary.expires_unused)
    };
    assert_eq!(outlook("2026-01-06"), (None, None));
    // 14 tokens in 7 days are 2 a day, and 4,986 are left until the 1st of January 2027, 00:00: the
    // last day that begins before is the 31st of December, 358 days after the 7th of January.
    assert_eq!(outlook("2026-01-07"), (None, Some(whole(4_986 - 2 * 358))));
    // Of the past three days, which nobody used, everything expires.
    let told = story.told("2026-01-20");
    let summary = told.reports("past-7-days").token_summary().remove(0);
    assert_eq!((summary.run_out, summary.expires_unused), (None, Some(whole(4_986))));
}

#[test]
fn packs_run_out_in_burn_order_at_the_average_daily_use() {
    let mut story = Story::begun();
    story.buys("2025-02-01T12:00:00Z", "old", 100).buys("2026-01-01T00:00:00Z", "new", 50);
    days_of_use(&mut story, from_on("2026-01-01", 10).map(|date| ("ana", "AutoCAD", date)));
    let told = story.told("2026-01-10");
    let summary = told.reports("2026-01-01..2026-01-11").token_summary().remove(0);
    assert_eq!((summary.tokens_available, summary.tokens_used), (whole(80), whole(70)));
    // 30 are left in the old pack for the 11th to the 14th, then 50 and 2 from the 15th on: 52 / 7.
    assert_eq!(summary.run_out.unwrap().to_string(), "2026-01-22");
    assert_eq!(summary.expires_unused, None);
    // Who has nothing left and uses tokens runs out the next day.
    let mut story = Story::begun();
    story.buys("2026-01-01T00:00:00Z", "P", 70);
    days_of_use(&mut story, from_on("2026-01-01", 10).map(|date| ("ana", "AutoCAD", date)));
    let summary = story.told("2026-01-20").history().token_summary().remove(0);
    assert_eq!(summary.run_out.unwrap().to_string(), "2026-01-21");
    assert_eq!(summary.level, Some(Level::Empty));
}

#[test]
fn results_are_counted_by_quantity_and_make_no_day_of_use() {
    let mut story = Story::begun();
    story.buys("2026-01-01T00:00:00Z", "P", 100);
    story.does(
        "2026-01-05T09:00:00Z",
        "ResultProduced",
        r#","user":"rob","product":"Render","quantity":5"#,
    );
    story.does(
        "2026-01-05T10:00:00Z",
        "ResultProduced",
        r#","user":"rob","product":"Render","quantity":90"#,
    );
    story.opens("2026-01-06T09:00:00Z", "s", "ana", "AutoCAD");
    story.opens("2026-01-06T10:00:00Z", "t", "eve", "Unrated");
    let told = story.told("2026-01-31");
    let reports = told.reports("2026-01");
    let summary = &reports.token_summary()[0];
    assert_eq!((summary.results, summary.denied_results, summary.denied_opens), (5, 90, 1));
    assert_eq!((summary.days_of_use, summary.users, summary.products_used), (1, 2, 2));
    let [autocad, render] = &reports.token_by_product()[..] else { panic!("two products") };
    assert_eq!((autocad.rate, autocad.rate_per), (Some(whole(7)), Some(Per::Day)));
    assert_eq!(autocad.average_per_day_of_use, Some(whole(7)));
    assert_eq!((render.results, render.charges, render.users), (5, 1, 1));
    assert_eq!((render.average_per_day_of_use, render.rate_per), (None, Some(Per::Result)));
    let classes = render.classes;
    assert_eq!(
        (classes.occasional_users, classes.frequent_users, classes.unknown_users),
        (0, 0, 0)
    );
    assert_eq!(render.histogram, Default::default());
    assert_eq!(render.share.to_string(), "58.8 %");
    let by_user = reports.token_by_user(pass());
    let rob = by_user.iter().find(|row| row.user == "rob").unwrap();
    assert_eq!((rob.class, rob.days_per_month.to_string(), rob.rank), (None, "0.0".to_owned(), 1));
    let versions = reports.token_by_version();
    assert_eq!(versions.iter().map(|row| row.tokens_used).sum::<Tokens>(), summary.tokens_used);
    assert_eq!(versions[1].version, None);
}

#[test]
fn tokens_used_are_net_of_refunds_whenever_given() {
    let mut story = Story::begun();
    story.buys("2026-01-01T00:00:00Z", "P", 100);
    story.opens("2026-01-05T09:00:00Z", "s", "ana", "AutoCAD");
    let reversal = r#","charge":1,"user":"ana","product":"AutoCAD","reason":"mistake""#;
    story.does("2026-02-10T09:00:00Z", "ChargeReversed", reversal);
    let told = story.told("2026-02-28");
    let (january, february) = (told.reports("2026-01"), told.reports("2026-02"));
    let summary = &january.token_summary()[0];
    assert_eq!((summary.tokens_used, summary.refunded), (Tokens::ZERO, whole(7)));
    assert_eq!(summary.days_of_use, 1, "it still counts as a day of use");
    assert_eq!(january.token_by_product()[0].share.permille(), 0, "nothing was used");
    assert_eq!(february.token_summary()[0].refunded, Tokens::ZERO);
    let row = &january.usage_export(pass())[0];
    assert_eq!(row.charge_numbers, [1]);
    assert_eq!((row.tokens_used, row.gross_tokens), (Tokens::ZERO, whole(7)));
    assert_eq!(row.refunded_tokens, whole(7));
}

#[test]
fn versions_are_those_of_charges_and_of_every_open_let_in() {
    let mut story = Story::begun();
    story.buys("2026-01-01T00:00:00Z", "P", 100);
    let opens = |story: &mut Story, at: &str, session: &str, version: &str| {
        let fields = format!(
            r#","session":"{session}","user":"ana","product":"AutoCAD","version":"{version}""#
        );
        story.does(at, "SessionOpened", &fields);
    };
    opens(&mut story, "2026-01-31T09:00:00Z", "1", "2025");
    opens(&mut story, "2026-02-01T08:00:00Z", "2", "2026");
    let told = story.told("2026-02-28");
    let all = told.history().token_by_user(pass());
    assert_eq!(all[0].versions, ["2025", "2026"]);
    // By version the charge goes to its own, and its day is one of it alone.
    let by_version = told.history().token_by_version();
    assert_eq!(by_version.len(), 1);
    assert_eq!(by_version[0].version.as_deref(), Some("2025"));
    // In February there is an open but no day of use: no row, and no tokens.
    let february = told.reports("2026-02");
    assert!(february.token_by_user(pass()).is_empty());
    assert_eq!(february.token_summary()[0].users, 0);
    assert_eq!(told.reports("2026-01").token_by_user(pass())[0].versions, ["2025"]);
}

#[test]
fn last_used_is_a_start_an_open_or_a_close_but_no_lapse() {
    let mut story = Story::begun();
    story.buys("2026-01-01T00:00:00Z", "P", 100);
    let last = |story: &Story, as_of: &str| {
        let told = story.told(as_of);
        told.reports("2026-01").token_by_user(pass())[0].last_used.to_string()
    };
    story.opens("2026-01-05T09:00:00Z", "1", "ana", "AutoCAD");
    assert_eq!(last(&story, "2026-01-31"), "2026-01-05T09:00:00Z", "it lapsed, nobody closed it");
    story.opens("2026-01-06T08:00:00Z", "2", "ana", "AutoCAD");
    assert_eq!(last(&story, "2026-01-31"), "2026-01-06T08:00:00Z", "the open joined");
    story.closes("2026-01-06T08:30:00Z", "2");
    assert_eq!(last(&story, "2026-01-31"), "2026-01-06T08:30:00Z");
    assert_eq!(last(&story, "2026-01-06T08:10:00Z"), "2026-01-06T08:00:00Z");
    let told = story.told_in("Europe/Madrid", "2026-01-31");
    let row = &told.reports("2026-01").token_by_user(pass())[0];
    assert_eq!(row.last_used.to_string(), "2026-01-06T09:30:00+01:00");
}

#[test]
fn everybody_who_is_known_is_in_the_user_summary() {
    let mut story = Story::begun();
    let (january, february) = ("2026-01-05T09:00:00Z", "2026-02-01T09:00:00Z");
    story.buys("2026-01-01T00:00:00Z", "P", 100);
    story.subscribes("2026-01-01T00:00:00Z", "S", "Revit");
    let marks = |story: &mut Story, kind: &str, user: &str| {
        story.does(january, kind, &format!(r#","user":"{user}""#));
    };
    story.opens(january, "1", "ana", "AutoCAD").opens(january, "2", "dan", "Unrated");
    story.seats(january, "S", "sue").seats(january, "S", "gone");
    marks(&mut story, "FlexAssigned", "flo");
    marks(&mut story, "FlexUnassigned", "no");
    story.does(february, "SubscriptionUnassigned", r#","subscription":"S","user":"gone""#);
    let told = story.told("2026-02-10");
    let rows = told.reports("2026-01").user_summary(pass());
    let users: Vec<_> = rows.iter().map(|row| row.user.as_str()).collect();
    assert_eq!(users, ["ana", "dan", "flo", "sue"]);
    let [ana, dan, flo, sue] = &rows[..] else { panic!("four people") };
    assert_eq!((ana.tokens_used, ana.days_of_use, ana.products), (whole(7), 1, 1));
    assert_eq!((dan.denied, dan.last_used, dan.days_inactive), (1, None, None));
    assert_eq!((sue.seats_held, sue.days_inactive), (1, Some(36)));
    assert_eq!((flo.flex_access, flo.days_inactive), (FlexAnswer::Yes, Some(36)));
    assert_eq!((ana.flex_access, ana.days_inactive), (FlexAnswer::Yes, Some(36)));
    assert_eq!(told.reports("2026-02").user_summary(pass())[1].denied, 0);
    // With required assignment only who is marked may use tokens.
    let mut required = story.clone();
    let rulebook =
        r#""type":"RulebookAdopted","rulebook":"launch","overrides":{"assignment":"required"}"#;
    required.says("2026-02-09T00:00:00Z", rulebook);
    let told = required.told("2026-02-10");
    let rows = told.history().user_summary(pass());
    let may: Vec<_> = rows.iter().map(|row| row.flex_access == FlexAnswer::Yes).collect();
    assert_eq!(may, [false, false, true, false]);
    // The term counts for seats held, and for nothing else.
    let told = story.told("2030-01-01");
    let rows = told.history().user_summary(pass());
    assert_eq!((rows[3].user.as_str(), rows[3].seats_held), ("sue", 0));
}

#[test]
fn seat_totals_are_of_the_subscriptions_in_term() {
    let mut story = Story::begun();
    story.subscribes("2026-01-01T00:00:00Z", "S", "AEC");
    let ended = r#","subscription":"old","offering":"AutoCAD","seats":5,"starts":"2025-01-01T00:00:00Z","ends":"2026-01-15T00:00:00Z""#;
    story.does("2026-01-01T00:00:00Z", "SubscriptionPurchased", ended);
    story.seats("2026-01-01T00:00:00Z", "S", "ana").seats("2026-01-01T00:00:00Z", "old", "ben");
    story.opens("2026-01-05T09:00:00Z", "1", "ana", "Revit");
    story.opens("2026-01-05T09:00:00Z", "2", "ben", "AutoCAD");
    let told = story.told("2026-01-31");
    let reports = told.reports("2026-01");
    let rows = reports.seat_summary();
    let names: Vec<_> = rows.iter().map(|row| row.subscription.as_str()).collect();
    assert_eq!(names, ["S", "old"], "in order of purchase");
    assert_eq!((rows[1].assigned, rows[1].unassigned), (1, 4), "a seat is held until given back");
    let totals = &reports.seat_totals()[0];
    assert_eq!((totals.subscriptions, totals.seats, totals.assigned), (1, 60, 1));
    assert_eq!(totals.products_in_use, ["Revit"]);
    let by_product = reports.seat_by_product();
    assert_eq!(by_product.len(), 2);
    assert_eq!((by_product[1].users, by_product[1].classes.occasional_users), (1, 1));
    assert_eq!(reports.seat_by_user(pass())[0].subscription, ["S"]);
}

#[test]
fn token_events_are_those_of_the_period() {
    let mut story = Story::begun();
    let rulebook =
        r#""type":"RulebookAdopted","rulebook":"launch","overrides":{"validity_days":10}"#;
    story.says("2025-12-31T00:00:00Z", rulebook);
    story.buys("2026-01-01T00:00:00Z", "P", 100).buys("2026-01-05T00:00:00Z", "Q", 50);
    story.opens("2026-01-06T09:00:00Z", "s", "ana", "AutoCAD");
    let adjusted = r#","pack":"Q","tokens":-5,"reason":"""#;
    story.does("2026-01-07T00:00:00Z", "TokensAdjusted", adjusted);
    let reversal = r#","charge":1,"user":"ana","product":"AutoCAD","reason":"""#;
    story.does("2026-01-12T00:00:00Z", "ChargeReversed", reversal);
    let told = story.told("2026-01-31");
    let rows = told.reports("2026-01-05..2026-01-15").token_events();
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (row.at.day().to_string(), row.movement, row.tokens, row.balance_after))
        .collect();
    let row = |day: &str, movement, tokens, after| {
        (format!("2026-01-{day}"), movement, whole(tokens), whole(after))
    };
    assert_eq!(
        rows,
        [
            row("05", MovementKind::Purchased, 50, 150),
            row("07", MovementKind::Adjusted, -5, 138),
            row("11", MovementKind::Expired, -93, 45),
            // What the refund gave back to an expired pack.
            row("12", MovementKind::Expired, -7, 45),
        ]
    );
    assert_eq!(told.reports("2026-01").token_summary()[0].expired, whole(93 + 7 + 45));
}

#[test]
fn the_detail_of_a_user_has_the_real_ends() {
    let mut story = Story::begun();
    let rulebook = r#""type":"RulebookAdopted","rulebook":"current""#;
    story.says("2025-12-31T00:00:00Z", rulebook).buys("2026-01-01T00:00:00Z", "P", 100);
    story.subscribes("2026-01-01T00:00:00Z", "S", "Revit").seats(
        "2026-01-01T00:00:00Z",
        "S",
        "ana",
    );
    story.opens("2026-01-05T09:00:00Z", "1", "ana", "AutoCAD").closes("2026-01-05T09:03:00Z", "1");
    story.opens("2026-01-05T10:00:00Z", "2", "ana", "Revit");
    let unassigned = r#","subscription":"S","user":"ana""#;
    story.does("2026-01-05T12:00:00Z", "SubscriptionUnassigned", unassigned);
    story.opens("2026-01-06T08:00:00Z", "3", "ana", "AutoCAD");
    let told = story.told("2026-01-31");
    let mut detail = UserDetail::new(pass(), "ana", TimeZone::UTC);
    story.journal_into("2026-01-31", &mut detail);
    let rows = detail.charges(told.reports("2026-01").period());
    let ends: Vec<_> = rows.iter().map(|row| row.ends_at.unwrap().to_string()).collect();
    assert_eq!(ends, ["2026-01-05T09:03:00Z", "2026-01-05T12:00:00Z", "2026-01-07T08:00:00Z"]);
    assert_eq!(rows.iter().map(|row| row.refunded).collect::<Vec<_>>(), [7, 0, 0].map(whole));
    let weeks = detail.weeks(told.reports("2026-01").period());
    let weeks: Vec<_> = weeks
        .iter()
        .map(|row| (row.week.as_str(), row.product.as_str(), row.days_of_use))
        .collect();
    assert_eq!(weeks, [("2026-W02", "AutoCAD", 2), ("2026-W02", "Revit", 1)]);
}

#[test]
fn what_is_in_force_is_what_an_event_at_the_as_of_would_see() {
    let mut story = autocad_days(1);
    story.says("2026-02-01T00:00:00Z", r#""type":"RatePublished","product":"AutoCAD","tokens":9"#);
    let rate = |as_of: &str| story.told(as_of).history().token_by_product()[0].rate;
    assert_eq!((rate("2026-01-31"), rate("2026-02-01")), (Some(whole(7)), Some(whole(9))));
    // Without a given as-of the whole log is read, and what comes after is not in force.
    let mut ledger = tallyfold_core::Ledger::default();
    story.apply_to(&mut ledger, &mut ());
    let facts = Facts::of(&ledger, at("2026-01-31T00:00:00Z"));
    assert_eq!(facts.rates["AutoCAD"].tokens, whole(7));
}

#[test]
fn ranks_are_of_users_over_all_products_and_equals_share_the_better() {
    let mut story = Story::begun();
    story.buys("2026-01-01T00:00:00Z", "P", 1_000);
    let date = "2026-01-05".parse().unwrap();
    days_of_use(
        &mut story,
        [
            ("ana", "AutoCAD", date),
            ("ben", "AutoCAD", date),
            ("cho", "AutoCAD", date),
            ("cho", "Navisworks", date),
            ("dia", "Navisworks", date),
        ],
    );
    let told = story.told("2026-01-31");
    let ranks: Vec<_> = told
        .history()
        .token_by_user(pass())
        .iter()
        .map(|row| format!("{} {} {}", row.user, row.product, row.rank))
        .collect();
    let expected =
        ["ana AutoCAD 2", "ben AutoCAD 2", "cho AutoCAD 1", "cho Navisworks 1", "dia Navisworks 4"];
    assert_eq!(ranks, expected);
}

/// The case with its right answer: a history that ends with the 30th of January.
#[test]
fn a_year_of_which_30_days_were_observed_is_classed_by_them() {
    let log = include_str!("january-daily.jsonl");
    let story = Story::of_log(log);
    let told = story.told("2026-01-30T17:00:00Z");
    for period in ["2026", "2026-01", "2026-Q1"] {
        let reports = told.reports(period);
        let (_, observed) = reports.observed().next().unwrap();
        assert_eq!(observed.day_count(), 30);
        let advice = reports.advice(pass(), &Default::default());
        assert_eq!(advice[0].days_per_month.unwrap().to_string(), "22.0");
        assert_eq!(advice[0].class, Some(Class::Frequent));
        assert_eq!(advice[0].recommended.map(|it| format!("{it:?}")), Some("Seat".to_owned()));
        assert_eq!(reports.token_summary()[0].monthly_average, Some(whole(154)));
        let proposal = reports.proposal(&[("AutoCAD".to_owned(), whole(7))].into(), 12);
        assert_eq!(proposal.needs[0].tokens_a_month(), whole(154));
        assert!(proposal.left_out.is_empty());
    }
}
