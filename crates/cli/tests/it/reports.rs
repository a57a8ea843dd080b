//! Reports as a user asks for them.

use std::fs;
use std::path::Path;

use calamine::{Data, Reader, Xlsx};
use serde_json::Value;

use crate::conformance::json_lines;
use crate::program::{tallyfold, text};

const EXAMPLE: &str = "examples/team-month.jsonl";

/// Set to write the golden files anew, to be read and committed.
const BLESS: &str = "TALLYFOLD_BLESS";

fn is_golden(file: &str, output: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
    if std::env::var_os(BLESS).is_some() {
        fs::write(&path, output).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text(output), expected, "{file}");
}

#[test]
fn every_format_is_as_it_was() {
    for (format, file) in [
        ("table", "token-by-product.txt"),
        ("csv", "token-by-product.csv"),
        ("json", "token-by-product.json"),
        ("jsonl", "token-by-product.jsonl"),
        ("html", "token-by-product.html"),
    ] {
        let output =
            tallyfold(&["report", "token", "by-product", "--format", format, EXAMPLE], b"");
        assert_eq!(text(&output.stderr), "");
        is_golden(file, &output.stdout);
    }
}

#[test]
fn every_report_is_as_it_was() {
    for words in [
        "token summary",
        "token by-day",
        "token events",
        "token by-version",
        "token by-user",
        "seat summary",
        "seat by-product",
        "seat by-user",
        "user summary",
        "user detail --user dia",
        "advice --token-price 3",
        "usage export",
    ] {
        let mut arguments = vec!["report"];
        arguments.extend(words.split(' '));
        arguments.extend(["--plan", "premium", "--format", "csv", "--period", "2026-01", EXAMPLE]);
        let output = tallyfold(&arguments, b"");
        assert_eq!(output.status.code(), Some(0), "{words}");
        let file = words.split(" --").next().unwrap().replace(' ', "-");
        is_golden(&format!("{file}.csv"), &output.stdout);
    }
}

#[test]
fn a_workbook_has_typed_cells_and_the_evidence_and_the_same_bytes_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one.xlsx", "two.xlsx"].map(|file| folder.path().join(file));
    for path in [&one, &two] {
        let arguments = ["report", "token", "by-product", "-o", path.to_str().unwrap(), EXAMPLE];
        assert_eq!(tallyfold(&arguments, b"").status.code(), Some(0));
    }
    assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());
    let mut workbook: Xlsx<_> = calamine::open_workbook(&one).unwrap();
    assert_eq!(workbook.sheet_names(), ["token by-product", "evidence"]);
    let sheet = workbook.worksheet_range("token by-product").unwrap();
    assert_eq!(sheet.get((0, 2)), Some(&Data::String("Tokens used".into())));
    assert_eq!(sheet.get((1, 1)), Some(&Data::String("AutoCAD".into())));
    assert_eq!(sheet.get((1, 2)), Some(&Data::Float(49.0)));
    assert_eq!(sheet.get((1, 3)), Some(&Data::Float(0.662)));
    let mut cells = String::new();
    for name in workbook.sheet_names() {
        cells.push_str(&format!("== {name}\n"));
        for row in workbook.worksheet_range(&name).unwrap().rows() {
            let row: Vec<_> = row.iter().map(|cell| format!("{cell:?}")).collect();
            cells.push_str(&format!("{}\n", row.join(" | ")));
        }
    }
    is_golden("token-by-product.xlsx.txt", cells.as_bytes());
}

#[test]
fn the_times_of_a_workbook_are_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.xlsx");
    let cell = |report: &[&str], place| {
        let arguments = [&["report"], report, &["-o", path.to_str().unwrap(), EXAMPLE]].concat();
        assert_eq!(tallyfold(&arguments, b"").status.code(), Some(0));
        let mut workbook: Xlsx<_> = calamine::open_workbook(&path).unwrap();
        let sheet = workbook.worksheet_range(&report.join(" ")).unwrap();
        let Some(Data::DateTime(time)) = sheet.get(place) else {
            panic!("{:?} is no time", sheet.get(place));
        };
        time.as_f64()
    };
    // Days since the end of 1899: 46,024 is 2026-01-02, and 10:00 is 10 of 24 hours.
    assert_eq!(cell(&["token", "by-day"], (1, 1)), 46_024.0);
    let bought = cell(&["token", "events"], (1, 1));
    assert!((bought * 24.0 - (46_024.0 * 24.0 + 10.0)).abs() < 1e-6, "{bought}");
}

