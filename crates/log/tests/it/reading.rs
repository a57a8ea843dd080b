//! Lines are read as docs/events.md says, or refused with what is wrong and where.

use std::io::{BufReader, Read, Write};

use proptest::prelude::*;
use tallyfold_core::{Action, Event, EventId};
use tallyfold_log::{
    Block, BlockReader, Line, LineAccount, Lines, LogReader, MAX_LINE_BYTES, Malformed,
    decompressed, parse_line, parse_line_strictly,
};

fn event(line: &str) -> Event<'_> {
    parse_line(line.as_bytes()).unwrap_or_else(|malformed| panic!("{line}: {malformed}"))
}

fn refusal(line: &str) -> String {
    match parse_line(line.as_bytes()) {
        Ok(event) => panic!("{line} was read as {event:?}"),
        Err(malformed) => malformed.to_string(),
    }
}

/// A heartbeat with more fields.
fn heartbeat(more: &str) -> String {
    let start = r#"{"type":"Heartbeat","at":"2026-01-01T00:00:00Z","account":"a","session":"s""#;
    format!("{start}{more}}}")
}

#[test]
fn what_is_wrong_is_said_with_its_column() {
    for (line, said) in [
        ("", "column 1: EOF while parsing a value"),
        ("[]", "column 1: invalid type: sequence, expected an object"),
        ("{}", "`type` is missing"),
        (r#"{"type":"Nope"}"#, "there is no event type `Nope`"),
        (&heartbeat(r#","extra":1"#), "column 85: unknown field `extra`"),
        (&heartbeat(r#","session":"s""#), "column 87: `session` is given twice"),
        (&heartbeat(r#","active":null"#), "column 86: `active` must be true or false"),
        (&heartbeat(r#","id":"""#), "column 82: `id`: a name is not empty"),
        (&heartbeat(r#","meta":[]"#), "column 84: `meta` must be an object"),
        (&heartbeat(" x"), "column 77: expected `,` or `}`"),
        (&(heartbeat("") + " x"), "column 78: trailing characters"),
        (
            r#"{"type":"Heartbeat","at":"2026-02-30T00:00:00Z","account":"a","session":"s"}"#,
            "column 26: `at`: no such date or time of day",
        ),
        (
            r#"{"type":"Heartbeat","at":"2026-01-01T00:00:00Z","account":"\ud800","session":"s"}"#,
            "column 59: a lone surrogate is not a character",
        ),
        (
            r#"{"type":"PlanSelected","at":"2026-01-01T00:00:00Z","account":"a","plan":"gold"}"#,
            "column 73: `plan` must be `standard` or `premium`",
        ),
    ] {
        assert_eq!(refusal(line), said, "{line}");
    }
    assert_eq!(parse_line(b"{\"type\":\"\xff\"}").map_err(|it| it.column), Err(Some(10)));
}

#[test]
fn tokens_are_integers_or_decimal_strings() {
    let rate = |tokens: &str| {
        format!(
            r#"{{"type":"RatePublished","at":"2026-01-01T00:00:00Z","product":"p","tokens":{tokens}}}"#
        )
    };
    for good in ["0", "-0", "7", r#""0.5""#, r#""-0""#, r#""1000000000""#, r#""\u0037""#] {
        event(&rate(good));
    }
    for bad in
        ["7.0", "7e0", "-1", "1000000001", r#""+7""#, r#""07""#, r#""1.""#, "true", "null", "[7]"]
    {
        refusal(&rate(bad));
    }
    refusal(&rate(&"9".repeat(5_000)));
    for float in ["7.5", "-7.5", "7e0"] {
        assert!(refusal(&rate(float)).ends_with("money is never a float"), "{float}");
    }
    assert!(!refusal(&rate("true")).contains("float"));
}

#[test]
fn overrides_are_an_object_of_plain_values() {
    let adopted = |overrides: &str| {
        format!(
            r#"{{"type":"RulebookAdopted","at":"2026-01-05T09:00:00Z","rulebook":"launch","overrides":{overrides}}}"#
        )
    };
    assert!(parse_line(adopted(r#"{"assignment":"required"}"#).as_bytes()).is_ok());
    for overrides in ["[30,12]", "[]", "7", "null", r#"{"assignment":{"required":null}}"#] {
        assert!(parse_line(adopted(overrides).as_bytes()).is_err(), "{overrides}");
    }
}

#[test]
fn a_long_word_is_quoted_in_part() {
    let typed = |word: &str| refusal(&format!(r#"{{"type":"{word}"}}"#));
    let [longest, longer] = [256, 257].map(|bytes| "x".repeat(bytes));
    assert_eq!(typed(&longest), format!("there is no event type `{longest}`"));
    assert_eq!(typed(&longer), format!("there is no event type `{longest}…`"));
}

#[test]
fn fields_come_in_any_order_and_with_escapes() {
    let plain = heartbeat(r#","active":false,"id":"e""#);
    let shuffled = r#" { "id" : "\u0065", "session":"s", "active":false,
        "account":"a", "a\u0074":"2026-01-01T01:00:00+01:00", "type":"Heart\u0062eat" } "#;
    assert_eq!(event(&plain), event(shuffled));
    assert_eq!(event(&heartbeat(r#","active":true"#)), event(&heartbeat("")));
}

#[test]
fn an_envelope_holds_the_same_event_under_an_id_of_its_own() {
    let envelope = |more: &str, data: &str| {
        format!(
            r#"{{"specversion":"1.0","type":"Heartbeat","source":"/l","id":"e","time":"2026-01-01T00:00:00Z","subject":"a"{more},"data":{{"session":"s"{data}}}}}"#
        )
    };
    let (plain, enveloped) = (heartbeat(""), envelope("", ""));
    let (Event::Account(plain), Event::Account(enveloped)) = (event(&plain), event(&enveloped))
    else {
        panic!("heartbeats are account events")
    };
    assert_eq!(
        (plain.at, plain.account, plain.action),
        (enveloped.at, enveloped.account, enveloped.action)
    );
    assert!(matches!(enveloped.id, Some(EventId::Sourced { .. })));
    event(&envelope(r#","datacontenttype":[{"a":"\ud800","a":1}],"account":7"#, r#","meta":{}"#));
    refusal(&envelope(r#","ext":1,"ext":2"#, ""));
    refusal(&envelope("", r#","account":"a""#));
    refusal(&envelope("", r#","extra":1"#));
    let without_data = envelope("", "").replace(r#"{"session":"s"}"#, "true");
    let end = without_data.len() - 1;
    assert_eq!(
        refusal(&without_data),
        format!("column {end}: invalid type: boolean `true`, expected an object")
    );
    refusal(&envelope("", "").replace("1.0", "0.3"));
    refusal(&envelope("", "").replace(r#""source":"/l","#, ""));
    let escaped = envelope("", "").replace("specversion", "spec\\u0076ersion");
    event(&escaped);
}

#[test]
fn meta_is_any_object_of_a_hundred_levels() {
    let nested = |levels: usize| format!("{}1{}", r#"{"m":"#.repeat(levels), "}".repeat(levels));
    let with_meta = |meta: &str| heartbeat(&format!(r#","meta":{meta}"#));
    event(&with_meta(r#"{"a":1.5,"a":"\ud800","b":"}]}\"]"}"#));
    // Brackets in strings count for nothing, in whatever way the string ends.
    let open = "[".repeat(200);
    for text in [&open, &format!("\\\"{open}"), &format!("\\\\\",\"b\":\"{open}")] {
        event(&with_meta(&format!(r#"{{"a":"{text}"}}"#)));
    }
    let lists = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let closed = format!(r#"{{"a":"]]]]","b":{lists}}}"#);
    assert!(refusal(&with_meta(&closed)).ends_with("`meta` has at most 100 levels"));
    // Lists beside one another lie no deeper.
    event(&with_meta(&format!(r#"{{"a":[{}[]]}}"#, "[],".repeat(200))));
    event(&with_meta(&nested(100)));
    assert!(refusal(&with_meta(&nested(101))).ends_with("`meta` has at most 100 levels"));
    refusal(&with_meta(&nested(9_000)));
    refusal(&heartbeat(&format!(r#","x":{}1{}"#, "[".repeat(30_000), "]".repeat(30_000))));
}

#[test]
fn names_texts_and_lists_have_their_limits() {
    let named =
        |name: &str| heartbeat("").replace(r#""account":"a""#, &format!(r#""account":"{name}""#));
    event(&named(&"ä".repeat(128)));
    refusal(&named(&"ä".repeat(129)));
    refusal(&named("a\\u0085"));
    let collection = |names: usize| {
        let names = vec![r#""p""#; names].join(",");
        format!(
            r#"{{"type":"CollectionDefined","at":"2026-01-01T00:00:00Z","collection":"c","products":[{names}]}}"#
        )
    };
    event(&collection(0));
    event(&collection(10_000));
    refusal(&collection(10_001));
}

/// Every line of a log: its number, and whether it is an event.
fn lines<R: Read>(log: R, buffer: usize) -> Vec<(u64, Result<String, Malformed>)> {
    let mut reader = LogReader::new(BufReader::with_capacity(buffer, log));
    let mut lines = Vec::new();
    while let Some(Line { number, event }) = reader.next_line().unwrap() {
        lines.push((number, event.map(|event| format!("{event:?}"))));
    }
    lines
}

#[test]
fn lines_end_and_are_counted_as_the_format_says() {
    let good = heartbeat("");
    let log = format!(
        "\u{feff}{good}\n\n \t \r\n{good}\r\n\u{feff}{good}\n{}\n{good} \r \n{}x\n{good}",
        " ".repeat(70_000),
        " ".repeat(70_000),
    );
    let expected = [(1, true), (4, true), (5, false), (7, true), (8, false), (9, true)];
    for buffer in [1, 2, 3, 7, 100, 1 << 20] {
        let read: Vec<_> = lines(log.as_bytes(), buffer)
            .into_iter()
            .map(|(n, event)| (n, event.is_ok()))
            .collect();
        assert_eq!(read, expected, "with a buffer of {buffer}");
    }
}

/// Answers with an error before every reading that succeeds.
struct Unsteady<'a>(&'a [u8], std::io::ErrorKind, bool);

impl Read for Unsteady<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.2 = !self.2;
        if self.2 { Err(self.1.into()) } else { self.0.read(buffer) }
    }
}

#[test]
fn an_interruption_is_no_error_and_an_error_is_no_interruption() {
    use std::io::ErrorKind;

    let log = format!("{}\n", heartbeat("")).repeat(3);
    let unsteady = |kind| Unsteady(log.as_bytes(), kind, false);
    assert_eq!(lines(unsteady(ErrorKind::Interrupted), 10), lines(log.as_bytes(), 10));
    let mut reader = LogReader::new(BufReader::new(unsteady(ErrorKind::TimedOut)));
    assert_eq!(reader.next_line().unwrap_err().kind(), ErrorKind::TimedOut);
}

#[test]
fn lines_are_counted_on_from_input_to_input() {
    let log = format!("\n{}\n\n", heartbeat(""));
    let mut reader = LogReader::new(log.as_bytes()).after_line(7);
    assert_eq!(reader.next_line().unwrap().map(|line| line.number), Some(9));
    assert!(reader.next_line().unwrap().is_none());
    assert_eq!(reader.line_count(), 10);
}

#[test]
fn a_line_has_at_most_65_536_bytes() {
    let longest = heartbeat(&" ".repeat(MAX_LINE_BYTES - heartbeat("").len()));
    assert_eq!(longest.len(), MAX_LINE_BYTES);
    for (line, fits) in [
        (longest.clone(), true),
        (format!("\u{feff}{longest}\r\n"), true),
        (format!("{longest} \n"), false),
    ] {
        for buffer in [5, 1 << 20] {
            assert_eq!(lines(line.as_bytes(), buffer)[0].1.is_ok(), fits);
        }
    }
}

#[test]
fn compressed_logs_are_recognised_by_content() {
    let log = format!("{}\n{}\n", heartbeat(""), heartbeat(r#","active":false"#));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(log.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstandard = zstd::encode_all(log.as_bytes(), 1).unwrap();
    let expected = lines(log.as_bytes(), 100);
    let twice: Vec<_> = lines(log.repeat(2).as_bytes(), 100);
    for (packed, expected) in [
        (log.clone().into_bytes(), &expected),
        (gzip.clone(), &expected),
        (zstandard.clone(), &expected),
        (gzip.repeat(2), &twice),
        (zstandard.repeat(2), &twice),
    ] {
        assert_eq!(&lines(decompressed(&packed[..]).unwrap(), 100), expected);
    }
    assert!(lines(decompressed(&b""[..]).unwrap(), 100).is_empty());
}

/// What a log says, read line by line by the strict reader alone.
fn lines_strictly(log: &[u8]) -> Vec<(u64, Result<String, Malformed>)> {
    let log = log.strip_prefix(b"\xef\xbb\xbf").unwrap_or(log);
    let lines = log.split(|byte| *byte == b'\n').zip(1..);
    let lines = lines.map(|(line, number)| (line.strip_suffix(b"\r").unwrap_or(line), number));
    let lines = lines.filter(|(line, _)| !line.iter().all(|byte| b" \t".contains(byte)));
    lines.map(|(line, number)| (number, debug(parse_line_strictly(line)))).collect()
}

fn debug(event: Result<Event<'_>, Malformed>) -> Result<String, Malformed> {
    event.map(|event| format!("{event:?}"))
}

/// The same of a log in memory.
fn lines_in_memory(log: &[u8]) -> Vec<(u64, Result<String, Malformed>)> {
    Lines::new(log).map(|line| (line.number, debug(line.event))).collect()
}

/// The same, each line taken out of its block as an [`LineAccount`]'s is, and whose it is checked.
fn lines_with_account(log: &[u8]) -> Vec<(u64, Result<String, Malformed>)> {
    let (mut reader, mut block) = (BlockReader::new(log), Block::default());
    let (mut all, mut lines_before) = (Vec::new(), 0);
    while reader.read_into(&mut block).unwrap() {
        for (number, text, account) in block.lines_with_account() {
            let [line] = Lines::after_line(text, lines_before + number - 1)
                .collect::<Vec<_>>()
                .try_into()
                .expect("one line");
            check_account(&account, &line.event);
            all.push((line.number, debug(line.event)));
        }
        lines_before += block.line_count();
    }
    all
}

fn check_account(account: &LineAccount<'_>, event: &Result<Event<'_>, Malformed>) {
    match event {
        Ok(Event::Account(event)) => {
            assert_eq!(
                *account,
                LineAccount::Account(event.account.as_bytes().into()),
                "{event:?}"
            );
        }
        Ok(Event::Catalog(event)) => {
            assert_eq!(*account, LineAccount::Catalog(Box::new(event.clone())))
        }
        Err(_) => assert!(!matches!(account, LineAccount::Catalog(_))),
    }
}

#[test]
fn a_part_of_a_log_in_memory_is_read_on_from_its_line() {
    let good = heartbeat("");
    let part = format!("{good}\n\n\u{feff}{good}\n\n{good}");
    let mut lines = Lines::after_line(part.as_bytes(), 6);
    let read: Vec<_> = lines.by_ref().map(|line| (line.number, line.event.is_ok())).collect();
    assert_eq!(read, [(7, true), (9, false), (11, true)]);
    assert_eq!(lines.line_count(), 11);
    let marked = format!("\u{feff}{good}");
    let read = |lines: Lines<'_>| lines.map(|line| line.event.is_ok()).collect::<Vec<_>>();
    assert_eq!(read(Lines::after_line(marked.as_bytes(), 0)), [false]);
    assert_eq!(read(Lines::new(marked.as_bytes())), [true]);
}

#[test]
fn long_logs_are_read_alike_from_everywhere() {
    let mut log = Vec::new();
    for number in 0..6_000 {
        log.extend(heartbeat(&format!(r#","id":"e{number}""#)).into_bytes());
        log.extend(if number % 7 == 0 { "\r\n" } else { "\n" }.bytes());
        if number % 1_999 == 0 {
            log.extend(b" \n\xff\n{}\n".iter().chain(&vec![b' '; 300_000]).chain(b"\r\n"));
            log.extend(vec![b' '; 300_000].iter().chain(b"\r \n"));
            log.extend(vec![b' '; 300_000].iter().chain(b"x\n"));
        }
    }
    let expected = lines_strictly(&log);
    assert_eq!(lines_in_memory(&log), expected);
    for buffer in [1_000, 1 << 16, 1 << 20] {
        assert_eq!(lines(&log[..], buffer), expected, "with a buffer of {buffer}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_lines_or_malformed_whatever_the_buffer(log: Vec<u8>, buffer in 1..9_usize) {
        prop_assert_eq!(lines(&log[..], buffer), lines_strictly(&log));
        prop_assert_eq!(lines_in_memory(&log), lines_strictly(&log));
        prop_assert_eq!(lines_with_account(&log), lines_strictly(&log));
    }

    #[test]
    fn any_lines_are_read_alike_from_everywhere(
        log in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..30),
        buffer in 1..200_usize,
    ) {
        let log = log.concat();
        let expected = lines_strictly(&log);
        prop_assert_eq!(lines(&log[..], buffer), &expected[..]);
        prop_assert_eq!(lines_with_account(&log), &expected[..]);
        prop_assert_eq!(lines_in_memory(&log), expected);
    }

    #[test]
    fn any_change_of_a_good_line_is_read_or_refused(place in 0..120_usize, byte: u8) {
        let mut line = heartbeat(r#","id":"e1","active":false,"meta":{"a":[1.5]}"#).into_bytes();
        let place = place % line.len();
        line[place] = byte;
        if let Ok(Event::Account(event)) = parse_line(&line) {
            prop_assert!(matches!(event.action, Action::Heartbeat(_)));
        }
    }

    /// The short cut for the lines that nearly all are reads them as the strict reader does.
    #[test]
    fn the_short_cut_is_never_seen(
        fields in prop::sample::subsequence(FIELDS.to_vec(), 0..=FIELDS.len()).prop_shuffle(),
        comma in prop::sample::select(vec![",", ", ", " ,", ",\t"]),
        colon in prop::sample::select(vec!["\":", "\": ", "\" :", "\":  "]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    ) {
        let object = format!("{{{}}}", fields.join(comma)).replace("\":", colon);
        let mut line = object.into_bytes();
        for (place, byte) in changes {
            let place = place.index(line.len());
            line[place] = byte;
        }
        prop_assert_eq!(parse_line(&line), parse_line_strictly(&line));
        prop_assert_eq!(lines_in_memory(&line), lines_strictly(&line));
        check_account(&LineAccount::of(&line), &parse_line_strictly(&line));
    }

    /// The same of lines that would be events but for a value, with their fields in the order in
    /// which they are written and in any other.
    #[test]
    fn the_short_cut_is_never_seen_in_a_value(
        (kind, required) in kind_of_line(),
        at in instant_like(),
        names in prop::array::uniform6(name_like()),
        quantity in prop::sample::select(vec!["1", "20", "1000000", "1000001", "0", "007", "-1", "2.0"]),
        optional in prop::sample::subsequence(OPTIONAL_FIELDS.to_vec(), 0..=OPTIONAL_FIELDS.len()),
        active in prop::sample::select(vec!["true", "false", "null"]),
        order in Just([0_usize, 1, 2, 3, 4, 5, 6, 7, 8, 9]).prop_shuffle(),
    ) {
        let [account, session, user, product, version, id] = &names;
        let fields = [
            ("type", format!("\"{kind}\"")),
            ("session", format!("\"{session}\"")),
            ("user", format!("\"{user}\"")),
            ("product", format!("\"{product}\"")),
            ("version", format!("\"{version}\"")),
            ("quantity", quantity.to_owned()),
            ("active", active.to_owned()),
            ("at", format!("\"{at}\"")),
            ("account", format!("\"{account}\"")),
            ("id", format!("\"{id}\"")),
        ];
        let is_given = |name: &&str| required.contains(name) || optional.contains(name);
        let field = |(name, value): &(&str, String)| {
            is_given(name).then(|| format!("\"{name}\":{value}"))
        };
        let written: Vec<_> = fields.iter().filter_map(field).collect();
        let shuffled = order.iter().filter_map(|place| field(&fields[*place]));
        for fields in [written.clone(), shuffled.collect()] {
            let line = format!("{{{}}}", fields.join(","));
            let expected = parse_line_strictly(line.as_bytes());
            prop_assert_eq!(parse_line(line.as_bytes()), expected.clone());
            check_account(&LineAccount::of(line.as_bytes()), &expected);
            for end in ["\n", "\r\n", "", " \n", "}\n"] {
                let log = line.clone() + end;
                prop_assert_eq!(lines_in_memory(log.as_bytes()), lines_strictly(log.as_bytes()));
            }
            let log = line.clone() + "\n";
            let read = Lines::new(log.as_bytes()).next().map(|line| line.event);
            prop_assert_eq!(read, Some(expected));
        }
    }
}

/// A type of line that has a short cut, and the fields that it must have.
fn kind_of_line() -> impl Strategy<Value = (&'static str, &'static [&'static str])> {
    prop::sample::select(vec![
        ("Heartbeat", &["type", "session", "at", "account"][..]),
        ("SessionOpened", &["type", "session", "user", "product", "at", "account"]),
        ("SessionClosed", &["type", "session", "at", "account"]),
        ("ResultProduced", &["type", "user", "product", "at", "account"]),
        ("ResultProduced", &["type", "user", "product", "quantity", "at", "account"]),
        ("FlexAssigned", &["type", "user", "at", "account"]),
    ])
}

/// Fields that such a line may have, or that another may.
const OPTIONAL_FIELDS: [&str; 4] = ["version", "quantity", "active", "id"];

/// Instants, and texts that nearly are.
fn instant_like() -> impl Strategy<Value = String> {
    let fraction = prop::sample::select(vec![
        "",
        ".",
        ".5",
        ".25",
        ".125",
        ".1234",
        ".000001",
        ".1234567",
        ".12345678",
        ".123456789",
        ".1234567890",
    ]);
    let offset = prop::sample::select(vec!["Z", "Z", "z", "+01:00", "-00:30", "+24:00", "", " "]);
    let time =
        prop::sample::select(vec!["T09:00:00", "t23:59:59", "T23:59:60", "T24:00:00", " 09:00:00"]);
    let date = (1_690..2_210_u32, 0..14_u32, 0..33_u32);
    (date, time, fraction, offset).prop_map(|((year, month, day), time, fraction, offset)| {
        format!("{year}-{month:02}-{day:02}{time}{fraction}{offset}")
    })
}

/// Names, and texts that nearly are, as they stand in JSON.
fn name_like() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[ -!#-\\[\\]-~]{1,40}",
        1 => prop::sample::select(vec![
            "", " ", "a\u{7f}b", "\u{80}", "\u{9f}x", "\u{a0}", "zoë", "日本", "\\u0061", "\\n", "a\tb",
            "\\u0000", "\\\"", "\\\\", "\\ud800",
        ]).prop_map(str::to_owned),
        1 => (254..259_usize).prop_map(|length| "n".repeat(length)),
        1 => (126..130_usize).prop_map(|length| "é".repeat(length)),
    ]
}

/// Of what logs are put together.
const PIECES: [&[u8]; 15] = [
    br#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"acme","session":"s-1"}"#,
    br#"{"type":"SessionClosed","at":"2026-01-05T09:00:00Z","account":"acme","session":"s-1"}"#,
    br#"{"type":"FlexAssigned","at":"2026-01-05T09:00:00Z","account":"acme","user":"ana"}"#,
    br#"{"type":"FlexAssigned","at":"2026-01-05T09:00:00Z","account":"ac\u006de","user":"ana"}"#,
    br#"{"type":"RulebookAdopted","rulebook":"launch","at":"2026-01-05T09:00:00Z"}"#,
    br#"{"specversion":"1.0","type":"FlexAssigned","source":"s","id":"e","time":"2026-01-05T09:00:00Z","subject":"acme","account":"no","data":{"user":"ana"}}"#,
    br#"{"type":"Heartbeat","#,
    b"\n",
    b"\n",
    b"\n\n",
    b"\r\n",
    b"\r",
    b" ",
    b"\xef\xbb\xbf",
    b"\xff",
];

/// Fields of which lines are put together, some of them twice.
const FIELDS: [&str; 26] = [
    r#""type":"Heartbeat""#,
    r#""type":"SessionOpened""#,
    r#""type":"SessionClosed""#,
    r#""type":"ResultProduced""#,
    r#""quantity":20"#,
    r#""at":"2026-01-05T09:00:00Z""#,
    r#""at":"2199-12-31T23:30:00.25-01:00""#,
    r#""account":"acme""#,
    r#""session":"s-1""#,
    r#""session":"""#,
    r#""user":"zoë""#,
    r#""user":"an\u0061""#,
    r#""product":"AutoCAD""#,
    r#""version":"2026""#,
    r#""version":7"#,
    r#""id":"e-1""#,
    r#""active":true"#,
    r#""active":false"#,
    r#""meta":{"a":[1.5]}"#,
    r#""meta":{"account":"no","id":"\"}{"}"#,
    r#""specversion":"1.0""#,
    r#""specversi\u006fn":"1.0""#,
    r#""subject":"acme""#,
    r#""data":{"session":"s-1","account":"no"}"#,
    r#""acc\u006funt":"acme""#,
    r#""source":"s","time":"2026-01-05T09:00:00Z""#,
];
