//! What an engineer expects to compile, written as one would write it from outside.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, FixedOffset, TimeDelta, TimeZone, Utc};
use tallyfold_core::*;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn monday() -> Timestamp {
    "2026-01-05T09:00:00Z".parse().unwrap()
}

#[test]
fn events_are_made_by_hand() -> Outcome {
    let at = monday();
    let opened = SessionOpened::new("s1", "ana", "AutoCAD")?.version("2026")?;
    let event = opened.clone().on("acme", at)?;
    let Event::Account(of_account) = &event else { panic!("{event:?}") };
    assert_eq!(of_account.action, Action::from(opened.clone()));
    assert_eq!(of_account.account, "acme");
    assert_eq!(opened.version.as_deref(), Some("2026"));

    let user = String::from("ben");
    let owned: Event<'static> = FlexAssigned::new(user.clone())?.on("acme".to_owned(), at)?;
    assert_eq!(owned, FlexAssigned::new(&*user)?.on("acme", at)?.into_owned());
    let name = Name::new("ben")?;
    assert_eq!(owned, FlexAssigned::new(name.clone())?.on("acme", at)?);
    Ok(())
}

#[test]
fn a_reason_is_a_text_or_what_becomes_one() -> Outcome {
    let written = TokensAdjusted::new("P1", -5, "a mistake")?;
    assert_eq!(written, TokensAdjusted::new("P1", -5, format!("a {}", "mistake"))?);
    assert_eq!(written, TokensAdjusted::new("P1", -5, Text::new("a mistake")?)?);
    let reversed = ChargeReversed::new(1, "ana", "AutoCAD", String::from("a mistake"))?;
    assert_eq!(reversed.reason, written.reason);
    let too_long = ChargeReversed::new(1, "ana", "AutoCAD", "x".repeat(1_025));
    assert_eq!(too_long, Err(ValueError::Text(TextTooLong)));
    Ok(())
}

#[test]
fn an_event_has_a_name_of_its_own_or_one_of_its_source() -> Outcome {
    let opened = || SessionOpened::new("s1", "ana", "AutoCAD")?.on("acme", monday());
    let ids = [
        opened()?.with_id("e1")?,
        opened()?.with_sourced_id("/agents/7", "e1")?,
        RatePublished::per_day("AutoCAD", 7)?.from(monday()).with_sourced_id("/prices", "e1")?,
    ]
    .map(|event| event.id().cloned());
    let id = || Name::new("e1").unwrap();
    let sourced = |source: &'static str| EventId::Sourced { source: source.into(), id: id() };
    assert_eq!(
        ids,
        [Some(EventId::Plain(id())), Some(sourced("/agents/7")), Some(sourced("/prices"))]
    );
    assert!(matches!(opened()?.with_sourced_id("/agents/7", ""), Err(ValueError::Name(_))));
    Ok(())
}

#[test]
fn a_name_is_a_string_in_all_ways_but_that_it_was_checked() -> Outcome {
    let name: Name<'_> = "AutoCAD".try_into()?;
    let parsed: Name<'static> = "AutoCAD".parse()?;
    assert_eq!(name, parsed);
    assert!(name == *"AutoCAD" && name == "AutoCAD");
    assert_eq!((name.as_ref() as &str, name.borrow() as &str), ("AutoCAD", "AutoCAD"));
    let by_name = HashMap::from([(parsed.clone(), 7)]);
    assert_eq!(by_name.get("AutoCAD"), Some(&7));
    let in_order = BTreeMap::from([(parsed, 7)]);
    assert_eq!(in_order.get("AutoCAD"), Some(&7));
    Ok(())
}

#[test]
fn amounts_are_made_of_numbers_tokens_and_decimals() -> Outcome {
    let seven = RateTokens::whole(7)?;
    assert_eq!(seven, 7.try_into()?);
    assert_eq!(seven, 7_i64.try_into()?);
    assert_eq!(seven, Tokens::whole(7).try_into()?);
    assert_eq!(seven, "7.0".try_into()?);
    assert_eq!(PackTokens::try_from(Tokens::ZERO), Err(OutOfRange::PackTokens));
    let prices = [
        RatePublished::per_day("AutoCAD", 7)?,
        RatePublished::per_day("AutoCAD", seven)?,
        RatePublished::per_day("AutoCAD", Tokens::whole(7))?,
        RatePublished::per_day("AutoCAD", "7")?,
    ];
    assert!(prices.windows(2).all(|pair| pair[0] == pair[1]));
    Ok(())
}

#[test]
fn one_error_is_enough_for_all_values() {
    fn all(name: &str, at: &str, tokens: &str) -> Result<Event<'static>, ValueError> {
        let at: Timestamp = at.parse()?;
        let tokens: Tokens = tokens.parse()?;
        let name: Name<'static> = name.parse()?;
        let pack = PackTokens::new(tokens)?;
        PackPurchased::new("P1", pack)?.on(name, at)
    }
    let now = "2026-01-05T09:00:00Z";
    assert!(all("acme", now, "7").is_ok());
    assert!(matches!(all("", now, "7"), Err(ValueError::Name(NameError::Empty))));
    assert!(matches!(all("acme", "now", "7"), Err(ValueError::Timestamp(_))));
    assert!(matches!(all("acme", now, "seven"), Err(ValueError::Tokens(_))));
    assert!(matches!(all("acme", now, "0"), Err(ValueError::OutOfRange(_))));
}