#[test]
fn names_with_malice_do_no_harm() {
    let log = concat!(
        r#"{"type":"RatePublished","at":"2026-01-01T00:00:00Z","product":"=cmd|' /C calc'!A0","tokens":7}"#,
        "\n",
        r#"{"type":"RatePublished","at":"2026-01-01T00:00:00Z","product":"<script>alert(1)</script>","tokens":7}"#,
        "\n",
        r#"{"type":"PackPurchased","at":"2026-01-01T00:00:00Z","account":"a","pack":"@p","tokens":70}"#,
        "\n",
        r#"{"type":"SessionOpened","at":"2026-01-01T00:00:00Z","account":"a","session":"s","user":"\u202egpj.exe","product":"=cmd|' /C calc'!A0"}"#,
        "\n",
        r#"{"type":"SessionOpened","at":"2026-01-01T00:00:00Z","account":"a","session":"t","user":"-1+1","product":"<script>alert(1)</script>"}"#,
        "\n",
    );
    let report = |format: &str| {
        let arguments =
            ["report", "token", "by-user", "--plan", "premium", "--format", format, "-"];
        let output = tallyfold(&arguments, log.as_bytes());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    let csv = report("csv");
    assert!(csv.contains(",'-1+1,") && csv.contains("'=cmd|"), "{csv}");
    let html = report("html");
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;"));
    assert!(!html.contains('\u{202e}'));
    assert!(!report("table").contains('\u{202e}'));
    // Programs read JSON: a name is what it is there, and no line ends within one.
    let rows = json_lines(report("jsonl").as_bytes());
    assert!(rows.iter().any(|row| row["product"] == "=cmd|' /C calc'!A0"));
    assert!(rows.iter().any(|row| row["user"] == "\u{202e}gpj.exe"));
    let folder = tempfile::tempdir().unwrap();
    let [input, path] = ["evil\u{1b}[31m.jsonl", "report.xlsx"].map(|it| folder.path().join(it));
    fs::write(&input, log).unwrap();
    let write = |arguments: &[&str]| {
        let arguments = [&["report", "token", "by-user", "--plan", "premium"], arguments].concat();
        let output = tallyfold(&[&arguments[..], &[input.to_str().unwrap()]].concat(), b"");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        output.stdout
    };
    write(&["-o", path.to_str().unwrap()]);
    let mut workbook: Xlsx<_> = calamine::open_workbook(&path).unwrap();
    let sheet = workbook.worksheet_range("token by-user").unwrap();
    let cells: Vec<_> = sheet.cells().map(|(.., cell)| cell.to_string()).collect();
    assert!(cells.contains(&"'=cmd|' /C calc'!A0".to_owned()), "{cells:?}");
    assert!(cells.contains(&"'-1+1".to_owned()), "{cells:?}");
    for format in ["table", "csv", "json", "jsonl", "html"] {
        assert!(!write(&["--format", format]).contains(&0x1b), "{format}");
    }
}

#[test]
fn a_premium_report_needs_the_plan_or_an_auditor() {
    let refused = tallyfold(&["report", "token", "by-user", EXAMPLE], b"");
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("50 seats"));
    let forced = tallyfold(
        &["report", "token", "by-user", "--plan", "premium", "--format", "json", EXAMPLE],
        b"",
    );
    let report: Value = serde_json::from_slice(&forced.stdout).unwrap();
    assert_eq!(report["evidence"]["plan_forced"], true);
}

#[test]
fn wrong_names_periods_and_zones_say_what_would_be_right() {
    for (arguments, said) in [
        (vec!["report", "token", "by-prodct", EXAMPLE], "by-product"),
        (vec!["report", "token", "summary", "--period", "2026-13", EXAMPLE], "2026-W02"),
        (vec!["report", "token", "summary", "--time-zone", "CET/Oslo", EXAMPLE], "Europe/Madrid"),
        (vec!["report", "token", "summary", "-o", "report.xls", EXAMPLE], ".xlsx or .html"),
        (
            vec!["report", "user", "detail", "--plan", "premium", "--user", "dai", EXAMPLE],
            "no user `dai` is known up to the as-of; did you mean `dia`?",
        ),
    ] {
        let output = tallyfold(&arguments, b"");
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
}

#[test]
fn all_reports_come_from_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let output = tallyfold(&["report", "all", "-o", path, EXAMPLE], b"");
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("Standard reports only"));
    let files = || {
        let names = fs::read_dir(folder.path()).unwrap();
        let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
        let names = names.filter(|it| it != "manifest.json");
        let (evidence, tables): (Vec<_>, Vec<_>) = names.partition(|it| it.ends_with(".json"));
        assert_eq!(evidence.len(), tables.len(), "{evidence:?}");
        tables
    };
    // Seven reports, one of which has two tables.
    assert_eq!(files().len(), 8);
    let premium = tallyfold(&["report", "all", "--plan", "premium", "-o", path, EXAMPLE], b"");
    assert_eq!(premium.status.code(), Some(0));
    assert_eq!(files().len(), 13);
}

#[test]
fn the_real_logs_use_by_product_is_what_its_import_gives() {
    let log = "conformance/real/adskflex-2022.events.jsonl";
    let output = tallyfold(&["report", "token", "by-product", "--format", "jsonl", log], b"");
    let rows = json_lines(&output.stdout);
    let used = |product: &str| {
        rows.iter().find(|row| row["product"] == product).map(|row| row["tokens_used"].clone())
    };
    for (product, tokens) in [
        ("AutoCAD", 7_273),
        ("Inventor Professional", 6_832),
        ("Inventor HSM", 1_758),
        ("Civil 3D", 1_323),
        ("Revit", 370),
        ("3ds Max", 66),
        ("Navisworks Manage", 15),
    ] {
        assert_eq!(used(product), Some(Value::from(tokens.to_string())), "{product}");
    }
}

