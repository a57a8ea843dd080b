//! What the importer calls products, users and sessions.

use tallyfold_log::flexnet::{Error, Importer, ProductNames, Rates, UserNaming};

use crate::flexnet::{BEGIN, events_of_logs, options, story, story_of};

#[test]
fn two_versions_of_letters_without_a_name_are_one_product() {
    let (events, report) = story(
        "9:00:00 (d) OUT: \"86719MAP_2017_0F\" ana@pc\n\
         10:00:00 (d) OUT: \"87001MAP_2018_0F\" ana@pc\n",
    );
    assert_eq!(events[0], "05 09:00:00 SessionOpened s1 ana MAP 2017");
    assert_eq!(events[2], "05 10:00:00 SessionOpened s2 ana MAP 2018");
    assert_eq!(report.unknown.total(), 2);
}

#[test]
fn rates_match_codes_letters_and_names() {
    let log = format!("{BEGIN}9:00:00 (d) OUT: \"87545ACD_2022_0F\" ana@pc\n");
    for row in ["AutoCAD,7", "autocad,7", "ACD,7", "87545ACD_2022_0F,7", "64300ACD_F,7"] {
        let mut options = options();
        options.rates =
            Rates::read(format!("product,tokens_per_day\n{row}\n").as_bytes(), "r").unwrap();
        let (events, report) = story_of(&log, options);
        assert_eq!(events[0], "05 09:00:00 RatePublished   AutoCAD", "{row}");
        assert_eq!((report.without_rate.total(), report.unused_rates.len()), (0, 0), "{row}");
    }
    let mut options = options();
    options.rates = Rates::read(&b"product,tokens_per_day\nAutocat,7\n"[..], "r").unwrap();
    let (_, report) = story_of(&log, options);
    let shown = report.to_string();
    assert!(shown.contains("1 check-outs will be denied: no rate for AutoCAD (1)"), "{shown}");
    assert!(shown.contains("nobody checked out what these rates are for: Autocat"), "{shown}");
}

#[test]
fn two_different_rates_of_one_product_are_refused() {
    let mut options = options();
    options.rates = Rates::read(&b"product,tokens_per_day\nACD,7\nAutoCAD,8\n"[..], "r").unwrap();
    let error = Importer::new(options).unwrap_err().to_string();
    assert_eq!(error, "`ACD` and `AutoCAD` are both AutoCAD; give it one rate");
}

#[test]
fn products_match_codes_letters_and_names() {
    let log = format!("{BEGIN}9:00:00 (d) OUT: \"87545ACD_2022_0F\" ana@pc\n");
    for row in ["87545ACD_2022_0F,CAD", "ACD,CAD", "acd,CAD", "AutoCAD,CAD"] {
        let mut options = options();
        options.products =
            ProductNames::read(format!("feature,product\n{row}\n").as_bytes(), "p").unwrap();
        options.rates = Rates::read(&b"product,tokens_per_day\nCAD,7\n"[..], "r").unwrap();
        let (events, _) = story_of(&log, options);
        assert_eq!(
            events,
            ["05 09:00:00 RatePublished   CAD", "05 09:00:00 SessionOpened s1 ana CAD 2022"],
            "{row}"
        );
    }
}

#[test]
fn users_are_counted_both_ways() {
    for (naming, user) in [(UserNaming::Login, "ana"), (UserNaming::LoginAtHost, "ana@pc1")] {
        let mut options = options();
        options.user_naming = naming;
        let log = format!(
            "{BEGIN}9:00:00 (d) OUT: \"F\" ana@pc1\n9:00:00 (d) OUT: \"F\" ana@pc2\n\
             9:00:00 (d) OUT: \"F\" Ana@PC1\n9:00:00 (d) OUT: \"F\" ben@pc1\n"
        );
        let (events, report) = story_of(&log, options);
        assert!(events[0].ends_with(&format!("{user} F")), "{events:?}");
        assert_eq!((report.users_by_login, report.users_by_login_at_host), (2, 3));
    }
}

#[test]
fn a_prefix_sets_imports_apart() {
    let mut options = options();
    options.session_prefix = "madrid/".into();
    let log = format!("{BEGIN}9:00:00 (d) OUT: \"F\" ana@pc\n");
    let (events, _) = events_of_logs(&[&log], options);
    let id = events[0]["session"].as_str().unwrap();
    assert!(id.starts_with("madrid/20220505T090000-"), "{id}");
    let mut options = crate::flexnet::options();
    options.session_prefix = "x".repeat(201);
    assert!(matches!(Importer::new(options), Err(Error::Prefix)));
}