#[test]
fn instants_come_from_everywhere_and_go_back() -> Outcome {
    let at = monday();
    let utc: DateTime<Utc> = at.into();
    let in_berlin = FixedOffset::east_opt(3_600).unwrap().from_utc_datetime(&utc.naive_utc());
    assert_eq!(Timestamp::try_from(utc)?, at);
    assert_eq!(Timestamp::try_from(in_berlin)?, at);
    assert_eq!(Timestamp::try_from(utc.with_timezone(&chrono_tz::Europe::Berlin))?, at);
    let offset: DateTime<FixedOffset> = at.into();
    assert_eq!((offset, offset.offset().local_minus_utc()), (utc.into(), 0));
    let system: SystemTime = at.into();
    assert_eq!(Timestamp::try_from(system)?, at);
    assert_eq!(Timestamp::from_unix_millis(1_767_603_600_000)?, at);
    assert_eq!(at.unix_millis(), 1_767_603_600_000);
    assert_eq!(Timestamp::EARLIEST, SystemTime::from(Timestamp::EARLIEST).try_into()?);
    let far = DateTime::from_timestamp(1_000_000_000_000, 0).unwrap();
    assert_eq!(Timestamp::try_from(far), Err(TimestampError::OutOfRange));
    Ok(())
}

#[test]
fn spans_come_from_durations() {
    let hour = Span::hours(1);
    assert_eq!(Span::from(Duration::from_secs(3_600)), hour);
    assert_eq!(Span::from(TimeDelta::hours(1)), hour);
    assert_eq!(TimeDelta::from(hour), TimeDelta::hours(1));
    assert_eq!(Duration::try_from(hour), Ok(Duration::from_secs(3_600)));
    assert!(Duration::try_from(Span::from(TimeDelta::hours(-1))).is_err());
    assert_eq!(monday() + Duration::from_secs(3_600).into(), monday() + hour);
}

#[test]
fn an_account_is_asked_as_of_an_instant() -> Outcome {
    let mut ledger = Ledger::default();
    ledger.apply(&PackPurchased::new("P1", 100)?.on("acme", monday())?, &mut ())?;
    let acme = ledger.account("acme").ok_or("no account")?;
    let later = monday() + Span::days(366);
    assert_eq!(acme.at_last_event().tokens().available, Tokens::whole(100));
    assert_eq!(acme.at(later).tokens().available, Tokens::ZERO);
    assert_eq!((acme.charge_count(), acme.at(later).charge_count()), (0, 0));
    Ok(())
}

#[test]
fn many_events_are_folded_from_a_slice_a_vector_or_with_their_lines() -> Outcome {
    let events = vec![
        PackPurchased::new("P1", 100)?.on("acme", monday())?,
        PackPurchased::new("P2", 100)?.on("acme", monday())?,
    ];
    let journal_of = |fold: &dyn Fn(&mut Ledger, &mut Vec<Record<'static>>)| {
        let mut journal = Vec::new();
        fold(&mut Ledger::default(), &mut journal);
        journal
    };
    let of_vector = journal_of(&|ledger, journal| ledger.apply_all(&events, journal));
    assert_eq!(of_vector.len(), 2);
    assert_eq!(of_vector, journal_of(&|ledger, journal| ledger.apply_all(&events[..], journal)));
    let with_lines = journal_of(&|ledger, journal| ledger.apply_all((1..).zip(&events), journal));
    assert_eq!(of_vector, with_lines);
    Ok(())
}

#[test]
fn an_admission_outlives_its_ledger() -> Outcome {
    let mut ledger = Ledger::default();
    let admit = |ledger: &Ledger| -> Result<Admission<'static>, Finding> {
        Ok(ledger.admit("acme", "ana", "AutoCAD", monday())?.into_owned())
    };
    let json = |admission: &Admission<'_>| serde_json::to_string(admission).unwrap();
    assert_eq!(
        json(&admit(&ledger)?),
        r#"{"outcome":"denied","reason":"no_rate","explanation":"the product has no rate of the kind that is needed"}"#
    );
    ledger.apply(&RatePublished::per_day("AutoCAD", "7.5")?.from(monday()), &mut ())?;
    ledger.apply(&PackPurchased::new("P1", 5)?.on("acme", monday())?, &mut ())?;
    ledger.apply(&PackPurchased::new("P2", 6)?.on("acme", monday())?, &mut ())?;
    assert_eq!(
        json(&admit(&ledger)?),
        r#"{"outcome":"admitted","cover":{"by":"tokens","tokens":"7.5","postings":[{"pack":"P1","tokens":5},{"pack":"P2","tokens":"2.5"}]},"until":"2026-01-06T09:00:00Z"}"#
    );
    ledger.apply(&SessionOpened::new("s", "ana", "AutoCAD")?.on("acme", monday())?, &mut ())?;
    assert_eq!(
        json(&admit(&ledger)?),
        r#"{"outcome":"admitted","charge":1,"cover":{"by":"joined"},"until":"2026-01-06T09:00:00Z"}"#
    );
    let covered = Admission::Covered { subscription: "S1".into(), until: monday() };
    assert_eq!(
        json(&covered),
        r#"{"outcome":"admitted","cover":{"by":"subscription","subscription":"S1"},"until":"2026-01-05T09:00:00Z"}"#
    );
    Ok(())
}