#[test]
fn an_estimate_finds_the_cheapest_packs() {
    let output = tallyfold(
        &[
            "estimate",
            "--need",
            "AutoCAD,10,4,3",
            "--rate",
            "AutoCAD=7",
            "--pack",
            "500=1500",
            "--pack",
            "100=330",
            "--json",
        ],
        b"",
    );
    let estimate: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(estimate["estimate"]["missing"], "840");
    assert_eq!(estimate["estimate"]["price"], "2820.00");
    let no_offer = ["estimate", "--need", "AutoCAD,10,4,3", "--rate", "AutoCAD=7"];
    let said = tallyfold(&no_offer, b"");
    assert!(text(&said.stdout).contains("to buy                           840"));
    assert!(text(&said.stdout).contains("--pack TOKENS=PRICE"));
    let wrong = tallyfold(&["estimate", "--need", "AutoCAD,10,4,3"], b"");
    assert!(text(&wrong.stderr).contains("--rate AutoCAD=TOKENS"));
}

#[test]
fn what_if_folds_the_log_again() {
    let difference = |change: &[&str]| {
        let arguments = [&["what-if", "--json"], change, &[EXAMPLE]].concat();
        let output = tallyfold(&arguments, b"");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        result["difference"].as_i64().unwrap()
    };
    // Two of ana's days, one each of dia and gus, two of fay, one of hal that is not refunded.
    assert_eq!(difference(&["--rate", "AutoCAD=8"]), 7);
    assert_eq!(difference(&["--rulebook", "current"]), -7);
    assert_eq!(difference(&["--assign", "ana=AutoCAD"]), -14);
    assert_eq!(difference(&["--unassign", "ben=AutoCAD"]), 7);
    // A catalog may begin before the accounts of its log, and stays in force (T2).
    let log = concat!(
        r#"{"type":"PackPurchased","at":"2026-01-05T00:00:00Z","account":"a","pack":"P","tokens":70}"#,
        "\n",
        r#"{"type":"RatePublished","at":"2026-01-01T00:00:00Z","product":"Revit","tokens":10}"#,
        "\n",
        r#"{"type":"RatePublished","at":"2026-01-01T00:00:00Z","product":"AutoCAD","tokens":7}"#,
        "\n",
        r#"{"type":"SessionOpened","at":"2026-01-05T00:00:00Z","account":"a","session":"s","user":"u","product":"Revit"}"#,
        "\n",
    );
    let output = tallyfold(&["what-if", "--json", "--rate", "AutoCAD=9", "-"], log.as_bytes());
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["what_if"], 10, "Revit still has its rate");
    for (change, said) in [
        (["--assign", "dai=AutoCAD"], "no user `dai`; did you mean `dia`?"),
        (["--assign", "dia=AutoCd"], "no product or collection `AutoCd`; did you mean `AutoCAD`?"),
        (["--unassign", "ben=acad-2025"], "no seat of `acad-2025`; did you mean `acad-2026`?"),
        (["--rate", "Revti=4"], "did you mean `Revit`?"),
    ] {
        let output = tallyfold(&[&["what-if"], &change[..], &[EXAMPLE]].concat(), b"");
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
    let nothing = tallyfold(&["what-if", EXAMPLE], b"");
    assert_eq!(nothing.status.code(), Some(2));
}

#[test]
fn people_are_imported_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.csv");
    fs::write(&file, "Given Name,E-mail\nAna,Ana@x.org\nBen,\nCho,cho@x.org\n").unwrap();
    let first_log = folder.path().join("first.jsonl");
    let import = |more: &[&str]| {
        let start = ["import", "users", file.to_str().unwrap(), "--account", "bridges"];
        let at = ["--at", "2026-02-01T00:00:00Z", "--log", EXAMPLE];
        tallyfold(&[&start[..], &at, more].concat(), b"")
    };
    let first = import(&[]);
    assert_eq!(first.status.code(), Some(1), "one line has no user");
    assert!(text(&first.stderr).contains("people.csv:3: a name is not empty"));
    let users: Vec<_> = json_lines(&first.stdout).iter().map(|it| it["user"].clone()).collect();
    assert_eq!(users, ["Ana@x.org", "cho@x.org"], "names are kept byte for byte");
    fs::write(&first_log, &first.stdout).unwrap();
    let again = import(&["--log", first_log.to_str().unwrap()]);
    assert_eq!(text(&again.stdout), "");
    assert!(text(&again.stderr).contains("0 assigned, 2 already"));
    let seats = import(&["--assign", "acad-2026"]);
    assert!(text(&seats.stderr).contains("all seats are taken"));
    let dry = import(&["--dry-run"]);
    assert_eq!(text(&dry.stdout), "");
    assert!(text(&dry.stderr).contains("cho@x.org would be assigned"), "{}", text(&dry.stderr));
    fs::write(&file, "E-mail;Given Name\nana@x.org;Ana, the first\n").unwrap();
    assert_eq!(json_lines(&import(&[]).stdout)[0]["user"], "ana@x.org");
}
