//! What the formats of a report promise: evidence, tables for machines, pages and workbooks for
//! people.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use calamine::{Data, Reader, Xlsx};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::conformance::json_lines;
use crate::program::{root, tallyfold, text};

const EXAMPLE: &str = "examples/team-month.jsonl";
const PREMIUM: [&str; 2] = ["--plan", "premium"];

/// What a command prints that succeeds.
fn prints(arguments: &[&str], input: &str) -> String {
    let output = tallyfold(arguments, input.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

fn report(report: &str, more: &[&str], input: &str) -> String {
    let words: Vec<&str> = ["report"].into_iter().chain(report.split(' ')).collect();
    prints(&[&words, more].concat(), input)
}

fn json(name: &str, more: &[&str], input: &str) -> Value {
    serde_json::from_str(&report(name, &[&["--format", "json"], more].concat(), input)).unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Three accounts; the packs of the first two expire on one date, at different hours.
fn log_of_accounts() -> String {
    let mut log =
        r#"{"type":"RatePublished","at":"2026-01-01T00:00:00Z","product":"AutoCAD","tokens":7}"#
            .to_owned();
    for (account, at) in
        [("zeta", "2026-01-02T08"), ("a \"1\"", "2026-01-02T20"), ("beta", "2026-01-20T00")]
    {
        let account = serde_json::to_string(account).unwrap();
        for (kind, rest) in [
            ("PackPurchased", r#""pack":"P","tokens":1000"#),
            ("SessionOpened", r#""session":"s","user":"ana","product":"AutoCAD""#),
        ] {
            log.push_str(&format!(
                "\n{{\"type\":\"{kind}\",\"at\":\"{at}:00:00Z\",\"account\":{account},{rest}}}"
            ));
        }
    }
    log + "\n"
}

#[test]
fn the_journals_digest_is_made_again_by_the_command_of_the_evidence() {
    // Of this account nothing is applied.
    let finding =
        r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"nobody's","session":"s"}"#;
    let log_of_accounts = || format!("{}{finding}\n", log_of_accounts());
    for (more, input) in [
        (vec![], log_of_accounts()),
        (vec!["--account", "a \"1\""], log_of_accounts()),
        (vec!["--account", "nobody's", "--as-of", "2026-01-31"], log_of_accounts()),
        (vec!["--rulebook", "current", "--as-of", "2026-06-01"], log_of_accounts()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("my log.jsonl"), &input).unwrap();
        let path = folder.path().join("my log.jsonl");
        let more = [&more[..], &[path.to_str().unwrap()]].concat();
        let evidence = json("token summary", &more, "")["evidence"].clone();
        let program = Path::new(env!("CARGO_BIN_EXE_tallyfold")).parent().unwrap();
        let found = std::env::var("PATH").unwrap();
        let output = Command::new("sh")
            .args(["-c", evidence["journal_command"].as_str().unwrap()])
            .current_dir(folder.path())
            .env("PATH", format!("{}:{found}", program.display()))
            .output()
            .unwrap();
        let expected = format!("{}  -\n", evidence["journal_sha256"].as_str().unwrap());
        assert_eq!(text(&output.stdout), expected, "{evidence:#}");
    }
}

/// RFC 8785 escapes what must be escaped, in the shortest way, and nothing else.
#[test]
fn a_journal_line_is_canonical() {
    let log = concat!(
        r#"{"type":"PackPurchased","at":"2026-01-02T00:00:00.25Z","account":"ä \"q\" \\ \/","pack":"P\u2028","tokens":"70.50"}"#,
        "\n",
        r#"{"type":"TokensAdjusted","at":"2026-01-03T00:00:00Z","account":"ä \"q\" \\ /","pack":"P\u2028","tokens":-1,"reason":"\u0000\b\t\n\f\r\u001F\u007f<&\ud83d\ude00"}"#,
        "\n",
        r#"{"type":"FlexAccessSet","at":"2026-01-04T00:00:00Z","account":"ä \"q\" \\ /","products":["B","A","B"],"mode":"only","user":"u","meta":{}}"#,
        "\n",
    );
    let canonical = [
        concat!(
            r#"{"account":"ä \"q\" \\ /","at":"2026-01-02T00:00:00.250Z","entry":"pack_added","#,
            "\"pack\":\"P\u{2028}\",",
            r#""tokens":"70.5","expires_at":"2027-01-02T00:00:00.250Z"}"#,
        ),
        concat!(
            r#"{"account":"ä \"q\" \\ /","at":"2026-01-03T00:00:00Z","entry":"adjusted","#,
            "\"pack\":\"P\u{2028}\",",
            r#""tokens":-1,"reason":"\u0000\b\t\n\f\r\u001f"#,
            "\u{7f}<&\u{1f600}\"}",
        ),
        concat!(
            r#"{"account":"ä \"q\" \\ /","at":"2026-01-04T00:00:00Z","entry":"noted","#,
            r#""event":"FlexAccessSet","mode":"only","products":["B","A","B"],"user":"u"}"#,
        ),
    ];
    assert_eq!(prints(&["journal", "-"], log), canonical.map(|line| format!("{line}\n")).concat());
}

#[test]
fn each_line_of_the_digests_is_that_of_one_accounts_journal() {
    let log = log_of_accounts();
    let as_of = ["--as-of", "2027-03-01T00:00:00Z"];
    let digests = prints(&[&["journal", "--digests"], &as_of[..], &["-"]].concat(), &log);
    let of_account = |account: &str| {
        let journal = [&["journal", "--account", account], &as_of[..], &["-"]].concat();
        let quoted = serde_json::to_string(account).unwrap();
        format!("{}  {quoted}\n", sha256(prints(&journal, &log).as_bytes()))
    };
    assert_eq!(digests, ["a \"1\"", "beta", "zeta"].map(of_account).concat());
    // What the program prints without an account is all of them, one after another.
    let grouped = prints(&[&["journal"], &as_of[..], &["-"]].concat(), &log);
    let journals = ["a \"1\"", "beta", "zeta"].map(|account| {
        prints(&[&["journal", "--account", account], &as_of[..], &["-"]].concat(), &log)
    });
    assert_eq!(grouped, journals.concat());
    // All are settled at the as-of: a year later the packs have expired.
    assert_eq!(grouped.matches("pack_expired").count(), 3);
}

#[test]
fn the_evidence_tells_the_accounts_reported_from_the_whole_log() {
    let late =
        r#"{"type":"SessionClosed","at":"2026-01-21T00:00:00Z","account":"gone","session":"s"}"#;
    let log = format!("{}{late}\n{late}\nnothing\n", log_of_accounts());
    let all = json("token summary", &["-"], &log)["evidence"].clone();
    assert_eq!((&all["events"], &all["log"]["events"]), (&6.into(), &9.into()));
    assert_eq!(all["findings"], serde_json::json!({}));
    let findings = serde_json::json!({"malformed": 1, "unknown_session": 2});
    assert_eq!(all["log"]["findings"], findings);
    let stale = |it: &Value| (it["account"].as_str().unwrap().to_owned(), it["stale"] == true);
    let accounts: Vec<_> = all["accounts"].as_array().unwrap().iter().map(stale).collect();
    let expected = [("a \"1\"", true), ("beta", false), ("zeta", true)];
    assert_eq!(accounts, expected.map(|(name, stale)| (name.to_owned(), stale)));
    let one = json("token summary", &["--account", "zeta", "-"], &log)["evidence"].clone();
    assert_eq!((&one["events"], &one["log"]["events"]), (&2.into(), &9.into()));
    assert_eq!(one["as_of"], "2026-01-02T08:00:00Z");
    assert_eq!(one["totals"]["burned"], "7");
    assert_eq!(one["sum_of_rows"]["token_summary"], "7");
    assert_eq!(one["inputs"][0]["name"], "-");
    // The evidence says the same whatever folder the log is in, and is in the report's time zone.
    let path = root().join(EXAMPLE);
    let zone = ["--time-zone", "Europe/Madrid", path.to_str().unwrap()];
    let evidence = json("token summary", &zone, "")["evidence"].clone();
    assert_eq!(evidence["inputs"][0]["name"], "team-month.jsonl");
    assert_eq!(evidence["as_of"], "2026-01-20T11:04:59+01:00");
    assert_eq!(evidence["rulebooks"][1]["since"], "2026-01-19T01:00:00+01:00");
}

#[test]
fn a_tables_last_line_ties_it_to_the_journal_and_the_rest_is_asked_for() {
    let short = report("token by-product", &[EXAMPLE], "");
    let last = short.lines().last().unwrap();
    assert!(last.starts_with("journal SHA-256 ") && last.contains("as of 2026-01-20T10:04:59Z"));
    assert!(!short.contains("sha256sum"));
    let long = report("token by-product", &["--evidence", EXAMPLE], "");
    assert!(long.contains("sha256sum") && long.ends_with(&format!("{last}\n")));
    // What was not observed is said first.
    let year = report("token by-product", &["--period", "2026", EXAMPLE], "");
    assert_eq!(year.lines().next().unwrap(), "observed 2026-01-02..2026-01-21, 19 of 365 days");
}

#[test]
fn a_table_in_a_file_has_no_colours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.txt");
    report("token by-product", &["-o", path.to_str().unwrap(), EXAMPLE], "");
    let printed = report("token by-product", &[EXAMPLE], "");
    assert_eq!(fs::read_to_string(path).unwrap(), printed);
    assert!(!printed.contains('\u{1b}'));
}

#[test]
fn csv_and_json_lines_are_one_table_and_have_their_evidence_beside_them() {
    let csv = report("token by-product", &["--format", "csv", EXAMPLE], "");
    assert!(csv.starts_with("account,product,tokens_used,"), "{csv}");
    let commented = report("token by-product", &["--format", "csv", "--evidence", EXAMPLE], "");
    assert!(commented.starts_with("# program: tallyfold") && commented.ends_with(&csv));
    let lines = report("token by-product", &["--format", "jsonl", "--evidence", EXAMPLE], "");
    let lines = json_lines(lines.as_bytes());
    assert!(lines[0]["evidence"]["journal_sha256"].is_string() && lines[1]["product"].is_string());

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ana.csv");
    let write = |more: &[&str]| {
        let arguments = [&["-o", path.to_str().unwrap()], more, &PREMIUM, &[EXAMPLE]].concat();
        report("user detail --user ana", &arguments, "")
    };
    write(&[]);
    let mut files: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let expected =
        ["ana.csv", "ana.csv.evidence.json", "ana.weeks.csv", "ana.weeks.csv.evidence.json"];
    assert_eq!(files, expected);
    let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
    assert!(read("ana.csv").starts_with("\u{feff}account,charge,at,date,"));
    assert!(read("ana.weeks.csv").starts_with("\u{feff}account,week,product,days_of_use\n"));
    let evidence: Value = serde_json::from_str(&read("ana.csv.evidence.json")).unwrap();
    assert_eq!(evidence["sum_of_rows"]["user_detail"], "14");
    write(&["--no-bom"]);
    assert!(read("ana.csv").starts_with("account,"));
}

#[test]
fn json_has_fields_in_the_order_of_the_columns_and_amounts_as_strings() {
    let csv = report("token by-product", &["--format", "csv", EXAMPLE], "");
    let header = csv.lines().next().unwrap();
    let jsonl = report("token by-product", &["--format", "jsonl", EXAMPLE], "");
    let names = jsonl
        .lines()
        .next()
        .unwrap()
        .split(',')
        .map(|field| field.trim_start_matches('{').split('"').nth(1).unwrap().to_owned());
    assert_eq!(names.collect::<Vec<_>>().join(","), header);
    let report = json("user detail --user dia", &[&PREMIUM[..], &[EXAMPLE]].concat(), "");
    let keys: Vec<_> = report.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["evidence", "user_detail", "user_detail_weeks"]);
    let row = &report["user_detail"][0];
    assert_eq!(row["tokens"], "7");
    assert!(row["subscription"].is_null() && row.get("subscription").is_some());
    assert_eq!(report["evidence"]["totals"]["available"], "5426");
}

#[test]
fn a_formula_is_neutralised_behind_a_separator_too() {
    let log = log_of_accounts().replace("\"user\":\"ana\"", r#""user":"x;=1+1""#);
    let rows = report("token by-user", &[&PREMIUM[..], &["--format", "csv", "-"]].concat(), &log);
    assert!(rows.contains(",x;'=1+1,"), "{rows}");
}

fn html(name: &str, more: &[&str], input: &str) -> String {
    let page = report(name, &[&PREMIUM[..], &["--format", "html"], more].concat(), input);
    page.split_once("<main>").unwrap().1.to_owned()
}

#[test]
fn a_page_is_of_its_report_and_names_whom_it_is_about() {
    let detail = html("user detail --user dia", &[EXAMPLE], "");
    let header = "<p>User detail</p><h1>dia</h1><p><span>bridges</span> · <span>2026-01-02 to";
    assert!(detail.contains(header), "{detail}");
    // The account's own numbers are not there.
    assert!(!detail.contains("5,426</strong>") && !detail.contains("<svg"));
    let product = html("token by-product", &[EXAMPLE], "");
    assert!(product.contains("<h1>bridges</h1>") && product.contains("By product"));
    assert!(!product.contains("Tokens used a day") && !product.contains("burn order"));
    let summary = html("token summary", &[EXAMPLE], "");
    assert!(summary.contains("Tokens used a day") && summary.contains("burn order"));
    // Nothing is pooled: of several accounts there is a row each.
    let several = html("token summary", &["-"], &log_of_accounts());
    assert!(several.contains("<h1>3 accounts</h1>") && !several.contains("class=\"tile\""));
}

#[test]
fn a_bar_is_as_long_as_the_share_beside_it() {
    let page = html("token by-product", &[EXAMPLE], "");
    let autocad = page.split("<span>AutoCAD</span>").nth(1).unwrap();
    let row = autocad.split("</em><em>66.2 %</em>").next().unwrap();
    assert!(row.contains("class=\"bar\" width=\"662\""), "{row}");
}

#[test]
fn packs_of_one_date_expire_in_as_many_days() {
    let pack = |pack: &str, at: &str| {
        format!(
            "{{\"type\":\"PackPurchased\",\"at\":\"{at}\",\"account\":\"a\",\"pack\":\"{pack}\",\"tokens\":10}}\n"
        )
    };
    let log = pack("early", "2026-01-02T08:00:00Z") + &pack("late", "2026-01-02T20:00:00Z");
    let page = html("token events", &["--as-of", "2026-01-20T12:00:00Z", "-"], &log);
    assert_eq!(page.matches("expires 2027-01-02, in 347 days").count(), 2, "{page}");
}

#[test]
fn numbers_on_a_page_are_readable_and_add_up() {
    let session = |n: u32, user: &str| {
        format!(
            "{{\"type\":\"SessionOpened\",\"at\":\"2026-01-{n:02}T08:00:00Z\",\"account\":\"a\",\
             \"session\":\"s{n}{user}\",\"user\":\"{user}\",\"product\":\"AutoCAD\"}}\n"
        )
    };
    let mut log = log_of_accounts()
        .lines()
        .next()
        .unwrap()
        .replace(":7}", ":1234.5}")
        .replace(":1234.5}", ":\"1234.5\"}")
        + "\n";
    log.push_str("{\"type\":\"PackPurchased\",\"at\":\"2026-01-01T00:00:00Z\",\"account\":\"a\",\"pack\":\"P\",\"tokens\":1000000}\n");
    for n in 1..=30 {
        log.push_str(&session(n, "ana"));
        log.push_str(&session(n, "ben"));
    }
    let page = html("token by-user", &["-"], &log);
    assert!(page.contains("<td class=\"number\">37,035</td>"), "{page}");
    assert!(page.contains("<tfoot>\n<tr><td>Total</td>"));
    assert!(page.contains("<td class=\"number\">74,070</td>"));
    // The account is in the header, and nothing had a version.
    assert!(!page.contains("<th>Account</th>") && !page.contains("<th>Versions</th>"));
    assert!(page.contains("<th class=\"number\">Tokens used</th>"));
    // 74,070 in 1 + 10 / 30.4375 months.
    let summary = html("token summary", &["--as-of", "2026-02-10", "-"], &log);
    assert!(summary.contains("<dt>Monthly average</dt><dd>55,752.84</dd>"), "{summary}");
}

#[test]
fn a_long_table_shows_its_top_and_says_where_the_rest_is() {
    let mut log = log_of_accounts().lines().next().unwrap().to_owned() + "\n";
    log.push_str("{\"type\":\"PackPurchased\",\"at\":\"2026-01-01T00:00:00Z\",\"account\":\"a\",\"pack\":\"P\",\"tokens\":1000000}\n");
    for n in 0..1_000 {
        log.push_str(&format!(
            "{{\"type\":\"SessionOpened\",\"at\":\"2026-01-02T00:00:00Z\",\"account\":\"a\",\
             \"session\":\"s{n}\",\"user\":\"user{n:04}\",\"product\":\"AutoCAD\"}}\n"
        ));
    }
    log.push_str(&log.lines().last().unwrap().replace("s999", "again").replace("01-02", "01-05"));
    let page = html("token by-user", &["-"], &log);
    let rows = page.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
    assert_eq!(rows.matches("<tr>").count(), 200);
    assert!(rows.trim_start().starts_with("<tr><td>user0999</td>"), "the most first");
    assert!(page.contains("of 1,000. All of them are in the other formats: -o token-by-user.xlsx"));
    assert!(page.contains("<td class=\"number\">7,007</td>"), "the total is of all rows");
}

/// A part of a workbook as it is stored.
fn part(path: &Path, name: &str) -> String {
    let mut workbook = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let mut xml = String::new();
    workbook.by_name(name).unwrap().read_to_string(&mut xml).unwrap();
    xml
}

#[test]
fn a_workbook_is_made_to_be_read_filtered_and_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("by-user.xlsx");
    let write = |name: &str| {
        report(name, &[&PREMIUM[..], &["-o", path.to_str().unwrap(), EXAMPLE]].concat(), "");
        calamine::open_workbook::<Xlsx<_>, _>(&path).unwrap()
    };
    let mut workbook = write("token by-user");
    let sheet = workbook.worksheet_range("token by-user").unwrap();
    let header: Vec<_> = sheet.rows().next().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(header[..5], ["Account", "User", "Product", "Tokens used", "Days of use"]);
    let total = sheet.rows().next_back().unwrap();
    assert_eq!(total[1], Data::String("total".into()));
    assert_eq!((&total[3], &total[4]), (&Data::Float(74.0), &Data::Float(11.0)));
    let evidence = workbook.worksheet_range("evidence").unwrap();
    let value = |name: &str| {
        evidence.rows().find(|row| row[0] == Data::String(name.into())).unwrap()[1].clone()
    };
    assert_eq!(value("Available"), Data::Float(5_426.0));
    assert_eq!(value("Sum of rows"), Data::Float(74.0));
    let xml = part(&path, "xl/worksheets/sheet1.xml");
    for part in [
        "orientation=\"landscape\"",
        "fitToHeight=\"0\"",
        "<autoFilter ref=\"A1:K9\"/>",
        "state=\"frozen\"",
    ] {
        assert!(xml.contains(part), "{part} is not in {xml}");
    }
    let styles = part(&path, "xl/styles.xml");
    assert!(!styles.contains(".#") && styles.contains("yyyy-mm-dd"), "{styles}");
    // One row of twenty columns is names and values.
    let sheet = write("token summary").worksheet_range("token summary").unwrap();
    assert_eq!(sheet.width(), 2);
    assert_eq!(sheet.get((0, 0)), Some(&Data::String("Name".into())));
    assert_eq!(sheet.get((2, 0)), Some(&Data::String("Tokens available".into())));
    assert_eq!(sheet.get((2, 1)), Some(&Data::Float(5_426.0)));
    assert_eq!(
        write("user detail --user dia").sheet_names()[..2],
        ["user detail", "user detail weeks"]
    );
}

#[test]
fn a_cell_holds_a_list_of_any_length() {
    let mut log = r#"{"type":"RatePublished","at":"2026-01-01T00:00:00Z","product":"AutoCAD","tokens":0,"per":"result"}"#
        .to_owned();
    for _ in 0..7_000 {
        log.push_str("\n{\"type\":\"ResultProduced\",\"at\":\"2026-01-02T00:00:00Z\",\"account\":\"a\",\"user\":\"ana\",\"product\":\"AutoCAD\"}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.xlsx");
    report("usage export", &[&PREMIUM[..], &["-o", path.to_str().unwrap(), "-"]].concat(), &log);
    let mut workbook: Xlsx<_> = calamine::open_workbook(&path).unwrap();
    let sheet = workbook.worksheet_range("usage export").unwrap();
    let charges = sheet.get((1, 5)).unwrap().to_string();
    assert!(charges.starts_with("1; 2; 3; ") && charges.ends_with('…'), "{charges}");
    let csv = report("usage export", &[&PREMIUM[..], &["--format", "csv", "-"]].concat(), &log);
    assert!(csv.contains("; 6999; 7000,"));
    assert!(html("usage export", &["-"], &log).contains("1; 2; 3; "));
}

#[test]
fn a_list_of_people_may_be_of_any_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.csv");
    let import = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        let at = ["--at", "2026-02-01T00:00:00Z", file.to_str().unwrap()];
        tallyfold(&[&["import", "users", "--account", "bridges"], &at[..]].concat(), b"")
    };
    let utf16: Vec<u8> = "\u{feff}sep=;\r\nUser;Name\r\nzoë;Zoë\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (bytes, encoding) in
        [(&utf16[..], "UTF-16LE"), (b"User\tName\r\nzo\xeb\tZo\xeb\r\n", "windows-1252")]
    {
        let output = import(bytes);
        assert_eq!(json_lines(&output.stdout)[0]["user"], "zoë");
        let said = format!("people.csv: read as {encoding}");
        assert!(text(&output.stderr).contains(&said), "{}", text(&output.stderr));
    }
    let slip = import(b"Usre,Name\r\nana,Ana\r\n");
    assert_eq!(slip.status.code(), Some(2));
    assert!(text(&slip.stderr).contains("is `Usre` meant to be `user`?"), "{}", text(&slip.stderr));
    let wrong = import(b"user\r\n\r\nana\r\n\"b\tc\"\r\n");
    assert!(text(&wrong.stderr).contains("people.csv:4: "), "{}", text(&wrong.stderr));
}
